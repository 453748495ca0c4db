// Off-policy estimates on simulated logs whose truth is known: how often do the 95 % intervals hold
// it, in a thousand logs of each shape, and is a log that cannot carry an answer refused?
// Guarantees: the seeds are fixed, so that two runs of one commit print one table; met when every
// estimator covers in 93 to 97 % and every log below the floor is refused.
// Example: npm run evaluate -- off-policy
import type { Interval } from '@agentspine/estimate/interval';
import { always } from '@agentspine/estimate/logged-decision';
import { estimatePolicy } from '@agentspine/estimate/off-policy';
import { seeded } from '@agentspine/estimate/random';
import {
  SHAPES,
  simulateLog,
  TOO_RARE,
  trueValue,
  type LogShape,
} from '@agentspine/estimate/simulate-log';

export const says = 'coverage of 95 % intervals in 1,000 logs of each shape, and the refusals';

const RUNS = 1_000;
const TARGET = 'part';
const ESTIMATORS = ['ips', 'snips', 'clipped', 'doublyRobust'] as const;
/** Of 1,000 logs that may be refused though they are sound. */
const REFUSED_MAX = 5;

type Tally = { held: number; width: number };

export async function evaluate(): Promise<boolean> {
  process.stdout.write(`always ${TARGET}, ${RUNS} logs of each shape; mean width in brackets\n\n`);
  row('shape', 'n', 'ESS', ...ESTIMATORS, 'refused');
  let isMet = true;
  for (const [name, shape] of Object.entries<LogShape>(SHAPES)) {
    isMet = measure(name, shape) && isMet;
  }
  isMet = measureRefusals() && isMet;
  process.stdout.write(`\n${isMet ? 'met' : 'NOT met'}: 93 to 97 % each, refusals where due\n`);
  return isMet;
}

function measure(name: string, shape: LogShape): boolean {
  const truth = trueValue(shape, TARGET);
  const tallies = new Map(
    ESTIMATORS.map((each): [typeof each, Tally] => [each, { held: 0, width: 0 }]),
  );
  let refused = 0;
  let ess = 0;
  for (let run = 1; run <= RUNS; run += 1) {
    const found = estimatePolicy(simulateLog(shape, seeded(run)), always(TARGET).policy);
    if (found.state !== 'answer') {
      refused += 1;
      continue;
    }
    ess += found.ess;
    for (const [each, tally] of tallies) count(tally, found[each], truth);
  }
  const answered = RUNS - refused;
  const cells = [...tallies.values()].map(
    ({ held, width }) => `${percent(held, answered)} (${(width / answered).toFixed(2)})`,
  );
  row(name, `${shape.n}`, (ess / answered).toFixed(0), ...cells, `${refused}`);
  const isCovered = [...tallies.values()].every(
    ({ held }) => held >= 0.93 * answered && held <= 0.97 * answered,
  );
  return isCovered && refused <= REFUSED_MAX;
}

/** What the floor keeps away: the same logs, answered all the same. */
function measureRefusals(): boolean {
  const truth = trueValue(TOO_RARE, TARGET);
  const tally: Tally = { held: 0, width: 0 };
  let refused = 0;
  let answered = 0;
  let example = '';
  for (let run = 1; run <= RUNS; run += 1) {
    const log = simulateLog(TOO_RARE, seeded(run));
    const found = estimatePolicy(log, always(TARGET).policy);
    if (found.state === 'insufficient_data') {
      refused += 1;
      example = found.words;
    }
    const unguarded = estimatePolicy(log, always(TARGET).policy, { floors: { ess: 0 } });
    if (unguarded.state !== 'answer') continue;
    answered += 1;
    count(tally, unguarded.ips, truth);
  }
  process.stdout.write(
    `\ntoo rare an option: ${refused} of ${RUNS} refused (${example});\n` +
      `without the floor, IPS would have held the truth in ${percent(tally.held, answered)}\n`,
  );
  return refused === RUNS;
}

function count(tally: Tally, { low, high }: Interval, truth: number): void {
  if (low <= truth && truth <= high) tally.held += 1;
  tally.width += high - low;
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

function row(...cells: readonly string[]): void {
  const [first = '', ...rest] = cells;
  process.stdout.write(`${first.padEnd(24)}${rest.map((cell) => cell.padStart(15)).join('')}\n`);
}
