// Rows of a series query as lines of a chart: one grid of times, the largest series by name, the
// rest together or left out.
// Guarantees: pure; a step without a row is a gap, or 0 where counts are drawn.
// Example: lines(points, { step, value: (row) => row.p95_ms, weight: (row) => row.operations })
import type { Point, Series } from '@agentspine/report/report';

export type SeriesRow = { readonly time: string; readonly series: string };

type Wanted<Row> = {
  readonly stepMs: number;
  readonly value: (row: Row) => number | null;
  /** What makes a series large. */
  readonly weight: (row: Row) => number;
  /** Series drawn by name; default 6. */
  readonly most?: number;
  /** What counts is 0 where there is no row, and the rest adds up to a line of its own. */
  readonly isCount?: boolean;
};

type Lines = { readonly times: readonly number[]; readonly series: readonly Series[] };

const MOST = 6;
const UNNAMED = '(none named)';

export function lines<Row extends SeriesRow>(rows: readonly Row[], wanted: Wanted<Row>): Lines {
  const { stepMs, most = MOST, isCount = false } = wanted;
  const grid = gridOf(rows, stepMs);
  const weights = new Map<string, number>();
  for (const row of rows) {
    weights.set(row.series, (weights.get(row.series) ?? 0) + wanted.weight(row));
  }
  const names = [...weights]
    .filter(([, weight]) => weight > 0)
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([name]) => name);
  const named = names.slice(0, most);
  const nothing: Point = isCount ? 0 : null;
  const values = new Map(named.map((name) => [name, grid.map((): Point => nothing)]));
  const rest = grid.map(() => 0);
  const places = new Map(grid.map((time, at) => [time, at]));
  for (const row of rows) {
    const at = places.get(instantOf(row.time));
    if (at === undefined) continue;
    const list = values.get(row.series);
    if (list === undefined) rest[at] = (rest[at] ?? 0) + (wanted.value(row) ?? 0);
    else list[at] = wanted.value(row);
  }
  const series = named.map((name) => ({ name: name || UNNAMED, values: values.get(name) ?? [] }));
  const others = names.length - named.length;
  if (isCount && others > 0) series.push({ name: `${others} others`, values: rest });
  return { times: grid, series };
}

/** From the first step with a row to the last, without a hole. */
function gridOf(rows: readonly SeriesRow[], stepMs: number): readonly number[] {
  const times = rows.map(({ time }) => instantOf(time)).filter((time) => Number.isFinite(time));
  if (times.length === 0) return [];
  const first = times.reduce((least, one) => Math.min(least, one));
  const last = times.reduce((most, one) => Math.max(most, one));
  const count = Math.min(Math.floor((last - first) / stepMs) + 1, 10_000);
  return Array.from({ length: count }, (_, at) => first + at * stepMs);
}

/** 'YYYY-MM-DD hh:mm:ss' in UTC as milliseconds since 1970. */
export function instantOf(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

export function sumOf<Row>(rows: readonly Row[], value: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0);
}

/** Rows by a key, in the order they come. */
export function grouped<Row>(
  rows: readonly Row[],
  key: (row: Row) => string,
): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
