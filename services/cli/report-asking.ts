// What a report asks with: the time and whom it is about, and a runner of the named queries that
// notes each one, so that the page can say how to get its numbers again.
// Guarantees: `recent` is the last seventh of the span in whole hours, `before` as long as the span
// and just before it; times fall on five minutes, as the rollups do.
// Example: await asking.run('latency', asking.range)
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import {
  queryText,
  runQuery,
  type Queries,
  type QueryName,
  type Range,
} from '@agentspine/clickhouse/query';
import type { Scope, Source } from '@agentspine/report/report';

export type Window = { readonly since: number; readonly until: number };

export type Asked = {
  readonly scope: Scope;
  /** The last part of the span, and the time it is held against; milliseconds since 1970. */
  readonly recent: Window;
  readonly before: Window;
  /** Length of a step of a line, in seconds. */
  readonly stepSeconds: number;
  /** As given: 7d. */
  readonly since: string;
};

export type Asking = Asked & {
  readonly range: Range;
  /** From the beginning of `before` to now. */
  readonly comparing: Range;
  readonly sources: readonly Source[];
  run<Name extends QueryName>(
    name: Name,
    params: Queries[Name]['params'],
  ): Promise<readonly Queries[Name]['row'][]>;
};

export type Wishes = {
  readonly tenant: string;
  readonly agent: string;
  readonly since: string;
  readonly spanMs: number;
  readonly nowMs: number;
};

const BUCKET_MS = 300e3;
const HOUR_MS = 3_600e3;
/** A week by the day, a day by three hours. */
const RECENT_PART = 7;
/** Steps a line has at most. */
const STEPS_MAX = 168;
/** More rows than any line of a report has. */
const ROWS_MAX = 50_000;

export function windows({ tenant, agent, since, spanMs, nowMs }: Wishes): Asked {
  const until = Math.ceil(nowMs / BUCKET_MS) * BUCKET_MS;
  const span = Math.max(BUCKET_MS, Math.floor(spanMs / BUCKET_MS) * BUCKET_MS);
  const part = span / RECENT_PART;
  const unit = part >= HOUR_MS ? HOUR_MS : BUCKET_MS;
  const split = until - Math.max(unit, Math.round(part / unit) * unit);
  return {
    scope: { tenant, agent, since: until - span, until, generatedAt: nowMs },
    recent: { since: split, until },
    before: { since: split - span, until: split },
    stepSeconds: niceStep(span / STEPS_MAX / 1000),
    since,
  };
}

export function ask(ch: ClickHouse, wishes: Wishes): Asking {
  const asked = windows(wishes);
  const { tenant, agent } = wishes;
  const whom = { tenant, agent, limit: ROWS_MAX };
  const range = (from: number): Range => ({
    ...whom,
    since: new Date(from),
    until: new Date(asked.scope.until),
  });
  const sources: Source[] = [];
  return {
    ...asked,
    range: range(asked.scope.since),
    comparing: range(asked.before.since),
    sources,
    run: (name, params) => {
      sources.push({ name, sql: queryText(name), params: readable(params) });
      return runQuery(ch, name, params);
    },
  };
}

const STEPS_SECONDS = [
  300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400,
] as const;

/** The next step that people count in: 5 min to a day; beyond, whole days. */
export function niceStep(seconds: number): number {
  const step = STEPS_SECONDS.find((one) => one >= seconds);
  return step ?? Math.ceil(seconds / 86_400) * 86_400;
}

function readable(params: object): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]: [string, unknown]) => [
      key,
      value instanceof Date
        ? value.toISOString().slice(0, 19).replace('T', ' ')
        : typeof value === 'number'
          ? value
          : String(value),
    ]),
  );
}
