// All findings about one agent at one time: every dimension against the week before, a pinned week
// and the release before, and values never seen.
// Guarantees: pure; hours of incidents and hours before an accepted change are left out of the
// week before; a reference that does not exist gives no finding, one that is too small says so.
// Example: judgeAgent(agent, { endMs, rule: DEFAULT_RULE, correct }).filter(isFound)
import { isClosed, kindOf, scaleOf } from './dimensions.ts';
import {
  DAY_HOURS,
  HOUR_MS,
  type HourlyRow,
  type HourlySeries,
  seriesOf,
} from './hourly-series.ts';
import { sumHours } from './hourly-series.ts';
import { type Finding, judgeSeries } from './judge-series.ts';
import type { Rule } from './rule.ts';
import { fixed, trailing } from './trailing.ts';
import { judgeUnseen, type UnseenFinding } from './unseen.ts';

export type Observation = HourlyRow & { readonly dimension: string; readonly version: string };

export type Span = { readonly startMs: number; readonly endMs: number };

export type AgentData = {
  /** Of the last calibrationDays and the window before them. */
  readonly observations: readonly Observation[];
  /** Of the pinned week; empty where there is none. */
  readonly pinned: readonly Observation[];
  readonly incidents: readonly (Span & { readonly dimension: string })[];
  /** Changes a person accepted: what was before counts no more. */
  readonly accepted: readonly { readonly dimension: string; readonly atMs: number }[];
};

export type AgentQuestion = {
  /** End of the newest window, on the hour. */
  readonly endMs: number;
  readonly rule: Rule;
  readonly correct: (p: number) => number;
};

export type ReferenceName = 'trailing' | 'pinned' | 'version';

export type AgentFinding = {
  readonly dimension: string;
  readonly method: 'category' | 'number' | 'unseen';
  readonly reference: ReferenceName;
  readonly version: string;
  readonly window: Span;
  readonly behind: Span;
  readonly finding: Finding | UnseenFinding;
};

export const isFound = ({ finding }: Pick<AgentFinding, 'finding'>): boolean =>
  finding.state === 'warn' || finding.state === 'alert';

export function judgeAgent(data: AgentData, question: AgentQuestion): readonly AgentFinding[] {
  const byDimension = Map.groupBy(data.observations, ({ dimension }) => dimension);
  const pinned = Map.groupBy(data.pinned, ({ dimension }) => dimension);
  return [...byDimension]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([dimension, rows]) =>
      judgeDimension({ dimension, rows, pinned: pinned.get(dimension) ?? [], data }, question),
    );
}

type OfDimension = {
  readonly dimension: string;
  readonly rows: readonly Observation[];
  readonly pinned: readonly Observation[];
  readonly data: AgentData;
};

function judgeDimension(
  { dimension, rows, pinned, data }: OfDimension,
  { endMs, rule, correct }: AgentQuestion,
): AgentFinding[] {
  const hours = (rule.calibrationDays + 2) * DAY_HOURS;
  const startMs = endMs - hours * HOUR_MS;
  const shape = { kind: kindOf(dimension), scale: scaleOf(dimension), startMs, hours };
  const cells = seriesOf({ ...shape, rows: [...rows] }).cells;
  const pinnedCells = pinned.map(({ value, bin }) => (shape.kind === 'number' ? `${bin}` : value));
  const all = [...new Set([...cells, ...pinnedCells])];
  const series = seriesOf({ ...shape, rows, cells: all });
  const common = { dimension, endHour: hours, correct };
  const method = shape.kind === 'number' ? 'number' : 'category';
  const newest = newestVersion(rows, endMs);
  const tell = (reference: ReferenceName, finding: Finding, behind: Span): AgentFinding => ({
    dimension,
    method,
    reference,
    version: newest.version,
    window: { startMs: endMs - finding.lengthHours * HOUR_MS, endMs },
    behind,
    finding,
  });
  const excluded = excludedHours(series, dimension, data);
  const referenceFor = trailing(series, { excluded, rule });
  const week = judgeSeries(referenceFor, series, common);
  const usual = referenceFor(hours - week.lengthHours).hours;
  const found = [tell('trailing', week, spanOf(series, usual, startMs))];
  if (pinned.length > 0) {
    const times = pinned.map(({ hourMs }) => hourMs);
    const [from, to] = [Math.min(...times), Math.max(...times) + HOUR_MS];
    const length = Math.round((to - from) / HOUR_MS);
    const base = seriesOf({ ...shape, startMs: from, hours: length, rows: pinned, cells: all });
    const finding = judgeSeries(fixed(base, rule), series, {
      ...common,
      against: 'the pinned week',
    });
    found.push(tell('pinned', finding, { startMs: from, endMs: to }));
  }
  const versions = judgeVersions(rows, shape, { ...common, rule, cells: all, newest });
  if (versions !== undefined) found.push(tell('version', versions.finding, versions.behind));
  if (isClosed(dimension)) {
    const finding = unseenOf(series, dimension, { rule, correct });
    const window = { startMs: endMs - DAY_HOURS * HOUR_MS, endMs };
    const behind = { startMs, endMs: window.startMs };
    const base = { dimension, reference: 'trailing', version: newest.version } as const;
    found.push({ ...base, method: 'unseen', window, behind, finding });
  }
  return found;
}

