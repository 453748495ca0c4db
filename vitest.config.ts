import { defineConfig } from 'vitest/config';

// Three projects: unit tests beside the code, the house's own rules with everything that runs in
// one process (the simulation too), and journeys on the real local stack.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'libs/**/*.test.ts',
            'services/**/*.test.ts',
            'infra/**/*.test.ts',
            'examples/**/*.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'house',
          include: [
            'test/house.test.ts',
            'test/contracts/**/*.test.ts',
            'test/simulation/**/*.test.ts',
            'test/smoke/**/*.test.ts',
            'test/browser/**/*.test.ts',
          ],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['test/journeys/**/*.test.ts'],
          globalSetup: ['test/journeys/stack.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
