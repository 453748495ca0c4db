// The drift rule on seeded fleets: detection, delay, false alarms and causes, beside the default
// rules of Evidently and NannyML on the same counts.
// Guarantees: everything goes through the functions the sentinel uses; false is returned where a
// goal is missed. Takes some minutes; a smaller fleet is quicker and says less.
// Example: npm run evaluate -- drift [AGENTS] [SEED]
import { rankCauses } from '@agentspine/drift/causes';
import { causeCase } from './drift/causes.ts';
import { diceOf } from './drift/dice.ts';
import { evaluateFleet, type FleetResult, type Trial } from './drift/evaluate-fleet.ts';
import { type Dimension, DIMENSIONS, SHAPES } from './drift/fleet.ts';

export const says =
  'fleets of 200 agents: detection, false alarms, delay and causes of drift, beside two peers';

const GOALS = { detection: 0.98, alarms: 0, causes: 0.9 };
const KINDS: Readonly<Record<Dimension, string>> = {
  tool: 'tool mix −15 points',
  error_rate: 'error rate doubled',
  latency_ns: 'latency x1.28',
  confidence: 'confidence +0.08',
};
const CAUSE_CASES = 300;

export async function evaluate(args: readonly string[]): Promise<boolean> {
  const [agents = 200, seed = 1] = args.map(Number);
  const fleet = evaluateFleet(seed, agents);
  console.log(
    `${agents} agents with 10 to 10,000 runs a day, seed ${seed}; four weeks of history.\n`,
  );
  printDetection(fleet.trials);
  printMissed(fleet.trials);
  printShapes(fleet.trials);
  printAlarms(fleet, agents);
  const causes = evaluateCauses(seed);
  console.log(
    `\nTrue cause ranked first: ${causes.right} of ${CAUSE_CASES} (${percent(causes.right / CAUSE_CASES)})`,
  );
  for (const [dimension, { n, right }] of causes.byDimension) {
    console.log(`  ${dimension.padEnd(16)} ${right} of ${n}`);
  }
  const tool = fleet.trials.filter(({ dimension, enough }) => dimension === 'tool' && enough);
  return verdict([
    [
      '15 points of the tool mix within a day',
      rateOf(tool) >= GOALS.detection,
      percent(rateOf(tool)),
    ],
    [
      'false alarms per 200 agents and week',
      fleet.alarms.length <= GOALS.alarms,
      `${fleet.alarms.length}`,
    ],
    [
      'true cause first',
      causes.right / CAUSE_CASES >= GOALS.causes,
      percent(causes.right / CAUSE_CASES),
    ],
  ]);
}

function printDetection(trials: readonly Trial[]): void {
  console.log(
    'Found within a day. "Enough": the rule said ok before, so it would see; else it had said',
  );
  console.log('insufficient data. Peers: one day against their reference, the same agents.\n');
  console.log('drift                enough          delay h   fewer          Evidently  NannyML');
  console.log('                     found           p50  p90  found          found      found');
  for (const dimension of DIMENSIONS) {
    const all = trials.filter((trial) => trial.dimension === dimension);
    const enough = all.filter((trial) => trial.enough);
    const fewer = all.filter((trial) => !trial.enough);
    const delays = enough.filter(({ seen }) => seen).map(({ delayHours }) => delayHours);
    const peer = (name: 'Evidently' | 'NannyML'): string =>
      share(enough.filter(({ peers }) => peers.get(name)).length, enough.length);
    console.log(
      [
        KINDS[dimension].padEnd(20),
        shareOf(enough).padEnd(15),
        quantile(delays, 0.5).padStart(3),
        quantile(delays, 0.9).padStart(4),
        ` ${shareOf(fewer).padEnd(14)}`,
        peer('Evidently').padEnd(10),
        peer('NannyML'),
      ].join(' '),
    );
  }
}

