// The checkers find what they are for: each planted bug of the protocol within some seeds, while
// the protocol as it is passes the very seeds that give the bugs away.
// SPINE_SIM_RUNS: how many seeds a bug may take, 150 at least.
import { afterAll, expect, test } from 'vitest';
import { MUTATIONS } from './mutations.ts';
import { scenarioOf } from './scenario.ts';
import { shortestHistory } from './shortest-history.ts';
import { simulate } from './simulator.ts';

const runs = Math.max(150, Number(process.env['SPINE_SIM_RUNS'] ?? 0));
const found = new Map<string, number>();

afterAll(() => {
  const lines = [...found].map(([name, seed]) => `${name}: seed ${seed}`);
  process.stdout.write(`planted bugs found: ${lines.join('; ')}\n`);
});

test.each(MUTATIONS)('it is found when $name', { timeout: 120_000 }, async (mutation) => {
  for (let seed = 1; seed <= runs; seed++) {
    const run = await simulate(seed, mutation);
    if (run.violations.length === 0) continue;
    found.set(mutation.name, seed);
    const right = await simulate(seed);
    expect(right.violations).toEqual([]);
    return;
  }
  expect.fail(`not found within ${runs} seeds`);
});

test('a failing history is made shorter and still fails', async () => {
  const mutation = MUTATIONS.find(({ name }) => name === 'the pending range is not read back')!;
  const seed = found.get(mutation.name)!;
  const whole = await simulate(seed, mutation, scenarioOf(seed));
  const short = await shortestHistory(seed, mutation);
  expect(short.violations).not.toEqual([]);
  expect(short.history.length).toBeLessThan(whole.history.length);
});
