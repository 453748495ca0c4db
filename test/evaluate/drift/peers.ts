// The default rules of two drift tools on the same hourly counts, so that figures stand side by
// side. Formulas, not the packages; each names its source.
// Guarantees: a day against the days before it, once per day: fewer looks than the rule under test
// takes, which favours them in false alarms.
// Sources: evidentlyai/evidently src/evidently/legacy/calculations/stattests/registry.py and
// legacy/presets/drift.py (chosen by size of the reference and number of values);
// NannyML/nannyml nannyml/drift/univariate/calculator.py and thresholds.py (mean + 3 standard
// deviations of the reference's chunks, Jensen-Shannon for both kinds, Doane's bins).
// Example: PEERS.map(([name, alarm]) => [name, alarm(series, endHour)])
import {
  jensenShannonDistance,
  kolmogorovSmirnov,
  moments,
  total,
  wasserstein,
} from '@agentspine/drift/distances';
import { chiSquareTest } from '@agentspine/drift/homogeneity';
import { type HourlySeries, sumHours } from '@agentspine/drift/hourly-series';
import { kolmogorovTail } from '@agentspine/drift/tails';

export type PeerName = 'Evidently' | 'NannyML';

type Alarm = (series: HourlySeries, endHour: number) => boolean;

export const PEERS: readonly (readonly [PeerName, Alarm])[] = [
  ['Evidently', evidently],
  ['NannyML', nannyml],
];

/** Values as the tools see them: nanoseconds and shares, not logarithms. */
function valuesOf(series: HourlySeries): number[] {
  if (series.scale === 'twentieths') return series.positions.map((bin) => (bin + 0.5) / 20);
  return series.positions.map((bin) => 2 ** ((bin + 0.5) / 16));
}

function evidently(series: HourlySeries, endHour: number): boolean {
  const current = sumHours(series, endHour - 24, endHour);
  const reference = sumHours(series, endHour - 8 * 24, endHour - 24);
  const [nr, nc] = [total(reference), total(current)];
  if (nr === 0 || nc === 0) return false;
  if (series.kind === 'number') {
    if (nr > 1000) {
      const values = valuesOf(series);
      const { deviation } = moments(reference, values);
      return wasserstein(reference, current, values) / Math.max(deviation, 0.001) >= 0.1;
    }
    const d = kolmogorovSmirnov(reference, current);
    return kolmogorovTail(d * Math.sqrt((nr * nc) / (nr + nc))) < 0.05;
  }
  // Up to 1,000: chi-square, for two values the Z test, whose square it is.
  if (nr <= 1000) return chiSquareTest(reference, current).p < 0.05;
  return jensenShannonDistance(reference, current) >= 0.1;
}

function nannyml(series: HourlySeries, endHour: number): boolean {
  const days = Math.min(28, Math.floor((endHour - 24) / 24));
  const start = endHour - 24 - days * 24;
  const reference = sumHours(series, start, endHour - 24);
  const bins = series.kind === 'number' ? doane(series, reference) : undefined;
  const fold = (counts: Float64Array): ArrayLike<number> => {
    if (bins === undefined) return counts;
    const folded = new Float64Array(Math.max(...bins) + 1);
    for (const [at, n] of counts.entries())
      folded[bins[at] ?? 0] = (folded[bins[at] ?? 0] ?? 0) + n;
    return folded;
  };
  const whole = fold(reference);
  const distance = (from: number): number =>
    jensenShannonDistance(whole, fold(sumHours(series, from, from + 24)));
  const chunks = Array.from({ length: days }, (_, day) => distance(start + day * 24));
  const mean = chunks.reduce((sum, each) => sum + each, 0) / days;
  const variance = chunks.reduce((sum, each) => sum + (each - mean) ** 2, 0) / days;
  return distance(endHour - 24) > mean + 3 * Math.sqrt(variance);
}

/** Bin of each cell: numpy's 'doane', equal widths over the reference's range. */
function doane(series: HourlySeries, reference: Float64Array): number[] {
  const values = valuesOf(series);
  const n = total(reference);
  const { mean, deviation } = moments(reference, values);
  let cube = 0;
  for (const [at, count] of reference.entries()) {
    cube += (count / n) * (((values[at] ?? 0) - mean) / Math.max(deviation, 1e-9)) ** 3;
  }
  const sg = Math.sqrt((6 * (n - 2)) / ((n + 1) * (n + 3)));
  const count = Math.max(1, Math.ceil(1 + Math.log2(n) + Math.log2(1 + Math.abs(cube) / sg)));
  const seen = values.filter((_, at) => (reference[at] ?? 0) > 0);
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const width = (high - low) / count || 1;
  return values.map((value) => Math.min(count - 1, Math.max(0, Math.floor((value - low) / width))));
}
