// What one agent did in one dimension, hour by hour: a matrix of hours and cells. A cell is a value
// of a category, yes or no of a rate, or a bin of a histogram.
// Guarantees: rows outside the span, with a count that is no number above 0, or with a bin that is
// no number, are left out; cells stand in a fixed order, bins ascending.
// Example: seriesOf({ kind: 'category', startMs, hours: 24, rows: [{ hourMs, value: 'search', bin:
// 0, n: 3 }] })

export type Kind = 'category' | 'rate' | 'number';

export type Scale = 'octaves' | 'twentieths';

export type HourlyRow = {
  readonly hourMs: number;
  /** The category; 'yes' or 'no' of a rate; empty for numbers. */
  readonly value: string;
  /** The bin of a number; 0 otherwise. */
  readonly bin: number;
  readonly n: number;
};

export type HourlySeries = {
  readonly kind: Kind;
  /** What a bin of a number is; octaves are sixteenths of log2. */
  readonly scale: Scale;
  readonly cells: readonly string[];
  /** Where the bins of a number lie; 0, 1, 2 … otherwise. */
  readonly positions: readonly number[];
  readonly startMs: number;
  readonly hours: number;
  /** hours x cells, row by row. */
  readonly counts: Float64Array;
};

export const HOUR_MS = 3_600_000;
export const DAY_HOURS = 24;

export type SeriesSpan = {
  readonly kind: Kind;
  readonly scale?: Scale;
  readonly startMs: number;
  readonly hours: number;
  readonly rows: readonly HourlyRow[];
  /** Cells that must be there though no row of the span has them: those of a series to compare. */
  readonly cells?: readonly string[];
};

export function seriesOf(span: SeriesSpan): HourlySeries {
  const { kind, scale = 'octaves', startMs, hours, rows, cells = [] } = span;
  const usable = rows.filter(({ hourMs, bin, n }) => {
    const hour = (hourMs - startMs) / HOUR_MS;
    return hour >= 0 && hour < hours && Number.isFinite(bin) && Number.isFinite(n) && n > 0;
  });
  const nameOf = ({ value, bin }: HourlyRow): string => (kind === 'number' ? String(bin) : value);
  const names = [...new Set([...cells, ...usable.map(nameOf)])];
  const ordered =
    kind === 'number' ? names.toSorted((a, b) => Number(a) - Number(b)) : names.toSorted();
  const index = new Map(ordered.map((name, at) => [name, at]));
  const counts = new Float64Array(hours * ordered.length);
  for (const row of usable) {
    const hour = Math.floor((row.hourMs - startMs) / HOUR_MS);
    const at = hour * ordered.length + (index.get(nameOf(row)) ?? 0);
    counts[at] = (counts[at] ?? 0) + row.n;
  }
  const positions = ordered.map((name, at) => (kind === 'number' ? Number(name) : at));
  return { kind, scale, cells: ordered, positions, startMs, hours, counts };
}

/** Counts per cell of the hours [from, to). */
export function sumHours(series: HourlySeries, from: number, to: number): Float64Array {
  const width = series.cells.length;
  const sums = new Float64Array(width);
  for (let hour = Math.max(0, from); hour < Math.min(series.hours, to); hour += 1) {
    const row = hour * width;
    for (let at = 0; at < width; at += 1)
      sums[at] = (sums[at] ?? 0) + (series.counts[row + at] ?? 0);
  }
  return sums;
}

const known = new WeakMap<HourlySeries, Float64Array>();

/** Observations of each hour; computed once per series. */
export function sizesOf(series: HourlySeries): Float64Array {
  const found = known.get(series);
  if (found !== undefined) return found;
  const width = series.cells.length;
  const sizes = new Float64Array(series.hours);
  for (let hour = 0; hour < series.hours; hour += 1) {
    let n = 0;
    for (let at = hour * width; at < (hour + 1) * width; at += 1) n += series.counts[at] ?? 0;
    sizes[hour] = n;
  }
  known.set(series, sizes);
  return sizes;
}

export function sizeOfHours(series: HourlySeries, from: number, to: number): number {
  const sizes = sizesOf(series);
  let n = 0;
  for (let hour = Math.max(0, from); hour < Math.min(series.hours, to); hour += 1) {
    n += sizes[hour] ?? 0;
  }
  return n;
}

/** Hours since 1970 of an hour of the series; 1970-01-01 was a Thursday. */
function absolute(series: HourlySeries, hour: number): number {
  return Math.floor(series.startMs / HOUR_MS) + hour;
}

/** Hours of a day, on working days and on Saturdays and Sundays: UTC, as all times here. */
export const FINE_STRATA = 2 * DAY_HOURS;
/** The same in slots of four hours, for where an hour alone has too few runs. */
export const COARSE_STRATA = 12;

export function fineStratum(series: HourlySeries, hour: number): number {
  const at = absolute(series, hour);
  const weekday = (Math.floor(at / DAY_HOURS) + 4) % 7;
  return (at % DAY_HOURS) + (weekday === 0 || weekday === 6 ? DAY_HOURS : 0);
}

export function coarseOf(fine: number): number {
  return Math.floor(fine / 4);
}

export function dayOf(series: HourlySeries, hour: number): number {
  return Math.floor(absolute(series, hour) / DAY_HOURS);
}
