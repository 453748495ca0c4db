// Nothing acknowledged is lost and nothing is stored twice, whatever happens when: the real worker
// and sink under simulated faults, one seed per history.
// SPINE_SIM_SEED: the first seed. SPINE_SIM_RUNS: how many. Example:
//   SPINE_SIM_SEED=79 SPINE_SIM_RUNS=1 npm test -- simulation
import { expect, test } from 'vitest';
import { CALL_FAULTS } from './scenario.ts';
import { shortestHistory } from './shortest-history.ts';
import { simulate, type Run } from './simulator.ts';

const firstSeed = Number(process.env['SPINE_SIM_SEED'] ?? 1);
const runs = Number(process.env['SPINE_SIM_RUNS'] ?? 500);
/** Many enough for each kind of fault to have struck. */
const ALL_KINDS_RUNS = 500;

const STRUCK = [
  ...CALL_FAULTS,
  'kill of a worker',
  'kill of a sink',
  'orderly restart of a worker',
  'orderly restart of a sink',
  'scaling of the workers',
  'scaling of the sinks',
  'freeze beyond the session',
  'log away',
  'store away',
  'repeated produce',
  'gap in events',
  'gap in governed',
  'of these in the middle of an await',
  'commit of a worker refused',
  'commit of a sink refused',
  'produce by a zombie',
  'insert by a zombie',
  'insert repeated, kept out by its token',
  'pending range found after a restart',
  'repeats skipped by a sink',
  'reprocessing under the next generation',
];

async function report(run: Run): Promise<string> {
  const { seed } = run.scenario;
  const short = await shortestHistory(seed, null);
  return [
    `seed=${seed}: ${run.violations.join('; ')}`,
    `replay: SPINE_SIM_SEED=${seed} SPINE_SIM_RUNS=1 npm test -- simulation`,
    `shortest history, of ${short.records} records: ${short.violations.join('; ')}`,
    ...short.history,
  ].join('\n');
}

test(
  `every record has exactly one fate (${runs} seeds from ${firstSeed})`,
  { timeout: 60_000 + runs * 1_000 },
  async () => {
    const counts = new Map<string, number>();
    let records = 0;
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const run = await simulate(seed);
      if (run.violations.length > 0) expect.fail(await report(run));
      records += run.records;
      for (const [what, count] of run.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    }
    const lines = [...counts].map(([what, count]) => `${count} × ${what}`);
    process.stdout.write(`${runs} seeds, ${records} records: ${lines.join(', ')}\n`);
    if (runs >= ALL_KINDS_RUNS) {
      expect(STRUCK.filter((what) => (counts.get(what) ?? 0) === 0)).toEqual([]);
    }
  },
);

test('a seed tells the same history every time, to the line', async () => {
  for (const seed of [firstSeed, firstSeed + 1, firstSeed + 2]) {
    const [once, again] = [await simulate(seed), await simulate(seed)];
    expect(again.history).toEqual(once.history);
    expect(again.steps).toBe(once.steps);
  }
});

test('another seed tells another history', async () => {
  const [one, other] = [await simulate(firstSeed), await simulate(firstSeed + 1)];
  expect(other.history).not.toEqual(one.history);
});
