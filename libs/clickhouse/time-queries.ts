// Questions about time: latency over time, the critical path of a run and of agents, and how long
// events take to arrive.
// Guarantees: every moment of a run is counted once; percentiles are at most 2.2 % off.
// Example: await runQuery(ch, 'latency-series', { since, until, by: 'subject', kind: 'tool_call' })
import type { Range } from './query.ts';

/** A line per series and step of time. kind and subject narrow it; empty: all. */
export type Series = Range & {
  readonly kind?: string;
  readonly subject?: string;
  /** Length of a step in seconds, a multiple of 300; default 3,600. */
  readonly step_seconds?: number;
};

export type LatencyPoint = {
  /** Start of the step. */
  readonly time: string;
  /** Agent, subject or kind, as asked for by `by`; empty for all. */
  readonly series: string;
  readonly operations: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
};

/** One operation since a moment, against the time before it. null where nothing ran. */
export type LatencyChangeRow = {
  readonly agent_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly operations: number;
  readonly operations_before: number;
  readonly p50_ms: number | null;
  readonly p50_before_ms: number | null;
  readonly p95_ms: number | null;
  readonly p95_before_ms: number | null;
  /** Of the operations since, those that took longer than the p95 before; .05 where unchanged. */
  readonly slower_share: number | null;
};

/** Where a moment went. agent: the agent's own work and whatever it does not report. */
export type PathCategory =
  | 'model'
  | 'tool'
  | 'retrieval'
  | 'memory'
  | 'guard'
  | 'person'
  | 'queue'
  | 'agent';

/** One operation on the critical path; the critical_ms of a run add up to its wall time. */
export type CriticalPathRow = {
  readonly run_id: string;
  readonly span_id: string;
  readonly parent_span_id: string;
  /** 0 for the run itself. */
  readonly depth: number;
  readonly category: PathCategory;
  readonly agent_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly status: string;
  /** From the start of the run to the start of the operation. */
  readonly offset_ms: number;
  readonly duration_ms: number;
  /** Wall time this operation alone is answerable for. */
  readonly critical_ms: number;
  /** critical_ms by the run's wall time, 0 to 1. */
  readonly share: number;
};

export type CriticalPathByAgentRow = {
  readonly agent_id: string;
  readonly category: PathCategory;
  /** Runs looked at, of this agent. */
  readonly runs: number;
  readonly critical_ms: number;
  readonly ms_per_run: number;
  /** Of the agent's wall time, 0 to 1. */
  readonly share: number;
};

export type IngestLagPoint = {
  readonly time: string;
  readonly events: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  /** Came more than an hour after they happened. */
  readonly late: number;
  /** Of a clock that runs ahead of Kafka's. */
  readonly ahead: number;
};

export type TimeQueries = {
  'latency-series': {
    params: Series & { readonly by?: 'all' | 'agent' | 'subject' | 'kind' };
    row: LatencyPoint;
  };
  /** split: since when it counts as now. */
  'latency-change': {
    params: Range & { readonly split?: Date; readonly kind?: string };
    row: LatencyChangeRow;
  };
  /** id: a run_id. */
  'critical-path': {
    params: { readonly id: string; readonly tenant?: string; readonly limit?: number };
    row: CriticalPathRow;
  };
  /** limit: so many of the newest runs that have ended are looked at. */
  'critical-path-by-agent': { params: Range; row: CriticalPathByAgentRow };
  'ingest-lag': {
    params: Range & { readonly step_seconds?: number };
    row: IngestLagPoint;
  };
};

export const TIME_QUERIES = [
  'latency-series',
  'latency-change',
  'critical-path',
  'critical-path-by-agent',
  'ingest-lag',
] as const satisfies readonly (keyof TimeQueries)[];
