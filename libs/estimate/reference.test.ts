// Every statistic of this room equals an independent implementation's number: scikit-learn, SciPy,
// statsmodels, GrowthBook's gbstats. The command that makes the numbers stands in
// reference/make_reference.py.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { abstention } from './abstention.ts';
import { binConfidence } from './bin-confidence.ts';
import { calibrate, ece } from './calibration.ts';
import { meanInterval, momentsOf, skewness, wilson, type Interval } from './interval.ts';
import { always, type LoggedDecision } from './logged-decision.ts';
import { estimatePolicy } from './off-policy.ts';
import { seeded } from './random.ts';
import { compare } from './sequential.ts';

type Curve = { accuracy: number[]; confidence: number[]; ece: number };
type Side = { n: number; mean: number; variance: number };
type Reference = {
  calibration: {
    confidence: number[];
    y: number[];
    brier: number;
    sharpness: number;
    width: Curve;
    mass: Curve;
    coarse: Record<'brier' | 'reliability' | 'resolution' | 'uncertainty', number> & {
      confidence: number[];
    };
  };
  intervals: {
    wilson: [number, number, number, number][];
    values: number[];
    student: [number, number];
    skewness: number;
  };
  sequential: { baseline: Side; candidate: Side; low: number; high: number; p: number }[];
  off_policy: {
    labels: string[];
    x: number[];
    propensity: number[][];
    chosen: number[];
    reward: number[];
    ess: number;
  } & Record<'ips' | 'snips' | 'doubly_robust' | 'clipped_at_2.5', [number, number, number]>;
  abstention: { n: number[]; correct: number[]; area: number };
};

const reference = JSON.parse(
  readFileSync(new URL('./reference/reference.json', import.meta.url), 'utf8'),
) as Reference;

/** Tolerance: ten digits, but for the intervals that go through a distribution's quantile. */
const DIGITS = 9;

function near(found: Interval, [estimate, low, high]: readonly [number, number, number]): void {
  expect(found.estimate).toBeCloseTo(estimate, DIGITS);
  expect(found.low).toBeCloseTo(low, DIGITS);
  expect(found.high).toBeCloseTo(high, DIGITS);
}

const judged = (confidences: readonly number[]) =>
  confidences.map((confidence, at) => ({
    confidence,
    isCorrect: reference.calibration.y[at] === 1,
  }));

describe('calibration', () => {
  const { calibration } = reference;

  test.each(['width', 'mass'] as const)('curve and ECE with bins of equal %s', (binning) => {
    const bins = binConfidence(judged(calibration.confidence), binning);
    const wanted = calibration[binning];
    const { curve } = calibrate(bins, { random: seeded(1) });
    expect(curve).toHaveLength(wanted.accuracy.length);
    curve.forEach((point, at) => {
      expect(point.confidence).toBeCloseTo(wanted.confidence[at] ?? Number.NaN, DIGITS);
      expect(point.accuracy.estimate).toBeCloseTo(wanted.accuracy[at] ?? Number.NaN, DIGITS);
    });
    expect(ece(bins)).toBeCloseTo(wanted.ece, DIGITS);
  });

  test('Brier score and sharpness', () => {
    const found = calibrate(binConfidence(judged(calibration.confidence), 'width'), {
      random: seeded(1),
    });
    expect(found.brier.estimate).toBeCloseTo(calibration.brier, DIGITS);
    expect(found.sharpness).toBeCloseTo(calibration.sharpness, DIGITS);
    const { parts } = found;
    const sum =
      parts.reliability -
      parts.resolution +
      parts.uncertainty +
      parts.withinBinVariance -
      parts.withinBinCovariance;
    expect(sum).toBeCloseTo(calibration.brier, DIGITS);
  });

  test('Murphy’s three terms alone, where a bin holds one confidence', () => {
    const { coarse } = calibration;
    const { parts, brier } = calibrate(binConfidence(judged(coarse.confidence), 'width'), {
      random: seeded(1),
    });
    expect(brier.estimate).toBeCloseTo(coarse.brier, DIGITS);
    expect(parts.reliability).toBeCloseTo(coarse.reliability, DIGITS);
    expect(parts.resolution).toBeCloseTo(coarse.resolution, DIGITS);
    expect(parts.uncertainty).toBeCloseTo(coarse.uncertainty, DIGITS);
    expect(parts.withinBinVariance).toBeCloseTo(0, DIGITS);
    expect(parts.withinBinCovariance).toBeCloseTo(0, DIGITS);
  });
});

describe('intervals', () => {
  test.each(reference.intervals.wilson)('Wilson of %i in %i', (hits, n, low, high) => {
    expect(wilson(hits, n).n).toBe(n);
    near(wilson(hits, n), [hits / n, low, high]);
  });

  test('Student, and skewness', () => {
    const { values, student } = reference.intervals;
    const moments = momentsOf(values);
    near(meanInterval(moments), [moments.mean, ...student]);
    expect(skewness(values)).toBeCloseTo(reference.intervals.skewness, DIGITS);
  });
});

test.each(reference.sequential)(
  'the sequential test of $candidate.n against $baseline.n',
  (each) => {
    const found = compare(each.baseline, each.candidate);
    if (found.state !== 'answer') throw new Error(found.words);
    near(found.difference, [each.candidate.mean - each.baseline.mean, each.low, each.high]);
    expect(found.p).toBeCloseTo(each.p, DIGITS);
  },
);

test('off-policy: IPS, SNIPS, clipped, doubly robust and effective sample size', () => {
  const { off_policy: log } = reference;
  const decisions = log.chosen.map((chosen, at): LoggedDecision => {
    const odds = log.propensity[at] ?? [];
    return {
      chosen: log.labels[chosen] ?? '',
      propensity: odds[chosen] ?? null,
      alternatives: log.labels.map((label, k) => ({
        label,
        score: null,
        propensity: odds[k] ?? null,
      })),
      reward: log.reward[at] ?? null,
      features: { x: log.x[at] ?? null },
      run_id: `run-${at}`,
    };
  });
  const found = estimatePolicy(decisions, always('part').policy, { clipAt: 2.5 });
  if (found.state !== 'answer') throw new Error(found.words);
  expect(found.ess).toBeCloseTo(log.ess, DIGITS);
  near(found.ips, log.ips);
  near(found.snips, log.snips);
  near(found.clipped, log['clipped_at_2.5']);
  // The constant of the ridge is held by 1e-9 here, not free as there.
  expect(found.doublyRobust.estimate).toBeCloseTo(log.doubly_robust[0], 7);
  expect(found.doublyRobust.low).toBeCloseTo(log.doubly_robust[1], 7);
  expect(found.doublyRobust.high).toBeCloseTo(log.doubly_robust[2], 7);
});

test('abstention: area under risk over coverage', () => {
  const { n, correct, area } = reference.abstention;
  const bins = n.map((size, at) => ({
    n: size,
    runs: size,
    correct: correct[at] ?? 0,
    confidence_min: at / 4,
    confidence_sum: 0,
    confidence_square_sum: 0,
    confidence_correct_sum: 0,
    quartic_error_sum: 0,
  }));
  const found = abstention(bins, { wrong: 10, handedOver: 3 });
  expect(found.riskCoverageArea).toBeCloseTo(area, DIGITS);
  expect(found.best).toMatchObject({ threshold: 0.25, coverage: 0.8 });
  // 48 wrong at 10 against 24 wrong at 10 and 40 handed over at 3.
  expect(found.saved).toBeCloseTo((480 - 360) / 200, DIGITS);
});
