// One window against the reference: shares beside expected shares, effects, and how much chance,
// bursts and moods of a day may move them.
// Guarantees: expected shares are those of the same hours of day and week where mixes are seasonal;
// a window's own bursts make its effective size smaller. Says nothing about thresholds.
// Example: compare(reference, series, from, to).effects.get('psi')
import {
  jensenShannonDistance,
  kolmogorovSmirnov,
  lInfinity,
  moments,
  psi,
  wasserstein,
} from './distances.ts';
import {
  coarseOf,
  dayOf,
  fineStratum,
  type HourlySeries,
  sizesOf,
  sumHours,
} from './hourly-series.ts';
import type { Reference } from './reference.ts';

export type EffectName = 'psi' | 'linf' | 'rate_ratio' | 'wasserstein';

export type Comparison = {
  readonly nCurrent: number;
  readonly nReference: number;
  /** Groups of categories; groups of quantiles for numbers. */
  readonly currentShares: readonly number[];
  readonly referenceShares: readonly number[];
  /** Mean and deviation of both sides in units of positions; zero for categories. */
  readonly current: { readonly mean: number; readonly deviation: number };
  readonly reference: { readonly mean: number; readonly deviation: number };
  readonly effects: ReadonlyMap<EffectName, number>;
  readonly jsDistance: number;
  readonly linf: number;
  readonly spread: { readonly reference: number; readonly current: number; readonly df: number };
};

/** All of it for the hours [from, to) of a series with the reference's cells. */
export function compare(
  reference: Reference,
  series: HourlySeries,
  from: number,
  to: number,
): Comparison {
  const side = bothSides(reference, series, from, to);
  const { seen, usual, counts, expected, n: nCurrent, matched, weights } = side;
  const isNumber = reference.series.kind === 'number';
  const { positions } = reference.series;
  return {
    nCurrent,
    nReference: matched,
    currentShares: sharesOf(seen),
    referenceShares: sharesOf(usual),
    current: isNumber ? moments(counts, positions) : NOTHING,
    reference: isNumber ? moments(expected, positions) : NOTHING,
    effects: effectsOf(reference, side),
    jsDistance: jensenShannonDistance(usual, seen),
    linf: isNumber ? kolmogorovSmirnov(expected, counts) : lInfinity(usual, seen),
    spread: spreadOf(reference, series, { from, to, n: nCurrent, weights, matched }),
  };
}

/** The effects alone, for learning what is usual. */
export function effectsAlone(
  reference: Reference,
  series: HourlySeries,
  from: number,
  to: number,
): ReadonlyMap<EffectName, number> {
  return effectsOf(reference, bothSides(reference, series, from, to));
}

type Sides = {
  readonly n: number;
  readonly matched: number;
  readonly weights: Weights;
  /** Cells of the window, and the shares they should have. */
  readonly counts: Float64Array;
  readonly expected: Float64Array;
  /** The same by group, both as counts: PSI adds its half run to counts. */
  readonly seen: readonly number[];
  readonly usual: readonly number[];
};

function bothSides(reference: Reference, series: HourlySeries, from: number, to: number): Sides {
  const counts = sumHours(series, from, to);
  const n = counts.reduce((sum, each) => sum + each, 0);
  const weights = weightsOf(reference, series, from, to, n);
  const expected = expectedShares(reference, weights);
  const matched = matchedSize(reference, weights);
  const seen = grouped(reference, counts);
  const usual = grouped(reference, expected).map((share) => share * matched);
  return { n, matched, weights, counts, expected, seen, usual };
}

function effectsOf(reference: Reference, side: Sides): ReadonlyMap<EffectName, number> {
  const { kind, positions } = reference.series;
  const { seen, usual, counts, expected } = side;
  if (kind === 'category') {
    return new Map([
      ['psi', psi(usual, seen)],
      ['linf', lInfinity(usual, seen)],
    ]);
  }
  if (kind === 'rate') return new Map([['rate_ratio', ratioOf(reference, usual, seen)]]);
  // One bin is the least that can be told apart: a reference of one value has no deviation.
  const unit = Math.max(moments(expected, positions).deviation, 1);
  return new Map([['wasserstein', wasserstein(expected, counts, positions) / unit]]);
}

const NOTHING = { mean: 0, deviation: 0 };

export function yesShare(reference: Reference, shares: readonly number[]): number {
  return shares[reference.groupNames.indexOf('yes')] ?? 0;
}

function ratioOf(reference: Reference, usual: readonly number[], seen: readonly number[]): number {
  const yes = reference.groupNames.indexOf('yes');
  const rate = (counts: readonly number[]): number => {
    const n = counts.reduce((sum, each) => sum + each, 0);
    return ((counts[yes] ?? 0) + 0.5) / (n + 1);
  };
  return rate(seen) / rate(usual);
}

function sharesOf(counts: readonly number[]): number[] {
  const n = counts.reduce((sum, each) => sum + each, 0);
  return counts.map((each) => (n > 0 ? each / n : 0));
}

