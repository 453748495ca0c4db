// Off-policy estimates on logs whose truth is known, and the refusals where a log cannot carry an
// answer. The full thousand runs are `npm run evaluate -- off-policy`.
import { describe, expect, test } from 'vitest';
import {
  always,
  highestScore,
  uniform,
  whenUnsure,
  type LoggedDecision,
} from './logged-decision.ts';
import { offPolicyAnswer } from './off-policy-answer.ts';
import { estimatePolicy } from './off-policy.ts';
import { normal, seeded } from './random.ts';
import { compare, pool } from './sequential.ts';
import { SHAPES, simulateLog, TOO_RARE, trueValue } from './simulate-log.ts';

const log = simulateLog(SHAPES.money, seeded(5));
const part = always('part').policy;

test('in a hundred logs, 95 % intervals hold the truth as often as they say', () => {
  const truth = trueValue(SHAPES.money, 'part');
  const held = { ips: 0, snips: 0, doublyRobust: 0 };
  const names = ['ips', 'snips', 'doublyRobust'] as const;
  for (let seed = 1; seed <= 100; seed += 1) {
    const found = estimatePolicy(simulateLog(SHAPES.money, seeded(seed)), part);
    if (found.state !== 'answer') throw new Error(found.words);
    for (const name of names) {
      if (found[name].low <= truth && truth <= found[name].high) held[name] += 1;
    }
  }
  for (const name of names) expect(held[name]).toBeGreaterThanOrEqual(89);
});

test('the doubly robust interval is narrower than that of plain weighting', () => {
  const found = estimatePolicy(log, part);
  if (found.state !== 'answer') throw new Error(found.words);
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  expect(width(found.doublyRobust)).toBeLessThan(0.8 * width(found.ips));
  expect(found.lift.low).toBeGreaterThan(0);
});

