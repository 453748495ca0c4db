// What it is worth not to decide: share decided and accuracy when everything below a confidence
// goes to a person, and the threshold that costs least.
// Guarantees: from the bins of the query `calibration`, so thresholds are edges of bins; a
// threshold that saves nothing is not advised.
// Example: abstention(bins, { wrong: 40, handedOver: 6 }).best?.threshold → 0.75
import { wilson, type Interval } from './interval.ts';
import type { CalibrationBin } from './calibration.ts';

/** What a wrong decision costs, and what it costs to hand one over; in any one unit. */
export type Costs = { readonly wrong: number; readonly handedOver: number };

export type Threshold = {
  /** Decide at this confidence and above. */
  readonly threshold: number;
  /** Share that is still decided. */
  readonly coverage: number;
  readonly accuracy: Interval;
  /** Mean cost of a case. */
  readonly cost: number;
};

export type Abstention = {
  /** From deciding everything upwards (Geifman and El-Yaniv 2017, NeurIPS: risk and coverage). */
  readonly curve: readonly Threshold[];
  /** Area under risk over coverage: 0 where the agent's errors all come last. */
  readonly riskCoverageArea: number;
  /** The cheapest threshold, where it is cheaper than deciding everything. */
  readonly best: Threshold | null;
  /** Saved per case by it; 0 where there is none. */
  readonly saved: number;
};

export function abstention(
  bins: readonly (CalibrationBin & { readonly confidence_min: number })[],
  costs: Costs,
): Abstention {
  const rising = bins
    .filter((bin) => bin.n > 0)
    .toSorted((a, b) => a.confidence_min - b.confidence_min);
  const n = rising.reduce((sum, bin) => sum + bin.n, 0);
  const curve = rising.map((bin, at): Threshold => {
    const kept = rising.slice(at);
    const sum = (key: 'n' | 'correct' | 'runs'): number =>
      kept.reduce((total, one) => total + one[key], 0);
    const wrong = sum('n') - sum('correct');
    return {
      threshold: bin.confidence_min,
      coverage: sum('n') / n,
      accuracy: wilson(sum('correct'), sum('n'), sum('runs')),
      cost: (wrong * costs.wrong + (n - sum('n')) * costs.handedOver) / n,
    };
  });
  const everything = curve[0];
  if (everything === undefined) {
    return { curve, riskCoverageArea: Number.NaN, best: null, saved: 0 };
  }
  const cheapest = curve.reduce((best, one) => (one.cost < best.cost ? one : best), everything);
  const saved = everything.cost - cheapest.cost;
  return {
    curve,
    riskCoverageArea: areaOf(curve),
    best: saved > 0 ? cheapest : null,
    saved,
  };
}

/** Trapezoids over coverage; left of the last point its risk counts on. */
function areaOf(curve: readonly Threshold[]): number {
  const points = curve
    .map(({ coverage, accuracy }) => ({ coverage, risk: 1 - accuracy.estimate }))
    .toSorted((a, b) => a.coverage - b.coverage);
  let before = { coverage: 0, risk: points[0]?.risk ?? 0 };
  let area = 0;
  for (const point of points) {
    area += ((before.risk + point.risk) / 2) * (point.coverage - before.coverage);
    before = point;
  }
  return area;
}
