// What the drift watch reads and writes: observations per hour, incidents, baselines, joint counts
// for causes, minutes for change points, results.
// Guarantees: an hour counts only once all of it is stored (drift_hours is written last); a crash
// leaves a revision nobody reads; results of the same round replace each other.
// Example: await fillHours(ch, await dueHours(ch, span)); const rows = await observationsOf(ch,
// span, ['refunds'])
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JointCell } from '@agentspine/drift/causes';
import type { ClickHouse } from './connect.ts';
import type { DriftRow } from './drift-queries.ts';

const HOUR_S = 3_600;

/** [sinceMs, untilMs) by event_time. */
export type TimeSpan = { readonly sinceMs: number; readonly untilMs: number };

const texts = new Map<string, string>();

function textOf(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`./drift/${name}.sql`, import.meta.url), 'utf8');
  texts.set(name, text);
  return text;
}

const stamp = (ms: number): string =>
  new Date(Math.max(0, ms)).toISOString().slice(0, 19).replace('T', ' ');
const spanOf = ({ sinceMs, untilMs }: TimeSpan): { since: string; until: string } => ({
  since: stamp(sinceMs),
  until: stamp(untilMs),
});

export type DueHour = {
  readonly tenant_id: string;
  readonly hour_s: number;
  readonly events: number;
};

/** Hours to fill, oldest first; at most limit. */
export function dueHours(ch: ClickHouse, span: TimeSpan, limit: number): Promise<DueHour[]> {
  return ch.query<DueHour>(textOf('due-hours'), { ...spanOf(span), limit });
}

/** One statement fills hours of at most this span: it reads all events of it. */
const FILL_SPAN_S = 24 * HOUR_S;

/** Fills the hours, at most a day of them per statement, and then says that they count. */
export async function fillHours(ch: ClickHouse, due: readonly DueHour[]): Promise<void> {
  const days = Map.groupBy(due, ({ hour_s }) => Math.floor(hour_s / FILL_SPAN_S));
  for (const hours of days.values()) {
    const [next] = await ch.query<{ revision: number }>(textOf('next-revision'));
    const revision = next?.revision ?? 1;
    const times = hours.map(({ hour_s }) => hour_s);
    await ch.command(textOf('fill-observations'), {
      tenants: hours.map(({ tenant_id }) => tenant_id),
      hours: times.map((s) => stamp(s * 1_000)),
      since: stamp(Math.min(...times) * 1_000),
      until: stamp((Math.max(...times) + HOUR_S) * 1_000),
      revision,
    });
    await ch.insertJson({
      table: 'drift_hours',
      rows: hours.map(({ tenant_id, hour_s, events }) => ({
        tenant_id,
        hour: hour_s,
        revision,
        events,
      })),
      token: `drift:hours:${revision}`,
    });
  }
}

export type ActiveAgent = {
  readonly agent_id: string;
  readonly tenant_id: string;
  readonly tests: number;
};

export function activeAgents(
  ch: ClickHouse,
  span: TimeSpan,
  floors: { readonly current: number; readonly reference: number },
): Promise<ActiveAgent[]> {
  const { current, reference } = floors;
  const params = { ...spanOf(span), floor_current: current, floor_reference: reference };
  return ch.query<ActiveAgent>(textOf('agents'), params);
}

export type ObservationRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly dimension: string;
  readonly agent_version: string;
  readonly value: string;
  readonly hb: number;
  readonly hours: readonly number[];
  readonly runs: readonly number[];
};

export function observationsOf(
  ch: ClickHouse,
  span: TimeSpan,
  agents: readonly string[],
): Promise<ObservationRow[]> {
  return ch.query<ObservationRow>(textOf('observations'), { ...spanOf(span), agents });
}

export function oldestHours(ch: ClickHouse): Promise<{ tenant_id: string; hour_s: number }[]> {
  return ch.query(textOf('oldest-hour'));
}

export type IncidentRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly dimension: string;
  readonly start_s: number;
  readonly end_s: number;
};

export function incidentsOf(ch: ClickHouse, span: TimeSpan): Promise<IncidentRow[]> {
  return ch.query<IncidentRow>(textOf('incidents'), spanOf(span));
}

export type BaselineRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly dimension: string;
  readonly accepted_s: number;
  readonly pinned_start_s: number;
  readonly pinned_end_s: number;
};

export function baselinesOf(ch: ClickHouse): Promise<BaselineRow[]> {
  return ch.query<BaselineRow>(textOf('baselines'));
}

export type JointQuestion = {
  readonly tenant: string;
  readonly agent: string;
  readonly dimension: string;
  readonly reference: { readonly startMs: number; readonly endMs: number };
  readonly window: { readonly startMs: number; readonly endMs: number };
};

export type JointRow = JointCell & { readonly examples: readonly string[] };

export function jointOf(ch: ClickHouse, question: JointQuestion): Promise<JointRow[]> {
  const { tenant, agent, dimension, reference, window } = question;
  return ch.query<JointRow>(textOf('joint'), {
    tenant,
    agent,
    dimension,
    reference_start: stamp(reference.startMs),
    reference_end: stamp(reference.endMs),
    window_start: stamp(window.startMs),
    window_end: stamp(window.endMs),
  });
}

export type MinuteRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly minute_s: number;
  readonly runs: number;
  readonly failures: number;
  readonly confident: number;
  readonly confidence: number;
  readonly failed_runs: readonly string[];
  readonly some_runs: readonly string[];
};

export function minutesOf(ch: ClickHouse, span: TimeSpan): Promise<MinuteRow[]> {
  return ch.query<MinuteRow>(textOf('minutes'), spanOf(span));
}

/** A row of drift_results; times in seconds since 1970. */
export type DriftResult = Omit<
  DriftRow,
  'computed_at' | 'window_start' | 'window_end' | 'n_current'
> & {
  readonly computed_at_ms: number;
  readonly window_start_s: number;
  readonly window_end_s: number;
  readonly reference_start_s: number;
  readonly reference_end_s: number;
  readonly n_current: number;
};

const RESULTS_PER_INSERT = 5_000;

export async function writeResults(ch: ClickHouse, results: readonly DriftResult[]): Promise<void> {
  for (let at = 0; at < results.length; at += RESULTS_PER_INSERT) {
    const rows = results.slice(at, at + RESULTS_PER_INSERT).map(storable);
    // By content: the same round with other results (late events) is another insert.
    const digest = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
    const token = `drift:results:${digest}`;
    await ch.insertJson({ table: 'drift_results', rows, token });
  }
}

function storable(result: DriftResult): Record<string, unknown> {
  const {
    computed_at_ms,
    window_start_s,
    window_end_s,
    reference_start_s,
    reference_end_s,
    ...rest
  } = result;
  // JSON has no NaN; ClickHouse reads it from a string.
  const numbers = Object.entries(rest).map(([key, value]) => [
    key,
    value === null || (typeof value === 'number' && !Number.isFinite(value)) ? 'nan' : value,
  ]);
  return {
    ...Object.fromEntries(numbers),
    n_current: Math.round(rest.n_current),
    n_reference: Math.round(rest.n_reference),
    computed_at: new Date(computed_at_ms).toISOString().slice(0, 23).replace('T', ' '),
    window_start: window_start_s,
    window_end: window_end_s,
    reference_start: reference_start_s,
    reference_end: reference_end_s,
  };
}
