// How much runs of one hour, and of one day, are alike beyond chance: what bursts, retry storms and
// moods of a day do to an agent's mix.
// Guarantees: two intra-class correlations of at least 0, by moments, as in a nested analysis of
// variance; the largest over the mix as a whole and over its largest values one by one (for
// histograms: over the quartiles), since correlation may lie in one direction alone.
// Example: correlationOf(series, { grouped, width }, hours, slot) // { hour: 0.004, day: 0.001, … }
import { COARSE_STRATA, dayOf, type HourlySeries } from './hourly-series.ts';

/** Intra-class correlations of runs of one hour and of one day, with the trust in each. */
export type Correlation = {
  readonly hour: number;
  readonly day: number;
  readonly hourDf: number;
  readonly dayDf: number;
};

/** hours x width: counts per group. */
export type Grouped = { readonly grouped: Float64Array; readonly width: number };

/** So many of the largest values are looked at one by one. */
const SINGLES = 3;

export function correlationOf(
  series: HourlySeries,
  mix: Grouped,
  hours: readonly number[],
  slot: (hour: number) => number,
): Correlation {
  const isNumber = series.kind === 'number';
  const splits: Grouped[] = isNumber || mix.width === 2 ? [] : [mix];
  if (isNumber) {
    for (const quarter of [1, 2, 3])
      splits.push(split(mix, (at) => at < (quarter * mix.width) / 4));
  } else {
    const totals = tabulate(mix, hours, () => 0, 1)[0] ?? [];
    const largest = totals
      .map((_, at) => at)
      .toSorted((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0));
    const singles = mix.width === 2 ? 1 : SINGLES;
    for (const own of largest.slice(0, singles)) splits.push(split(mix, (at) => at === own));
  }
  const all = splits.map((each) => correlate(series, each, hours, slot));
  const hour = all.toSorted((a, b) => b.hour - a.hour)[0];
  const day = all.toSorted((a, b) => b.day - a.day)[0];
  return {
    hour: hour?.hour ?? 0,
    day: day?.day ?? 0,
    hourDf: hour?.hourDf ?? 1,
    dayDf: day?.dayDf ?? 1,
  };
}

/** Two groups: those that hold and the rest. */
function split({ grouped, width }: Grouped, holds: (group: number) => boolean): Grouped {
  const hours = grouped.length / width;
  const two = new Float64Array(2 * hours);
  for (let hour = 0; hour < hours; hour += 1) {
    for (let at = 0; at < width; at += 1) {
      const into = 2 * hour + (holds(at) ? 0 : 1);
      two[into] = (two[into] ?? 0) + (grouped[hour * width + at] ?? 0);
    }
  }
  return { grouped: two, width: 2 };
}

export function tabulate(
  { grouped, width }: Grouped,
  hours: readonly number[],
  rowOf: (hour: number) => number,
  rows: number,
): number[][] {
  const table = Array.from({ length: rows }, () => Array.from({ length: width }, () => 0));
  for (const hour of hours) {
    const row = table[rowOf(hour)];
    if (row === undefined) continue;
    for (let at = 0; at < width; at += 1) {
      row[at] = (row[at] ?? 0) + (grouped[hour * width + at] ?? 0);
    }
  }
  return table;
}

export const sumOf = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0);

/**
 * Pearson's statistic of an hour's mix has the mean (K-1)(1 + (n-1)(hour + day)) where runs of one
 * hour and of one day correlate; that of a day's mix (K-1)(1 + hour sum n_h(n_h-1)/n + day (n-1)).
 * Two sums, two unknowns.
 */
function correlate(
  series: HourlySeries,
  { grouped, width }: Grouped,
  hours: readonly number[],
  at: (hour: number) => number,
): Correlation {
  const strata = tabulate({ grouped, width }, hours, at, COARSE_STRATA);
  const shares = strata.map((row) => row.map((n) => n / Math.max(1, sumOf(row))));
  const used = new Set<number>();
  const days = new Map<number, { seen: number[]; expected: number[]; n: number; pairs: number }>();
  let [clusters, surplus, pairs, groups] = [0, 0, 0, 0];
  for (const hour of hours) {
    const row = grouped.subarray(hour * width, (hour + 1) * width);
    const n = row.reduce((sum, each) => sum + each, 0);
    if (!(n > 0)) continue;
    const share = shares[at(hour)] ?? [];
    used.add(at(hour));
    clusters += 1;
    groups = Math.max(groups, share.filter((each) => each > 0).length);
    const key = dayOf(series, hour);
    const blank = (): number[] => Array.from({ length: width }, () => 0);
    const day = days.get(key) ?? { seen: blank(), expected: blank(), n: 0, pairs: 0 };
    days.set(key, day);
    day.n += n;
    day.pairs += n * (n - 1);
    for (let group = 0; group < width; group += 1) {
      const expected = n * (share[group] ?? 0);
      const seen = row[group] ?? 0;
      if (expected > 0) surplus += (seen - expected) ** 2 / expected;
      day.seen[group] = (day.seen[group] ?? 0) + seen;
      day.expected[group] = (day.expected[group] ?? 0) + expected;
    }
    pairs += n - 1;
  }
  const free = Math.max(1, groups - 1);
  const hourDf = Math.max(1, clusters - used.size) * free;
  const dayDf = Math.max(1, days.size - 1) * free;
  if (groups < 2 || clusters < 2 || pairs <= 0) return { hour: 0, day: 0, hourDf, dayDf };
  const both = Math.max(0, ((surplus / hourDf) * clusters - clusters) / pairs);
  const [daySurplus, dayHour, dayPairs] = ofDays([...days.values()]);
  const gap = (daySurplus / dayDf) * days.size - days.size - both * dayHour;
  const day = dayPairs > dayHour ? Math.max(0, gap / (dayPairs - dayHour)) : 0;
  return { hour: Math.max(0, both - day), day, hourDf, dayDf };
}

function ofDays(
  days: readonly { seen: number[]; expected: number[]; n: number; pairs: number }[],
): readonly [surplus: number, hour: number, pairs: number] {
  let [surplus, hour, pairs] = [0, 0, 0];
  for (const day of days) {
    for (const [at, expected] of day.expected.entries()) {
      if (expected > 0) surplus += ((day.seen[at] ?? 0) - expected) ** 2 / expected;
    }
    hour += day.pairs / day.n;
    pairs += day.n - 1;
  }
  return [surplus, hour, pairs];
}