function grouped(reference: Reference, counts: ArrayLike<number>): number[] {
  const groups = Array.from({ length: reference.groupNames.length }, () => 0);
  for (let cell = 0; cell < counts.length; cell += 1) {
    const group = reference.groups[cell] ?? 0;
    groups[group] = (groups[group] ?? 0) + (counts[cell] ?? 0);
  }
  return groups;
}

/** Which hours of the reference stand for the window, and how much. */
type Weights = {
  readonly fine: readonly number[];
  readonly coarse: readonly number[];
  readonly rest: number;
};

/** Fewer runs than this in the same hour of day and week: its slot, or all hours, stand for it. */
const LAYER_MIN = 50;

function weightsOf(
  reference: Reference,
  series: HourlySeries,
  from: number,
  to: number,
  n: number,
): Weights {
  if (!reference.seasonal || !(n > 0)) return { fine: [], coarse: [], rest: 1 };
  const sizes = sizesOf(series);
  const fine = reference.fine.map(() => 0);
  const coarse = reference.coarse.map(() => 0);
  let rest = 0;
  for (let hour = from; hour < to; hour += 1) {
    const weight = (sizes[hour] ?? 0) / n;
    const at = fineStratum(series, hour);
    if ((reference.fine[at]?.n ?? 0) >= LAYER_MIN) {
      fine[at] = (fine[at] ?? 0) + weight;
    } else if ((reference.coarse[coarseOf(at)]?.n ?? 0) >= LAYER_MIN) {
      coarse[coarseOf(at)] = (coarse[coarseOf(at)] ?? 0) + weight;
    } else {
      rest += weight;
    }
  }
  return { fine, coarse, rest };
}

function expectedShares(reference: Reference, weights: Weights): Float64Array {
  const shares = new Float64Array(reference.series.cells.length);
  const add = (weight: number, n: number, counts: Float64Array): void => {
    if (!(weight > 0) || !(n > 0)) return;
    const factor = weight / n;
    for (let cell = 0; cell < counts.length; cell += 1) {
      shares[cell] = (shares[cell] ?? 0) + factor * (counts[cell] ?? 0);
    }
  };
  for (const [at, weight] of weights.fine.entries()) {
    const layer = reference.fine[at];
    if (layer !== undefined) add(weight, layer.n, layer.counts);
  }
  for (const [at, weight] of weights.coarse.entries()) {
    const layer = reference.coarse[at];
    if (layer !== undefined) add(weight, layer.n, layer.counts);
  }
  add(weights.rest, reference.n, reference.whole);
  return shares;
}

/** What one run of an hour of the reference weighs. */
function weightOfRun(reference: Reference, weights: Weights, fine: number): number {
  const slot = coarseOf(fine);
  const [own, wide] = [weights.fine[fine] ?? 0, weights.coarse[slot] ?? 0];
  return (
    (own > 0 ? own / (reference.fine[fine]?.n ?? 1) : 0) +
    (wide > 0 ? wide / (reference.coarse[slot]?.n ?? 1) : 0) +
    weights.rest / Math.max(1, reference.n)
  );
}

/** Runs of the reference that the expected shares are worth. */
function matchedSize(reference: Reference, weights: Weights): number {
  let variance = 0;
  for (const { n, fine } of reference.usual) {
    variance += n * weightOfRun(reference, weights, fine) ** 2;
  }
  return variance > 0 ? Math.min(reference.n, 1 / variance) : reference.n;
}

type Window = { from: number; to: number; n: number; weights: Weights; matched: number };

/** What sampling, hours and days add to the variance of a share, over p(1-p). */
function spreadOf(
  reference: Reference,
  series: HourlySeries,
  { from, to, n, weights, matched }: Window,
): Comparison['spread'] {
  const { hour, day, hourDf, dayDf } = reference.correlation;
  const sizes = sizesOf(series);
  const here = new Clusters();
  for (let at = from; at < to; at += 1)
    here.add(sizes[at] ?? 0, 1 / Math.max(1, n), dayOf(series, at));
  const there = new Clusters();
  for (const usual of reference.usual) {
    there.add(usual.n, weightOfRun(reference, weights, usual.fine), usual.day);
  }
  const current = 1 / Math.max(1, n) + hour * here.hours + day * here.days();
  const behind = 1 / Math.max(1, matched) + hour * there.hours + day * there.days();
  const hours = hour * (here.hours + there.hours);
  const days = day * (here.days() + there.days());
  // Satterthwaite: what chance alone adds is known, the rest was estimated.
  const doubt = hours ** 2 / hourDf + days ** 2 / dayDf;
  const df = doubt > 0 ? Math.max(1, (current + behind) ** 2 / doubt) : Infinity;
  return { reference: behind, current, df };
}

/** Sums of squared weights of hours and of days, fed in the order of time. */
class Clusters {
  hours = 0;
  #days = 0;
  #day = -1;
  #sum = 0;

  add(n: number, weightOfOne: number, day: number): void {
    if (!(n > 0)) return;
    const weight = weightOfOne * n;
    this.hours += weight * weight * (1 - 1 / n);
    if (day !== this.#day) {
      this.#days += this.#sum ** 2;
      this.#sum = 0;
      this.#day = day;
    }
    this.#sum += weight;
  }

  days(): number {
    return this.#days + this.#sum ** 2;
  }
}
