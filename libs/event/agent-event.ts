// AgentEvent as TypeScript: the same names, units and nullability as schemas/agent-event.avsc,
// which is the contract. test/contracts/agent-event.test.ts holds the two together. Docs of the
// fields are in the schema. Times are microseconds since 1970 (…_time), durations nanoseconds
// (…_ns), money billionths of a US dollar.

export const KINDS = [
  'unknown',
  'agent_run',
  'step',
  'decision',
  'model_call',
  'tool_call',
  'retrieval',
  'memory',
  'guardrail',
  'evaluation',
  'handoff',
  'feedback',
  'outcome',
  'state_change',
  'error',
] as const;
export type Kind = (typeof KINDS)[number];

export const PHASES = ['unknown', 'start', 'progress', 'end', 'point'] as const;
export type Phase = (typeof PHASES)[number];

export const STATUSES = [
  'unset',
  'ok',
  'error',
  'blocked',
  'cancelled',
  'timeout',
  'waiting',
  'abandoned',
] as const;
export type Status = (typeof STATUSES)[number];

/** One immutable fact about one operation of one agent. */
export type AgentEvent = {
  readonly event_id: string;
  readonly schema_rev: number;
  readonly tenant_id: string;
  readonly kind: Kind;
  readonly phase: Phase;
  readonly event_time: number;
  readonly start_time: number | null;
  readonly duration_ns: number | null;
  readonly seq: number | null;
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly parent_remote: boolean | null;
  readonly links: readonly Link[];
  readonly run_id: string;
  readonly conversation_id: string | null;
  readonly causation_id: string | null;
  readonly attempt: number;
  readonly correlation: Readonly<Record<string, string>>;
  readonly agent: Agent | null;
  readonly actor: Actor | null;
  readonly producer: Producer;
  readonly name: string | null;
  readonly status: Status;
  readonly error_type: string | null;
  readonly error_message: string | null;
  readonly input: Content | null;
  readonly output: Content | null;
  readonly model: ModelCall | null;
  readonly tool: ToolCall | null;
  readonly retrieval: Retrieval | null;
  readonly memory: Memory | null;
  readonly decision: Decision | null;
  readonly guardrail: Guardrail | null;
  readonly evaluation: Evaluation | null;
  readonly handoff: Handoff | null;
  readonly feedback: Feedback | null;
  readonly outcome: BusinessOutcome | null;
  readonly state_change: StateChange | null;
  readonly data_context: readonly DataRef[];
  readonly features: Readonly<Record<string, number>>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly integrity: Integrity | null;
};

export type Link = {
  readonly trace_id: string;
  readonly span_id: string | null;
  readonly rel: string;
};

export type Agent = {
  readonly id: string | null;
  readonly name: string | null;
  readonly version: string | null;
  readonly framework: string | null;
  readonly prompt_name: string | null;
  readonly prompt_version: string | null;
  readonly policy_bundle: string | null;
};

export type Actor = {
  readonly type: string;
  readonly id: string | null;
  readonly on_behalf_of: string | null;
};

export type Producer = {
  readonly service: string;
  readonly service_version: string | null;
  readonly instance: string | null;
  readonly environment: string | null;
  readonly sdk: string | null;
  readonly source_format: string;
};

export type Content = {
  readonly mime: string;
  readonly inline: string | null;
  readonly ref: string | null;
  readonly digest: string | null;
  readonly size_bytes: number | null;
  readonly truncated: boolean;
};

export type ModelCall = {
  readonly operation: string;
  readonly provider: string | null;
  readonly request_model: string | null;
  readonly response_model: string | null;
  readonly response_id: string | null;
  readonly finish_reasons: readonly string[];
  readonly temperature: number | null;
  readonly top_p: number | null;
  readonly max_tokens: number | null;
  readonly seed: number | null;
  readonly stream: boolean | null;
  readonly ttft_ns: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly usage_scope: string;
  readonly region: string | null;
  readonly cost_nano_usd: number | null;
};

export type ToolCall = {
  readonly name: string;
  readonly type: string | null;
  readonly call_id: string | null;
  readonly call_index: number | null;
  readonly protocol: string | null;
  readonly server: string | null;
  readonly session_id: string | null;
  readonly effect: string | null;
  readonly definition_hash: string | null;
  readonly approval_id: string | null;
};

export type Retrieval = {
  readonly source_id: string | null;
  readonly top_k: number | null;
  readonly documents: readonly Document[];
};

export type Memory = {
  readonly operation: string;
  readonly store_id: string | null;
  readonly record_id: string | null;
  readonly source_trust: string | null;
};

export type Decision = {
  readonly id: string;
  readonly type: string;
  readonly chosen: string;
  readonly confidence: number | null;
  readonly confidence_kind: string | null;
  readonly propensity: number | null;
  readonly irreversible: boolean | null;
  readonly alternatives: readonly Alternative[];
  readonly rationale: Content | null;
};

export type Guardrail = {
  readonly component: string | null;
  readonly policy_id: string | null;
  readonly policy_version: string | null;
  readonly rule_id: string | null;
  readonly target_type: string | null;
  readonly target_subtype: string | null;
  readonly target_id: string | null;
  readonly verdict: string;
  readonly action: string | null;
  readonly mode: string;
  readonly native_result: string | null;
  readonly reason: string | null;
  readonly risk_category: string | null;
  readonly risk_score: number | null;
  readonly severity: string | null;
  readonly content_modified: boolean | null;
  readonly labels: readonly string[];
};

export type Evaluation = {
  readonly name: string;
  readonly score: number | null;
  readonly label: string | null;
  readonly annotator_kind: string;
  readonly evaluator: string | null;
  readonly target_type: string;
  readonly target_id: string | null;
  readonly explanation: string | null;
};

export type Handoff = {
  readonly from_agent: string | null;
  readonly to_agent: string | null;
  readonly mode: string | null;
  readonly protocol: string | null;
  readonly task_id: string | null;
  readonly task_state: string | null;
};

export type Feedback = {
  readonly type: string;
  readonly decision: string | null;
  readonly score: number | null;
  readonly target_id: string | null;
  readonly comment: Content | null;
};

export type BusinessOutcome = {
  readonly kpi: string;
  readonly value: number | null;
  readonly unit: string | null;
  readonly success: boolean | null;
  readonly decision_id: string | null;
  readonly target_id: string | null;
};

export type StateChange = {
  readonly entity: string;
  readonly entity_id: string | null;
  readonly from_state: string | null;
  readonly to_state: string | null;
};

export type DataRef = {
  readonly urn: string;
  readonly role: string;
  readonly version: string | null;
  readonly classification: string | null;
  readonly fields: readonly string[];
};

export type Integrity = {
  readonly alg: string;
  readonly prev: string | null;
  readonly sig: string | null;
  readonly key_id: string | null;
};

export type Document = {
  readonly id: string;
  readonly score: number | null;
  readonly version: string | null;
};

export type Alternative = {
  readonly label: string;
  readonly score: number | null;
  readonly propensity: number | null;
};