function printMissed(trials: readonly Trial[]): void {
  const missed = trials.filter(({ enough, seen }) => enough && !seen);
  if (missed.length > 0) console.log('\nNot found with enough data:');
  for (const { agent, words } of missed) {
    console.log(`  ${agent.shape}, ${Math.round(agent.runsPerDay)} runs a day: ${words}`);
  }
}

function printShapes(trials: readonly Trial[]): void {
  console.log('\nBy traffic, all four drifts    enough          fewer');
  for (const shape of SHAPES) {
    const all = trials.filter(({ agent }) => agent.shape === shape);
    const enough = all.filter((trial) => trial.enough);
    const fewer = all.filter((trial) => !trial.enough);
    console.log(`  ${shape.padEnd(28)} ${shareOf(enough).padEnd(15)} ${shareOf(fewer)}`);
  }
  console.log('\nBy runs a day, all four drifts enough          fewer');
  for (const [low, high] of [
    [10, 100],
    [100, 300],
    [300, 1_000],
    [1_000, 3_000],
    [3_000, 10_000],
  ] as const) {
    const all = trials.filter(({ agent }) => agent.runsPerDay >= low && agent.runsPerDay < high);
    const enough = all.filter((trial) => trial.enough);
    const fewer = all.filter((trial) => !trial.enough);
    const name = `${low.toLocaleString('en-US')} to ${high.toLocaleString('en-US')}`;
    console.log(`  ${name.padEnd(28)} ${shareOf(enough).padEnd(15)} ${shareOf(fewer)}`);
  }
}

function printAlarms(
  { alarms, rounds, peerAlarms, peerAgents, states }: FleetResult,
  agents: number,
): void {
  const judged = [...states.values()].reduce((sum, n) => sum + n, 0);
  console.log(
    `\nUnchanged traffic for a week, ${rounds} hourly rounds, ${agents * DIMENSIONS.length} series:`,
  );
  console.log(
    `  this rule   ${alarms.length} false alarms; of ${judged.toLocaleString('en-US')} judgements ${percent((states.get('insufficient_data') ?? 0) / judged)} insufficient data`,
  );
  for (const name of ['Evidently', 'NannyML'] as const) {
    console.log(
      `  ${name.padEnd(11)} ${peerAlarms.get(name) ?? 0} false alarms in 7 daily looks, at ${peerAgents.get(name) ?? 0} of ${agents} agents`,
    );
  }
  for (const { shape, words } of alarms) console.log(`  ${shape}: ${words}`);
}

type CauseCounts = { right: number; byDimension: Map<string, { n: number; right: number }> };

function evaluateCauses(seed: number): CauseCounts {
  const counts: CauseCounts = { right: 0, byDimension: new Map() };
  for (let number = 0; number < CAUSE_CASES; number += 1) {
    const { truth, cells } = causeCase(diceOf(seed * 7_919 + number));
    const [first] = rankCauses(cells);
    const right = first?.dimension === truth.dimension && first.value === truth.value;
    const known = counts.byDimension.get(truth.dimension) ?? { n: 0, right: 0 };
    known.n += 1;
    counts.byDimension.set(truth.dimension, known);
    if (!right) continue;
    known.right += 1;
    counts.right += 1;
  }
  return counts;
}

function verdict(
  goals: readonly (readonly [goal: string, met: boolean, found: string])[],
): boolean {
  console.log('');
  for (const [goal, met, found] of goals) console.log(`${met ? '✓' : '✗'} ${goal}: ${found}`);
  return goals.every(([, met]) => met);
}

const rateOf = (trials: readonly Trial[]): number =>
  trials.length === 0 ? 0 : trials.filter(({ seen }) => seen).length / trials.length;
const shareOf = (trials: readonly Trial[]): string =>
  share(trials.filter(({ seen }) => seen).length, trials.length);
const share = (n: number, of: number): string =>
  of === 0 ? '-' : `${n}/${of} ${(n / of).toFixed(2)}`;
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

function quantile(values: readonly number[], q: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return found === undefined ? '-' : `${found}`;
}
