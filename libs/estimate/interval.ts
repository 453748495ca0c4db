// Intervals: of a share (Wilson), of a mean (Student, or bootstrap where few and skewed).
// Guarantees: an interval always holds its estimate and is never narrower than the data allow:
// where observations come in clusters, the number of clusters counts.
// Example: wilson(8, 10) → { estimate: 0.8, low: 0.4902, high: 0.9433, n: 10 }
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import studentQuantile from '@stdlib/stats-base-dists-t-quantile';
import type { Random } from './random.ts';

export type Interval = {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Observations behind it. */
  readonly n: number;
};

/** Share of the time that an interval is to hold the truth. */
export const LEVEL = 0.95;

/**
 * Wilson's score interval of a share (Wilson 1927, JASA 22: 209–212). `clusters`: independent
 * groups behind the n, where fewer: the interval is then as wide as theirs.
 */
export function wilson(hits: number, n: number, clusters = n, level = LEVEL): Interval {
  if (n <= 0) return { estimate: Number.NaN, low: 0, high: 1, n: 0 };
  const share = hits / n;
  const size = Math.min(n, Math.max(1, clusters));
  const z = normalQuantile(0.5 + level / 2, 0, 1);
  const scale = 1 + (z * z) / size;
  const middle = (share + (z * z) / (2 * size)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / size + (z * z) / (4 * size * size));
  return {
    estimate: share,
    low: hits <= 0 ? 0 : Math.max(0, middle - half),
    high: hits >= n ? 1 : Math.min(1, middle + half),
    n,
  };
}

export type Moments = {
  readonly n: number;
  readonly mean: number;
  /** Of the sample: divided by n - 1. */
  readonly variance: number;
  /** Independent groups, where fewer than n. */
  readonly clusters?: number;
};

/** Student's interval of a mean. One value has no interval: low and high are infinite. */
export function meanInterval(moments: Moments, level = LEVEL): Interval {
  const { n, mean, variance } = moments;
  const size = Math.min(n, moments.clusters ?? n);
  if (size < 2) return { estimate: mean, low: -Infinity, high: Infinity, n };
  const half = studentQuantile(0.5 + level / 2, size - 1) * Math.sqrt(variance / size);
  return { estimate: mean, low: mean - half, high: mean + half, n };
}

/**
 * Bootstrap-t interval of a mean (Efron and Tibshirani 1993, ch. 12): follows skewed values, which
 * money and minutes are, where Student's interval is symmetric.
 */
export function bootstrapMean(
  values: readonly number[],
  options: { readonly random: Random; readonly resamples?: number; readonly level?: number },
): Interval {
  const { random, resamples = 1_000, level = LEVEL } = options;
  const whole = momentsOf(values);
  if (whole.n < 2 || whole.variance === 0) return meanInterval(whole, level);
  const error = Math.sqrt(whole.variance / whole.n);
  const ratios: number[] = [];
  for (let time = 0; time < resamples; time += 1) {
    const again = momentsOf(drawn(values, random));
    const its = Math.sqrt(again.variance / again.n);
    // A resample of equal values has no spread to compare with.
    if (its > 0) ratios.push((again.mean - whole.mean) / its);
  }
  if (ratios.length < resamples / 2) return meanInterval(whole, level);
  ratios.sort((a, b) => a - b);
  return {
    estimate: whole.mean,
    low: whole.mean - quantile(ratios, 0.5 + level / 2) * error,
    high: whole.mean - quantile(ratios, 0.5 - level / 2) * error,
    n: whole.n,
  };
}

export function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, variance: n > 1 ? squares / (n - 1) : Number.NaN };
}

/** Skewness of the values (third standardised moment); 0 where they do not differ. */
export function skewness(values: readonly number[]): number {
  const { n, mean } = momentsOf(values);
  const second = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
  const third = values.reduce((sum, value) => sum + (value - mean) ** 3, 0) / n;
  return second > 0 ? third / second ** 1.5 : 0;
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996). */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

function drawn(values: readonly number[], random: Random): number[] {
  return values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN);
}