describe('policies', () => {
  const one = log[0] as LoggedDecision;
  test.each([
    ['uniform', uniform],
    ['the highest score', highestScore],
    ['a threshold', whenUnsure(0.5, 'voucher')],
  ])('%s: shares add up to 1', (_, { policy }) => {
    const shares = policy({ ...one, confidence: 0.4 });
    const sum = [...(shares?.values() ?? [])].reduce((total, share) => total + share, 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  test('what was done estimates to what was', () => {
    const found = estimatePolicy(log, (decision) =>
      whenUnsure(0, 'part').policy({ ...decision, confidence: 1 }),
    );
    if (found.state !== 'answer') throw new Error(found.words);
    expect(found.ips.estimate).toBeCloseTo(found.logged.estimate, 10);
    expect(found.ess).toBeCloseTo(log.length, 6);
  });
});

describe('a log that cannot carry an answer is refused in words', () => {
  const with_ = (change: (decision: LoggedDecision, at: number) => Partial<LoggedDecision>) =>
    log.map((decision, at) => ({ ...decision, ...change(decision, at) }));
  const sure = { propensity: 1, alternatives: [] };
  test.each([
    ['empty', [], 'insufficient data: 0 of 200'],
    ['small', log.slice(0, 10), 'insufficient data: 10 of 200'],
    ['no results', with_(() => ({ reward: null })), 'insufficient data: 0 of 200'],
    ['NaN results', with_(() => ({ reward: Number.NaN })), 'insufficient data: 0 of 200'],
    [
      'rare',
      simulateLog(TOO_RARE, seeded(1)),
      /^insufficient data: \d+ of 100 effective decisions$/,
    ],
    [
      'no propensities',
      with_((_, at) => (at % 3 === 0 ? { propensity: null } : {})),
      'insufficient data: 334 of 1000 decisions carry no propensity',
    ],
    [
      'propensities that add up to more than 1',
      with_(({ alternatives }) => ({
        alternatives: alternatives.map((each) => ({ ...each, propensity: 0.6 })),
      })),
      'insufficient data: the propensities of 1000 of 1000 decisions contradict themselves',
    ],
    [
      'no chance',
      with_(() => sure),
      'insufficient data: the choices were made without chance (propensity 1)',
    ],
    [
      'no overlap',
      with_(({ alternatives, chosen, propensity }, at) =>
        at % 2 === 0
          ? { alternatives: alternatives.filter(({ label }) => label !== 'part'), propensity }
          : { chosen },
      )
        .map((decision) =>
          decision.chosen === 'part' && decision.alternatives.length === 2
            ? {
                ...decision,
                chosen: 'full',
                propensity: decision.alternatives[0]?.propensity ?? null,
              }
            : decision,
        )
        .map(rescaled),
      /^insufficient data: no overlap: 50 % of the choices it would make were never open to chance$/,
    ],
    [
      'propensities that are not those of the choices',
      with_(({ alternatives }) => {
        const told = alternatives.map(({ label, score }) => ({ label, score, propensity: 1 / 3 }));
        return { propensity: 1 / 3, alternatives: told };
      }),
      /^insufficient data: the propensities do not fit the choices: weights average 0\.\d\d, not 1$/,
    ],
  ])('%s', (_, given, words) => {
    const found = estimatePolicy(given, part);
    expect(found.state).toBe('insufficient_data');
    if (found.state === 'insufficient_data') expect(found.words).toMatch(words);
  });
});

/** Shares of what is listed, adding up to 1 again. */
function rescaled(decision: LoggedDecision): LoggedDecision {
  const sum = decision.alternatives.reduce((total, each) => total + (each.propensity ?? 0), 0);
  const alternatives = decision.alternatives.map((each) => ({
    ...each,
    propensity: (each.propensity ?? 0) / sum,
  }));
  const propensity =
    alternatives.find(({ label }) => label === decision.chosen)?.propensity ?? decision.propensity;
  return { ...decision, alternatives, propensity };
}

describe('the answer', () => {
  const rows = log.map((decision) => ({ ...decision, unit: 'usd', decisions: 5_000 }));
  test('says what would have been, against what was, and what to beware of', () => {
    const { words } = offPolicyAnswer(rows, always('part'), { name: 'margin' });
    expect(words).toMatch(
      /^margin, had it been always part: \d\.\d\d usd per decision \(95 %: \d\.\d\d to \d\.\d\d\) instead of \d\.\d\d: more; \d+ effective of 1000 decisions; the log was cut to the newest 1000 of 5000$/,
    );
  });
  test('refuses to average two currencies, and says why it refuses', () => {
    const mixed = rows.map((row, at) => (at % 2 === 0 ? row : { ...row, unit: 'eur' }));
    expect(offPolicyAnswer(mixed, always('part'), { name: 'margin' }).words).toBe(
      'margin, had it been always part: insufficient data: rewards in usd and eur cannot be averaged',
    );
    const few = offPolicyAnswer(rows.slice(0, 10), always('part'), { name: 'margin' });
    expect(few.words).toBe('margin, had it been always part: insufficient data: 10 of 200');
  });
});

test('looking after every hundred decisions, a true null is rejected in at most 5 % of series', () => {
  const random = seeded(3);
  const series = 400;
  let alarms = 0;
  for (let time = 0; time < series; time += 1) {
    const sides = [0, 1].map(() => ({ n: 0, mean: 0, variance: 0 }));
    for (let look = 0; look < 20; look += 1) {
      sides.forEach((side, at) => {
        const values = Array.from({ length: 100 }, () => normal(random));
        const mean = values.reduce((sum, value) => sum + value, 0) / 100;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 99;
        sides[at] =
          side.n === 0 ? { n: 100, mean, variance } : pool([side, { n: 100, mean, variance }]);
      });
      const [baseline, candidate] = sides;
      if (baseline === undefined || candidate === undefined) throw new Error('two sides');
      const seen = compare(baseline, candidate);
      if (seen.state === 'answer' && seen.p < 0.05) {
        alarms += 1;
        break;
      }
    }
  }
  // A fixed test at each look would reject about a quarter of them.
  expect(alarms).toBeLessThanOrEqual(0.05 * series);
});
