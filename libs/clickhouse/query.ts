// The named queries: one .sql file per question, its parameters and its rows typed here, one runner
// for all callers.
// Guarantees: values go in as bound parameters, never into the text; errors as in connect.ts.
// Areas of questions keep their rows and names in a file of their own (time-queries.ts, …); here
// they meet.
// Example: const top = await runQuery(ch, 'latency', { tenant: 'acme', since: new Date(0), until:
// new Date(), limit: 20 })
import { readFileSync } from 'node:fs';
import type { ClickHouse } from './connect.ts';
import { COST_QUERIES, type CostQueries } from './cost-queries.ts';
import { DECISION_DEFAULTS, DECISION_QUERIES, type DecisionQueries } from './decision-queries.ts';
import { DRIFT_QUERIES, type DriftQueries } from './drift-queries.ts';
import { FAILURE_QUERIES, type FailureQueries } from './failure-queries.ts';
import { FLOW_QUERIES, type FlowQueries } from './flow-queries.ts';
import type {
  CostRow,
  CountRow,
  DeliveryRow,
  FailureRow,
  LatencyRow,
  RunRow,
} from './query-rows.ts';
import type { TraceRow, ViolationRow } from './query-rows.ts';
import { TIME_QUERIES, type TimeQueries } from './time-queries.ts';
import { VIOLATION_QUERIES, type ViolationQueries } from './violation-queries.ts';

/** Whose, and when: [since, until) by event_time, to the second. Empty tenant or agent: all. */
export type Range = {
  readonly tenant?: string;
  readonly agent?: string;
  readonly since: Date;
  readonly until: Date;
  /** Default 1,000. */
  readonly limit?: number;
};

type BasicQueries = {
  latency: { params: Range & { readonly kind?: string }; row: LatencyRow };
  failures: { params: Range; row: FailureRow };
  violations: { params: Range; row: ViolationRow };
  cost: { params: Range; row: CostRow };
  runs: { params: Range; row: RunRow };
  /** id: a run_id or a trace_id. */
  trace: {
    params: { readonly id: string; readonly tenant?: string; readonly limit?: number };
    row: TraceRow;
  };
  /** Without generation: all of them together. */
  counts: { params: { readonly generation?: number }; row: CountRow };
  delivery: { params: { readonly generation: number }; row: DeliveryRow };
};

/** One line per area. */
export type Queries = BasicQueries &
  TimeQueries &
  FailureQueries &
  CostQueries &
  FlowQueries &
  ViolationQueries &
  DecisionQueries &
  DriftQueries;

export type QueryName = keyof Queries;

export const QUERY_NAMES = [
  'latency',
  'failures',
  'violations',
  'cost',
  'runs',
  'trace',
  'counts',
  'delivery',
  ...TIME_QUERIES,
  ...FAILURE_QUERIES,
  ...COST_QUERIES,
  ...FLOW_QUERIES,
  ...VIOLATION_QUERIES,
  ...DECISION_QUERIES,
  ...DRIFT_QUERIES,
] as const satisfies readonly QueryName[];

const DEFAULTS = {
  tenant: '',
  agent: '',
  kind: '',
  subject: '',
  by: 'all',
  step_seconds: 3_600,
  reference_days: 28,
  split: '1970-01-01 00:00:00',
  state: '',
  limit: 1_000,
  generation: -1,
  ...DECISION_DEFAULTS,
};

const texts = new Map<QueryName, string>();

/** The text of a query, read once. */
export function queryText(name: QueryName): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`./queries/${name}.sql`, import.meta.url), 'utf8');
  texts.set(name, text);
  return text;
}

/** Runs a named query and returns its rows. */
export function runQuery<Name extends QueryName>(
  ch: ClickHouse,
  name: Name,
  params: Queries[Name]['params'],
): Promise<Queries[Name]['row'][]> {
  const values = Object.entries(params).map(([key, value]) => [key, bindable(value)] as const);
  return ch.query<Queries[Name]['row']>(queryText(name), {
    ...DEFAULTS,
    ...Object.fromEntries(values),
  });
}

/** A Date as ClickHouse reads it: UTC, whole seconds, 1970 to 2106. */
function bindable(value: unknown): unknown {
  if (!(value instanceof Date)) return value;
  const bounded = new Date(Math.min(Math.max(value.getTime(), 0), 0xffff_ffff * 1000));
  return bounded.toISOString().slice(0, 19).replace('T', ' ');
}
