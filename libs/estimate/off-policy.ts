// What another policy would have brought, from a log of decisions made with known odds: inverse
// propensity score, self-normalised, clipped and doubly robust, each with a 95 % interval.
// Guarantees: an Insufficient in words where the log cannot carry the answer; decisions of one run
// count as one cluster in every interval.
// Example: estimatePolicy(log, always('voucher').policy)
import studentQuantile from '@stdlib/stats-base-dists-t-quantile';
import { LEVEL, type Interval } from './interval.ts';
import type { Insufficient } from './insufficient.ts';
import type { LoggedDecision, TargetPolicy } from './logged-decision.ts';
import { crossFit } from './reward-model.ts';
import { FLOORS, weighLog, type Floors, type WeighedLog, type WeightedRow } from './weigh-log.ts';

export type OffPolicy = Omit<WeighedLog, 'state' | 'rows'> & {
  readonly state: 'answer';
  readonly n: number;
  readonly runs: number;
  /** Mean reward as it was. */
  readonly logged: Interval;
  /** Horvitz and Thompson 1952: unbiased, wide. */
  readonly ips: Interval;
  /** Swaminathan and Joachims 2015 (NeurIPS): divided by the sum of weights. */
  readonly snips: Interval;
  /** Weights cut at `clippedAt` (Ionides 2008, JCGS 17: 295–311: √n); biased where that cuts. */
  readonly clipped: Interval;
  readonly clippedAt: number;
  /** Dudík, Langford and Li 2011 (ICML): the model's answer, mended by the weighted rest. */
  readonly doublyRobust: Interval;
  /** Doubly robust minus logged, on the same decisions. */
  readonly lift: Interval;
};

export type OffPolicyOptions = {
  readonly floors?: Partial<Floors>;
  /** Default: the square root of the number of decisions. */
  readonly clipAt?: number;
};

export function estimatePolicy(
  log: readonly LoggedDecision[],
  policy: TargetPolicy,
  options: OffPolicyOptions = {},
): OffPolicy | Insufficient {
  const weighed = weighLog(log, policy, { ...FLOORS, ...options.floors });
  if (weighed.state !== 'weighed') return weighed;
  const { rows, state: _, ...counts } = weighed;
  const n = rows.length;
  const clippedAt = options.clipAt ?? Math.sqrt(n);
  const runs = rows.map(({ decision }) => decision.run_id);
  const mean = (values: readonly number[]): Interval => clusteredMean(values, runs);
  const doubly = doublyRobust(rows);
  return {
    state: 'answer',
    ...counts,
    n,
    runs: new Set(runs).size,
    logged: mean(rows.map(({ reward }) => reward)),
    ips: mean(rows.map(({ weight, reward }) => weight * reward)),
    snips: selfNormalised(rows, runs, counts.weightMean),
    clipped: mean(rows.map(({ weight, reward }) => Math.min(weight, clippedAt) * reward)),
    clippedAt,
    doublyRobust: mean(doubly),
    lift: mean(doubly.map((value, at) => value - (rows[at]?.reward ?? 0))),
  };
}

function doublyRobust(rows: readonly WeightedRow[]): readonly number[] {
  const predict = crossFit(rows.map(({ decision }) => decision));
  return rows.map(({ decision, weight, reward, shares }, at) => {
    let direct = 0;
    for (const [label, share] of shares) if (share > 0) direct += share * predict(at, label);
    return direct + weight * (reward - predict(at, decision.chosen));
  });
}

/** A ratio of means; its error by the delta method. */
function selfNormalised(
  rows: readonly WeightedRow[],
  runs: readonly string[],
  weightMean: number,
): Interval {
  const sum = rows.reduce((total, { weight, reward }) => total + weight * reward, 0);
  const estimate = sum / rows.length / weightMean;
  const rest = clusteredMean(
    rows.map(({ weight, reward }) => (weight * (reward - estimate)) / weightMean),
    runs,
  );
  return { estimate, low: estimate + rest.low, high: estimate + rest.high, n: rows.length };
}

/** Student's interval of a mean with errors clustered by run (Liang and Zeger 1986). */
function clusteredMean(values: readonly number[], runs: readonly string[]): Interval {
  const n = values.length;
  const estimate = values.reduce((sum, value) => sum + value, 0) / n;
  const byRun = new Map<string, number>();
  values.forEach((value, at) => {
    const run = runs[at] ?? '';
    byRun.set(run, (byRun.get(run) ?? 0) + value - estimate);
  });
  const clusters = byRun.size;
  if (clusters < 2) return { estimate, low: -Infinity, high: Infinity, n };
  let squares = 0;
  for (const sum of byRun.values()) squares += sum * sum;
  const error = Math.sqrt((squares * clusters) / (clusters - 1)) / n;
  const half = studentQuantile(0.5 + LEVEL / 2, clusters - 1) * error;
  return { estimate, low: estimate - half, high: estimate + half, n };
}
