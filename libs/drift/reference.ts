// What an agent usually does in one dimension: shares (by time of day and week where they matter)
// and how much hours and days differ beyond chance.
// Guarantees: made from the given hours alone; how much hours and days differ is learnt, so that
// bursts and moods of a day are no finding (design effects after J. N. K. Rao and A. J. Scott, "On
// chi-squared tests for multiway contingency tables …", Ann. Statist. 12 (1984), with intra-class
// correlations of two levels, estimated by moments as in a nested analysis of variance).
// Example: const reference = buildReference(series, hours, calibrationHours, DEFAULT_RULE)
import {
  COARSE_STRATA,
  coarseOf,
  dayOf,
  FINE_STRATA,
  fineStratum,
  type HourlySeries,
  sizesOf,
} from './hourly-series.ts';
import { type Correlation, correlationOf, sumOf, tabulate } from './correlation.ts';
import type { Rule } from './rule.ts';
import { chiSquareTail } from './tails.ts';

export const OTHER = '__other__';
/** Quantile groups of a histogram, where only the spread between hours and days is asked. */
const NUMBER_GROUPS = 8;

export type Reference = {
  readonly series: HourlySeries;
  readonly rule: Rule;
  readonly hours: readonly number[];
  readonly calibration: readonly number[];
  readonly n: number;
  readonly days: number;
  /** Of each cell the group it counts in; names of the groups. */
  readonly groups: Int16Array;
  readonly groupNames: readonly string[];
  /** Mixes differ by time of day or week: a window is compared with the same hours. */
  readonly seasonal: boolean;
  /** Counts per cell: of all hours, and where seasonal of each hour and slot of day and week. */
  readonly whole: Float64Array;
  readonly fine: readonly Layer[];
  readonly coarse: readonly Layer[];
  /** The hours with runs, for weights. */
  readonly usual: readonly UsualHour[];
  readonly correlation: Correlation;
  /** Mean + 3 sigma of own windows by length, filled when asked. */
  readonly own: Map<number, OwnLevels>;
};

export type Layer = { readonly n: number; readonly counts: Float64Array };
export type UsualHour = { readonly n: number; readonly fine: number; readonly day: number };

export type OwnLevels = { readonly windows: number; readonly levels: ReadonlyMap<string, number> };

export function buildReference(
  series: HourlySeries,
  hours: readonly number[],
  calibration: readonly number[],
  rule: Rule,
): Reference {
  const sizes = sizesOf(series);
  const all = sumOver(series, hours);
  const n = all.reduce((sum, each) => sum + each, 0);
  const { groups, groupNames } = groupCells(series, all, n, rule);
  const days = new Set(hours.filter((h) => (sizes[h] ?? 0) > 0).map((h) => dayOf(series, h))).size;
  const grouped = groupRows(series, groups, groupNames.length);
  const seasonal = isSeasonal(series, grouped, groupNames.length, hours);
  const fine = (hour: number): number => fineStratum(series, hour);
  const slot = (hour: number): number => (seasonal ? coarseOf(fine(hour)) : 0);
  return {
    series,
    rule,
    hours,
    calibration,
    n,
    days,
    groups,
    groupNames,
    seasonal,
    whole: all,
    fine: seasonal ? layersOf(series, hours, fine, FINE_STRATA) : [],
    coarse: seasonal ? layersOf(series, hours, slot, COARSE_STRATA) : [],
    usual: hours.map((hour) => ({
      n: sizes[hour] ?? 0,
      fine: fine(hour),
      day: dayOf(series, hour),
    })),
    correlation: correlationOf(series, { grouped, width: groupNames.length }, calibration, slot),
    own: new Map(),
  };
}

function layersOf(
  series: HourlySeries,
  hours: readonly number[],
  at: (hour: number) => number,
  count: number,
): readonly Layer[] {
  const members = Map.groupBy(hours, at);
  return Array.from({ length: count }, (_, stratum) => {
    const counts = sumOver(series, members.get(stratum) ?? []);
    return { n: counts.reduce((sum, each) => sum + each, 0), counts };
  });
}

function sumOver(series: HourlySeries, hours: readonly number[]): Float64Array {
  const width = series.cells.length;
  const sums = new Float64Array(width);
  for (const hour of hours) {
    for (let at = 0; at < width; at += 1) {
      sums[at] = (sums[at] ?? 0) + (series.counts[hour * width + at] ?? 0);
    }
  }
  return sums;
}

function groupCells(
  series: HourlySeries,
  all: Float64Array,
  n: number,
  rule: Rule,
): { groups: Int16Array; groupNames: string[] } {
  const groups = new Int16Array(series.cells.length);
  if (series.kind === 'number') {
    let below = 0;
    for (const [cell, count] of all.entries()) {
      const middle = n > 0 ? (below + count / 2) / n : 0;
      groups[cell] = Math.min(NUMBER_GROUPS - 1, Math.floor(middle * NUMBER_GROUPS));
      below += count;
    }
    return { groups, groupNames: Array.from({ length: NUMBER_GROUPS }, (_, at) => `${at}`) };
  }
  const rare = (cell: number): boolean => (all[cell] ?? 0) < rule.shareMin * n;
  const keep = series.kind === 'rate' ? series.cells : series.cells.filter((_, at) => !rare(at));
  const names = [...keep];
  if (keep.length < series.cells.length) names.push(OTHER);
  for (const [cell, name] of series.cells.entries()) {
    const own = keep.indexOf(name);
    groups[cell] = own >= 0 ? own : names.length - 1;
  }
  return { groups, groupNames: names };
}

/** hours x groups. */
function groupRows(series: HourlySeries, groups: Int16Array, width: number): Float64Array {
  const rows = new Float64Array(series.hours * width);
  const cells = series.cells.length;
  for (let hour = 0; hour < series.hours; hour += 1) {
    for (let cell = 0; cell < cells; cell += 1) {
      const n = series.counts[hour * cells + cell] ?? 0;
      if (n === 0) continue;
      const at = hour * width + (groups[cell] ?? 0);
      rows[at] = (rows[at] ?? 0) + n;
    }
  }
  return rows;
}

/** Level at which a time of day or week counts as different. A wrong yes costs a little power. */
const SEASON_LEVEL = 0.001;

function isSeasonal(
  series: HourlySeries,
  grouped: Float64Array,
  width: number,
  hours: readonly number[],
): boolean {
  const table = tabulate(
    { grouped, width },
    hours,
    (hour) => coarseOf(fineStratum(series, hour)),
    COARSE_STRATA,
  );
  const rows = table.filter((row) => row.some((n) => n > 0));
  const columns = Array.from({ length: width }, (_, at) => sumOf(rows.map((row) => row[at] ?? 0)));
  const n = sumOf(columns);
  if (rows.length < 2 || !(n > 0)) return false;
  let statistic = 0;
  for (const row of rows) {
    const size = sumOf(row);
    for (const [at, column] of columns.entries()) {
      const expected = (size * column) / n;
      if (expected > 0) statistic += ((row[at] ?? 0) - expected) ** 2 / expected;
    }
  }
  const df = (rows.length - 1) * (columns.filter((each) => each > 0).length - 1);
  return chiSquareTail(statistic, df) < SEASON_LEVEL;
}
