// Questions about what flows where: sessions of a person over several runs, hand-offs between
// agents, and the data behind a decision.
// Guarantees: a session without an id is none; lineage names what was declared apart from what was
// merely read before.
// Example: await runQuery(ch, 'lineage-of-decision', { id: 'd-17' })
import type { Range } from './query.ts';

export type SessionRow = {
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly started_at: string;
  readonly ended_at: string;
  readonly duration_ms: number;
  readonly runs: number;
  /** Runs whose end has not come. */
  readonly open_runs: number;
  readonly agents: readonly string[];
  readonly events: number;
  readonly errors: number;
  readonly tool_calls: number;
  readonly decisions: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly violations: number;
  readonly outcome: 'unknown' | 'success' | 'failure';
};

export type HandoffRow = {
  readonly from_agent: string;
  readonly to_agent: string;
  readonly mode: string;
  readonly protocol: string;
  readonly handoffs: number;
  readonly runs: number;
  readonly failures: number;
  readonly failure_share: number;
  /** Of hand-offs that say how long they took; null where none does. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly last_time: string;
  readonly last_run_id: string;
};

/**
 * One piece of data in the run before the decision. declared: the decision names it. caused: the
 * decision names the operation that brought it. read: it was read earlier in the same run.
 */
export type LineageRow = {
  readonly decision_id: string;
  readonly link: 'declared' | 'caused' | 'read';
  /** dataset: data_context. document: retrieved. tool_result, memory: what came back. */
  readonly source: 'dataset' | 'document' | 'tool_result' | 'memory';
  readonly name: string;
  readonly version: string;
  readonly classification: string;
  readonly fields: readonly string[];
  readonly score: number | null;
  readonly event_time: string;
  /** Before the decision. */
  readonly before_ms: number;
  readonly agent_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly status: string;
  readonly run_id: string;
  readonly span_id: string;
  readonly event_id: string;
};

export type FlowQueries = {
  sessions: { params: Range; row: SessionRow };
  handoffs: { params: Range; row: HandoffRow };
  /** id: a decision_id. */
  'lineage-of-decision': {
    params: { readonly id: string; readonly tenant?: string; readonly limit?: number };
    row: LineageRow;
  };
};

export const FLOW_QUERIES = [
  'sessions',
  'handoffs',
  'lineage-of-decision',
] as const satisfies readonly (keyof FlowQueries)[];