function excludedHours(series: HourlySeries, dimension: string, data: AgentData): Set<number> {
  const excluded = new Set<number>();
  const hourOf = (ms: number): number => Math.floor((ms - series.startMs) / HOUR_MS);
  const exclude = (from: number, to: number): void => {
    for (let at = Math.max(0, from); at < Math.min(series.hours, to); at += 1) excluded.add(at);
  };
  for (const incident of data.incidents) {
    if (incident.dimension === dimension) exclude(hourOf(incident.startMs), hourOf(incident.endMs));
  }
  for (const accepted of data.accepted) {
    if (accepted.dimension === '' || accepted.dimension === dimension) {
      exclude(0, hourOf(accepted.atMs));
    }
  }
  return excluded;
}

function spanOf(series: HourlySeries, hours: readonly number[], fallbackMs: number): Span {
  if (hours.length === 0) return { startMs: fallbackMs, endMs: fallbackMs };
  return {
    startMs: series.startMs + Math.min(...hours) * HOUR_MS,
    endMs: series.startMs + (Math.max(...hours) + 1) * HOUR_MS,
  };
}

type Newest = { readonly version: string; readonly sinceMs: number; readonly before: string };

/** The release that appeared last, since when, and the one with the most runs before it. */
function newestVersion(rows: readonly Observation[], endMs: number): Newest {
  const first = new Map<string, number>();
  for (const { version, hourMs } of rows) {
    if (version === '' || hourMs >= endMs) continue;
    first.set(version, Math.min(first.get(version) ?? Infinity, hourMs));
  }
  const [newest] = [...first].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? 1 : -1));
  if (newest === undefined) return { version: '', sinceMs: endMs, before: '' };
  const [version, sinceMs] = newest;
  const before = new Map<string, number>();
  for (const row of rows) {
    if (row.version === version || row.version === '' || row.hourMs >= sinceMs) continue;
    before.set(row.version, (before.get(row.version) ?? 0) + row.n);
  }
  const [busiest] = [...before].toSorted((a, b) => b[1] - a[1]);
  return { version, sinceMs, before: busiest?.[0] ?? '' };
}

/** A release is compared for this long after it appeared. */
const VERSION_HOURS_MAX = 7 * DAY_HOURS;

type Versions = {
  readonly dimension: string;
  readonly endHour: number;
  readonly correct: (p: number) => number;
  readonly rule: Rule;
  readonly cells: readonly string[];
  readonly newest: Newest;
};

/** The new release since it appeared against the one before, in the week before that. */
function judgeVersions(
  rows: readonly Observation[],
  shape: Pick<HourlySeries, 'kind' | 'scale' | 'startMs' | 'hours'>,
  { dimension, endHour, correct, rule, cells, newest }: Versions,
): { finding: Finding; behind: Span } | undefined {
  const since = Math.floor((newest.sinceMs - shape.startMs) / HOUR_MS);
  const age = endHour - since;
  if (newest.before === '' || age < 1 || age > VERSION_HOURS_MAX || since < 1) return undefined;
  const from = Math.max(0, since - rule.referenceDays * DAY_HOURS);
  const [now, then] = [newest.version, newest.before].map((version) =>
    seriesOf({ ...shape, rows: rows.filter((row) => row.version === version), cells }),
  ) as [HourlySeries, HourlySeries];
  // Only the week before the release; the span stays the same so that hours agree.
  const past = { ...then, counts: then.counts.slice() };
  past.counts.fill(0, 0, from * then.cells.length);
  past.counts.fill(0, since * then.cells.length);
  const finding = judgeSeries(fixed(past, rule), now, {
    dimension: `${dimension} of ${newest.version}`,
    endHour,
    correct,
    windowsHours: [age],
    against: `release ${newest.before}`,
  });
  const behind = {
    startMs: shape.startMs + from * HOUR_MS,
    endMs: shape.startMs + since * HOUR_MS,
  };
  return { finding, behind };
}

function unseenOf(
  series: HourlySeries,
  dimension: string,
  { rule, correct }: { readonly rule: Rule; readonly correct: (p: number) => number },
): UnseenFinding {
  const start = series.hours - DAY_HOURS;
  const named = (counts: Float64Array): Map<string, number> =>
    new Map(series.cells.map((cell, at) => [cell, counts[at] ?? 0]));
  return judgeUnseen({
    dimension,
    reference: named(sumHours(series, 0, start)),
    current: named(sumHours(series, start, series.hours)),
    referenceMin: rule.referenceMin,
    correct,
    alpha: rule.alpha,
  });
}
