// Comparison of two means at any time, as often as one likes: a mixture sequential probability
// ratio test, and the confidence sequence that belongs to it.
// Guarantees: whenever one looks and stops, the share of false alarms stays below alpha (for many
// observations: the central limit theorem makes it so, hence the floor).
// Example: compare({ n: 900, mean: 4.1, variance: 9 }, { n: 850, mean: 2.6, variance: 9 }).p →
// 0.00…
import { LEVEL, type Interval, type Moments } from './interval.ts';
import { insufficient, type Insufficient } from './insufficient.ts';

export type Comparison = {
  readonly state: 'answer';
  /** Candidate minus baseline, with the confidence sequence: valid at every look. */
  readonly difference: Interval;
  /** Always-valid p-value of "no difference". */
  readonly p: number;
};

export type CompareOptions = {
  /** Least observations of each side. */
  readonly floor?: number;
  readonly level?: number;
  /** Observations of both sides together at which the sequence is tightest. */
  readonly tightestAt?: number;
};

/** Below this the normal limit is no longer to be relied on. */
export const SIDE_FLOOR = 100;
/** Looks at an agent's week come around this many decisions. */
const TIGHTEST_AT = 5_000;

/**
 * Asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024, Annals
 * of
 * Statistics 52: 2613–2640, theorem 2.2), for the difference of two means; its p-value is that of
 * the normal mixture SPRT (Johari, Koomen, Pekelis and Walsh 2022, Operations Research 70:
 * 1806–1821).
 */
export function compare(
  baseline: Moments,
  candidate: Moments,
  options: CompareOptions = {},
): Comparison | Insufficient {
  const { floor = SIDE_FLOOR, level = LEVEL, tightestAt = TIGHTEST_AT } = options;
  const sizes = [baseline, candidate].map(({ n, clusters = n }) => Math.min(n, clusters));
  const [before = 0, after = 0] = sizes;
  const fewest = Math.min(before, after);
  if (fewest < floor) {
    return insufficient(fewest, floor, `of the ${before < after ? 'baseline' : 'candidate'}`);
  }
  const squaredError = baseline.variance / before + candidate.variance / after;
  const n = before + after;
  const estimate = candidate.mean - baseline.mean;
  if (squaredError === 0) {
    // Neither side varies: nothing can be said of chance.
    return insufficient(1, 2, 'different values');
  }
  const alpha = 1 - level;
  const mixing = mixingVariance(alpha, tightestAt);
  const spread = n * mixing + 1;
  const half = Math.sqrt(
    squaredError * n * ((2 * spread) / (n * n * mixing)) * Math.log(Math.sqrt(spread) / alpha),
  );
  const exponent = ((estimate * estimate) / squaredError) * ((n * mixing) / (2 * spread));
  return {
    state: 'answer',
    difference: { estimate, low: estimate - half, high: estimate + half, n },
    p: Math.min(1, Math.sqrt(spread) * Math.exp(-exponent)),
  };
}

/** The mixture's variance that makes the sequence tightest at n observations (ibid., appendix). */
function mixingVariance(alpha: number, n: number): number {
  const log = -2 * Math.log(alpha);
  return (log + Math.log(log + 1)) / n;
}

/** Several groups of observations as one: exact, without the single values. */
export function pool(groups: readonly Moments[]): Moments {
  const n = groups.reduce((sum, group) => sum + group.n, 0);
  const clusters = groups.reduce((sum, group) => sum + (group.clusters ?? group.n), 0);
  const mean = groups.reduce((sum, group) => sum + group.n * group.mean, 0) / n;
  const squares = groups.reduce(
    (sum, group) =>
      sum + (group.n > 1 ? (group.n - 1) * group.variance : 0) + group.n * (group.mean - mean) ** 2,
    0,
  );
  return { n, mean, variance: n > 1 ? squares / (n - 1) : Number.NaN, clusters };
}
