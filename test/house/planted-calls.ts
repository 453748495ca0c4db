// Planted violations and near misses of the rules about calls and syntax (bans.ts); part of
// planted.ts.
// Guarantees: as planted.ts.
// Example: Date.now() in libs/policy is refused, in services/worker/main.ts it passes.
import type { Planted, PlantedRule, Refused } from './planted.ts';

const code = (path: string, line: string): Planted => ({ path, text: `// What it is.\n${line}\n` });
const refused = (path: string, line: string, use: string): Refused => ({
  ...code(path, line),
  line: 2,
  use,
});

const PURE = 'libs/policy/judge.ts';
const SERVICE = 'services/worker/run-batch.ts';
const TEST = 'libs/kafka/log.test.ts';
const JOURNEYS = 'test/journeys/pipeline.ts';

export const PLANTED_CALLS: readonly PlantedRule[] = [
  {
    rule: 'banned calls and syntax',
    refused: [
      refused(PURE, 'const at = Date.now();', 'a nowMs parameter'),
      refused(SERVICE, 'const at = new Date();', 'a nowMs parameter'),
      refused(PURE, 'const id = Math.random();', 'a random parameter'),
      refused('examples/fleet/pick.ts', 'const id = Math.random();', 'a random parameter'),
      refused(SERVICE, "const url = process.env['URL'];", 'the env parameter'),
      refused(SERVICE, 'const { URL } = process.env;', 'the env parameter'),
      refused(PURE, 'setTimeout(run, 10);', 'a clock parameter'),
      refused('libs/kafka/log.ts', "console.log('up');", 'a Logger parameter'),
      refused(PURE, 'enum Kind { a }', 'as const'),
      refused(PURE, 'namespace Kinds { export const a = 1; }', 'a module of its own'),
      refused(PURE, '@sealed class A {}', 'a function that takes what it wraps'),
      refused(PURE, 'class A { constructor(private a: number) {} }', 'a field and an assignment'),
    ],
    passed: [
      code(PURE, 'const at = new Date(timeMs); // not Date.now()'),
      code(PURE, "const text = 'Date.now() and process.env';"),
      code('services/worker/main.ts', 'const at = Date.now(); const env = process.env;'),
      code('libs/kafka/log.ts', 'const at = Date.now();'),
      code('libs/policy/judge.test.ts', 'const at = Date.now();'),
      code('services/cli/tail.ts', "console.log('up');"),
      code('libs/policy/judge.bench.ts', "console.log('up');"),
      code(PURE, "const KINDS = ['a'] as const;"),
    ],
  },
  {
    rule: 'tests wait for conditions',
    refused: [
      refused(TEST, 'await new Promise((r) => setTimeout(r, 100));', 'vi.waitFor'),
      refused(TEST, 'await new Promise((r) => { setTimeout(() => r(1), 100); });', 'vi.waitFor'),
      refused(TEST, "import { setTimeout as wait } from 'node:timers/promises';", 'vi.waitFor'),
      refused(JOURNEYS, 'await new Promise((r) => setTimeout(r, 100));', 'vi.waitFor'),
    ],
    passed: [
      code(TEST, 'await vi.waitFor(() => expect(rows()).toBe(3));'),
      code(TEST, 'await new Promise((ok, no) => { start(ok); setTimeout(() => no(late), 9); });'),
      code('libs/kafka/log.ts', 'await new Promise((r) => setTimeout(r, 100));'),
      code('test/journeys/elapse.ts', 'await new Promise((r) => setTimeout(r, 100));'),
      code(TEST, "await elapse(7_000, 'longer than an insert may take');"),
    ],
  },
  {
    rule: 'no test is focused, none skipped without a reason',
    refused: [
      refused(TEST, "test.only('a', run);", 'a filter on the command'),
      refused(TEST, "describe.only('a', run);", 'a filter on the command'),
      refused(TEST, "test.skip('a', run);", 'with the reason'),
      refused(TEST, "it.todo('a');", 'with the reason'),
      {
        path: TEST,
        text: "// What it is.\n\ntest.skipIf(absent)('a', run);\n",
        line: 3,
        use: 'a comment above',
      },
      refused(TEST, 'context.skip();', "context.skip('why')"),
    ],
    passed: [
      code(TEST, "// skipped where the data is absent\ntest.skipIf(absent)('a', run);"),
      code(TEST, "context.skip('the data is absent');"),
      code('libs/kafka/log.ts', 'stream.skip(3); list.only(1);'),
    ],
  },
];
