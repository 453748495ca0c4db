// How far confidence is from the share of right decisions: reliability curve, expected calibration
// error, Brier score with its decomposition, sharpness, each with an interval.
// Guarantees: computed from sums per bin, exactly as from the single decisions; the decomposition
// adds up to the score to the last digit.
// Example: calibrate(binsOf(pairs, 'width'), { random: seeded(1) }).ece
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { LEVEL, quantile, wilson, type Interval } from './interval.ts';
import { binomial, type Random } from './random.ts';

/** Sums over the judged decisions of one bin of confidence. y is 1 for a right decision, else 0. */
export type CalibrationBin = {
  readonly n: number;
  /** Independent runs behind the n. */
  readonly runs: number;
  readonly correct: number;
  readonly confidence_sum: number;
  readonly confidence_square_sum: number;
  readonly confidence_correct_sum: number;
  /** Sum of (confidence - y)^4. */
  readonly quartic_error_sum: number;
};

export type CurvePoint = { readonly confidence: number; readonly accuracy: Interval };

/**
 * Murphy 1973 (J. Appl. Meteor. 12: 595–600) with the two terms that binning adds (Stephenson,
 * Coelho and Jolliffe 2008, Wea. Forecasting 23: 752–757): brier = reliability - resolution +
 * uncertainty + withinBinVariance - withinBinCovariance.
 */
export type BrierParts = {
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
  readonly withinBinVariance: number;
  readonly withinBinCovariance: number;
};

export type Calibration = {
  readonly n: number;
  readonly runs: number;
  readonly accuracy: Interval;
  readonly confidenceMean: number;
  /** Mean confidence minus accuracy: above 0 is over-confident. */
  readonly gap: Interval;
  readonly curve: readonly CurvePoint[];
  /** Mean distance of curve and diagonal, weighted by n (Naeini et al. 2015, AAAI). */
  readonly ece: Interval;
  /** What the ECE of a perfectly calibrated agent would be on as many decisions, and its 95 %. */
  readonly eceByChance: { readonly mean: number; readonly high: number };
  readonly brier: Interval;
  readonly parts: BrierParts;
  /** Standard deviation of the confidence: 0 is an agent that always says the same. */
  readonly sharpness: number;
};

const RESAMPLES = 400;

export function calibrate(
  bins: readonly CalibrationBin[],
  options: { readonly random: Random; readonly resamples?: number },
): Calibration {
  const filled = bins.filter((bin) => bin.n > 0);
  const total = (key: keyof CalibrationBin): number =>
    filled.reduce((sum, bin) => sum + bin[key], 0);
  const n = total('n');
  const runs = Math.min(n, total('runs'));
  const correct = total('correct');
  const confidenceSum = total('confidence_sum');
  const squareSum = total('confidence_square_sum');
  const confidenceMean = confidenceSum / n;
  const squaredError = squareSum - 2 * total('confidence_correct_sum') + correct;
  const brier = squaredError / n;
  const brierVariance = Math.max(0, total('quartic_error_sum') / n - brier ** 2);
  return {
    n,
    runs,
    accuracy: wilson(correct, n, runs),
    confidenceMean,
    // The error c - y has mean gap and mean square brier.
    gap: around(
      confidenceMean - correct / n,
      Math.sqrt(Math.max(0, brier - (confidenceMean - correct / n) ** 2) / runs),
      n,
    ),
    curve: filled.map((bin) => ({
      confidence: bin.confidence_sum / bin.n,
      accuracy: wilson(bin.correct, bin.n, bin.runs),
    })),
    ...eceOf(filled, n, options),
    brier: around(brier, Math.sqrt(brierVariance / runs), n),
    parts: partsOf(filled, n, correct / n),
    sharpness: Math.sqrt(Math.max(0, squareSum / n - confidenceMean ** 2)),
  };
}

/** Expected calibration error of bins. */
export function ece(bins: readonly CalibrationBin[]): number {
  const n = bins.reduce((sum, bin) => sum + bin.n, 0);
  return bins.reduce((sum, bin) => sum + Math.abs(bin.confidence_sum - bin.correct), 0) / n;
}

/**
 * The interval is a basic bootstrap over the right and wrong of each bin; chance is the same with
 * the confidences taken for true (consistency resampling, Bröcker and Smith 2007, Wea. Forecasting
 * 22: 651–661): a small ECE on few decisions means nothing beside it.
 */
function eceOf(
  bins: readonly CalibrationBin[],
  n: number,
  options: { readonly random: Random; readonly resamples?: number },
): Pick<Calibration, 'ece' | 'eceByChance'> {
  const { random, resamples = RESAMPLES } = options;
  const found = ece(bins);
  const again = (shareOf: (bin: CalibrationBin) => number): number[] =>
    Array.from({ length: resamples }, () =>
      ece(bins.map((bin) => ({ ...bin, correct: redrawn(bin, shareOf(bin), random) }))),
    ).toSorted((a, b) => a - b);
  const resampled = again((bin) => bin.correct / bin.n);
  const calibrated = again((bin) => Math.min(1, Math.max(0, bin.confidence_sum / bin.n)));
  const low = 2 * found - quantile(resampled, 0.5 + LEVEL / 2);
  const high = 2 * found - quantile(resampled, 0.5 - LEVEL / 2);
  return {
    ece: {
      estimate: found,
      low: Math.min(found, Math.max(0, low)),
      high: Math.min(1, Math.max(found, high)),
      n,
    },
    eceByChance: {
      mean: calibrated.reduce((sum, value) => sum + value, 0) / resamples,
      high: quantile(calibrated, LEVEL),
    },
  };
}

/** Right decisions of a bin drawn anew; runs count as one draw each, scaled up to n. */
function redrawn(bin: CalibrationBin, share: number, random: Random): number {
  const draws = Math.min(bin.n, Math.max(1, bin.runs));
  return (binomial(random, draws, share) / draws) * bin.n;
}

function partsOf(bins: readonly CalibrationBin[], n: number, base: number): BrierParts {
  const over = (part: (bin: CalibrationBin, confidence: number, accuracy: number) => number) =>
    bins.reduce((sum, bin) => sum + part(bin, bin.confidence_sum / bin.n, bin.correct / bin.n), 0) /
    n;
  return {
    reliability: over((bin, confidence, accuracy) => bin.n * (confidence - accuracy) ** 2),
    resolution: over((bin, _, accuracy) => bin.n * (accuracy - base) ** 2),
    uncertainty: base * (1 - base),
    withinBinVariance: over(
      (bin, confidence) => bin.confidence_square_sum - bin.n * confidence ** 2,
    ),
    withinBinCovariance: over(
      (bin, confidence, accuracy) =>
        2 * (bin.confidence_correct_sum - bin.n * confidence * accuracy),
    ),
  };
}

function around(estimate: number, error: number, n: number): Interval {
  const half = normalQuantile(0.5 + LEVEL / 2, 0, 1) * error;
  return { estimate, low: estimate - half, high: estimate + half, n };
}
