// Rows of the named queries, as they come out of ClickHouse: times as 'YYYY-MM-DD hh:mm:ss.ffffff'
// in UTC, NaN as null, 64-bit numbers as numbers. Durations and costs say their unit in the name.
// Example: const rows: LatencyRow[] = await runQuery(ch, 'latency', { since, until })

export type LatencyRow = {
  readonly agent_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly operations: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
};

export type FailureRow = {
  readonly agent_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly status: string;
  readonly error_type: string;
  readonly failure_mode: string;
  readonly failures: number;
  readonly operations: number;
  readonly failure_share: number;
};

export type ViolationRow = {
  readonly rule_id: string;
  readonly severity: string;
  readonly live: number;
  readonly shadow: number;
  readonly runs: number;
  readonly agents: readonly string[];
  readonly last_time: string;
  readonly message: string;
  readonly action: string;
  readonly last_run_id: string;
};

export type CostRow = {
  readonly agent_id: string;
  readonly model: string;
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cost_usd: number;
};

export type RunRow = {
  readonly tenant_id: string;
  readonly run_id: string;
  readonly agent_id: string;
  readonly started_at: string;
  readonly ended_at: string;
  readonly duration_ms: number;
  /** open while no end of the run has come. */
  readonly status: string;
  readonly events: number;
  readonly errors: number;
  readonly model_calls: number;
  readonly tool_calls: number;
  readonly decisions: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly violations: number;
  readonly shadow_violations: number;
  readonly worst_severity: string;
  readonly redactions: number;
  readonly outcome: 'unknown' | 'success' | 'failure';
  readonly trace_ids: readonly string[];
};

export type StoredVerdict = {
  readonly rule_id: string;
  readonly rule_version: number;
  readonly severity: string;
  readonly status: string;
  readonly action: string;
  readonly message: string;
};

/** One event of a run or trace. Names are those of schemas/governed-event.avsc. */
export type TraceRow = {
  readonly event_id: string;
  readonly tenant_id: string;
  readonly kind: string;
  readonly phase: string;
  readonly event_time: string;
  readonly start_time: string;
  readonly duration_ns: number;
  readonly seq: number;
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string;
  readonly links: readonly { trace_id: string; span_id: string; rel: string }[];
  readonly run_id: string;
  readonly conversation_id: string;
  readonly attempt: number;
  readonly agent_id: string;
  readonly agent_version: string;
  readonly name: string;
  readonly status: string;
  readonly error_type: string;
  readonly error_message: string;
  readonly failure_mode: string;
  readonly input: string;
  readonly input_truncated: boolean;
  readonly output: string;
  readonly output_truncated: boolean;
  readonly model_operation: string;
  readonly request_model: string;
  readonly response_model: string;
  readonly ttft_ns: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly usage_scope: string;
  readonly cost_nano_usd: number;
  readonly tool_name: string;
  readonly tool_effect: string;
  readonly tool_call_id: string;
  readonly retrieval_source: string;
  readonly decision_id: string;
  readonly decision_type: string;
  readonly decision_chosen: string;
  readonly confidence: number | null;
  readonly confidence_kind: string;
  readonly alternatives: readonly {
    label: string;
    score: number | null;
    propensity: number | null;
  }[];
  readonly rationale: string;
  readonly guardrail_verdict: string;
  readonly guardrail_reason: string;
  readonly handoff_from: string;
  readonly handoff_to: string;
  readonly evaluation_name: string;
  readonly evaluation_score: number | null;
  readonly feedback_type: string;
  readonly feedback_decision: string;
  readonly outcome_kpi: string;
  readonly outcome_value: number | null;
  readonly outcome_unit: string;
  readonly outcome_success: number;
  readonly state_entity: string;
  readonly state_from: string;
  readonly state_to: string;
  readonly data_context: readonly {
    urn: string;
    role: string;
    version: string;
    classification: string;
    fields: readonly string[];
  }[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly redactions: Readonly<Record<string, number>>;
  readonly verdicts: readonly StoredVerdict[];
  readonly source_partition: number;
  readonly source_offset: number;
  readonly generation: number;
};

export type CountRow = {
  readonly fate: 'row' | 'dead_letter';
  /** Of dead letters; empty for rows. */
  readonly code: string;
  readonly stage: string;
  readonly n: number;
};

/** What is stored of one partition of agent.events. */
export type DeliveryRow = {
  readonly partition: number;
  readonly rows: number;
  readonly dead_letters: number;
  /** Different offsets stored. */
  readonly offsets: number;
  readonly first_offset: number;
  readonly last_offset: number;
  readonly doubled_count: number;
  /** The first 100. */
  readonly doubled: readonly number[];
  readonly breaks_count: number;
  /**
   * The first 100: next lower stored offset, predecessor the record names, offset of the record.
   */
  readonly breaks: readonly (readonly [number, number, number])[];
};
