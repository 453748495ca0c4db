// Flattens a judged event into the columns of schemas/governed-event.avsc, and builds dead-letter markers.
// Guarantees: pure; no nulls ('' / 0 / -1 / NaN / [] / {} stand for "unknown"); the keys are the schema's fields in the
// schema's order (test/contracts/governed-row.test.ts holds them together).
// Example: governedRow(lineage, { event, facts, pii }, verdicts)
import type { AgentEvent, Kind, Phase, Status } from './agent-event.ts';
import type { Facts, Judged, Verdict } from './facts.ts';
import { guardrailColumns, outcomeColumns } from './governed-row-records.ts';

export type Fate = 'row' | 'dead_letter';

/** Where a governed record comes from and what made it. */
export type Lineage = {
  readonly source_offset: number;
  readonly previous_source_offset: number;
  readonly source_partition: number;
  readonly generation: number;
  readonly ingested_at: number;
  readonly schema_id: number;
  readonly policy_bundle: string;
  readonly key_version: string;
  readonly price_table: string;
};

export type DeadLetterMark = {
  readonly code: string;
  readonly stage: string;
  readonly cause: string;
  /** Only where they could be read and have their form. */
  readonly eventId: string;
  readonly tenantId: string;
};

export type GovernedRow = Lineage & {
  readonly fate: Fate;
  readonly kind: Kind;
  readonly phase: Phase;
  readonly status: Status;
  readonly [column: string]: unknown;
};

const NO_MARK: DeadLetterMark = { code: '', stage: '', cause: '', eventId: '', tenantId: '' };

export function governedRow(
  lineage: Lineage,
  judged: Judged,
  verdicts: readonly Verdict[],
): GovernedRow {
  const { event, facts, pii } = judged;
  return {
    ...head(lineage, 'row', NO_MARK),
    ...identity(event, facts),
    ...agentColumns(event, facts),
    ...contentColumns(event, facts),
    ...modelColumns(event, facts),
    ...toolColumns(event),
    ...decisionColumns(event),
    ...guardrailColumns(event),
    ...outcomeColumns(event),
    data_context: event.data_context.map((ref) => ({
      urn: ref.urn,
      role: ref.role,
      version: ref.version ?? '',
      classification: ref.classification ?? '',
      fields: ref.fields,
    })),
    features: event.features,
    attributes: event.attributes,
    redactions: pii.counts,
    verdicts,
  };
}

/** The marker: only lineage and the dead-letter columns say anything. */
export function deadLetterRow(
  lineage: Lineage,
  mark: DeadLetterMark,
  blank: AgentEvent,
): GovernedRow {
  const facts: Facts = {
    start_time: 0,
    duration_ns: 0,
    ingest_lag_us: 0,
    seq: -1,
    cost_nano_usd: 0,
    cost_source: '',
    failure_mode: '',
    business: {
      registered: false,
      owner: '',
      team: '',
      criticality: '',
      cost_center: '',
      kpi: '',
      profile: '',
      allowed_tools: [],
      allowed_models: [],
      allowed_regions: [],
    },
  };
  const pii = { counts: {}, labels: [], input: [], output: [] };
  return {
    ...governedRow(lineage, { event: blank, facts, pii }, []),
    ...head(lineage, 'dead_letter', mark),
    event_id: mark.eventId,
    tenant_id: mark.tenantId,
  };
}

function head(lineage: Lineage, fate: Fate, mark: DeadLetterMark) {
  return {
    source_offset: lineage.source_offset,
    previous_source_offset: lineage.previous_source_offset,
    source_partition: lineage.source_partition,
    fate,
    generation: lineage.generation,
    ingested_at: lineage.ingested_at,
    schema_id: lineage.schema_id,
    policy_bundle: lineage.policy_bundle,
    key_version: lineage.key_version,
    price_table: lineage.price_table,
    dead_letter_code: mark.code,
    dead_letter_stage: mark.stage,
    dead_letter_cause: mark.cause,
  };
}

function identity(event: AgentEvent, facts: Facts) {
  return {
    event_id: event.event_id,
    tenant_id: event.tenant_id,
    kind: event.kind,
    phase: event.phase,
    event_time: event.event_time,
    start_time: facts.start_time,
    duration_ns: facts.duration_ns,
    ingest_lag_us: facts.ingest_lag_us,
    seq: facts.seq,
    trace_id: event.trace_id,
    span_id: event.span_id,
    parent_span_id: event.parent_span_id ?? '',
    parent_remote: event.parent_remote ?? false,
    links: event.links.map((link) => ({
      trace_id: link.trace_id,
      span_id: link.span_id ?? '',
      rel: link.rel,
    })),
    run_id: event.run_id,
    conversation_id: event.conversation_id ?? '',
    causation_id: event.causation_id ?? '',
    attempt: event.attempt,
    correlation: event.correlation,
  };
}

function agentColumns(event: AgentEvent, facts: Facts) {
  const { agent, actor, producer } = event;
  return {
    agent_id: agent?.id ?? '',
    agent_name: agent?.name ?? '',
    agent_version: agent?.version ?? '',
    agent_framework: agent?.framework ?? '',
    prompt_name: agent?.prompt_name ?? '',
    prompt_version: agent?.prompt_version ?? '',
    agent_policy_bundle: agent?.policy_bundle ?? '',
    owner: facts.business.owner,
    team: facts.business.team,
    criticality: facts.business.criticality,
    cost_center: facts.business.cost_center,
    kpi: facts.business.kpi,
    actor_type: actor?.type ?? '',
    actor_id: actor?.id ?? '',
    on_behalf_of: actor?.on_behalf_of ?? '',
    service: producer.service,
    service_version: producer.service_version ?? '',
    service_instance: producer.instance ?? '',
    environment: producer.environment ?? '',
    sdk: producer.sdk ?? '',
    source_format: producer.source_format,
    name: event.name ?? '',
  };
}

function contentColumns(event: AgentEvent, facts: Facts) {
  const { input, output } = event;
  return {
    status: event.status,
    error_type: event.error_type ?? '',
    error_message: event.error_message ?? '',
    failure_mode: facts.failure_mode,
    input_mime: input?.mime ?? '',
    input: input?.inline ?? '',
    input_ref: input?.ref ?? '',
    input_digest: input?.digest ?? '',
    input_bytes: input?.size_bytes ?? 0,
    input_truncated: input?.truncated ?? false,
    output_mime: output?.mime ?? '',
    output: output?.inline ?? '',
    output_ref: output?.ref ?? '',
    output_digest: output?.digest ?? '',
    output_bytes: output?.size_bytes ?? 0,
    output_truncated: output?.truncated ?? false,
  };
}

function modelColumns({ model }: AgentEvent, facts: Facts) {
  return {
    model_operation: model?.operation ?? '',
    model_provider: model?.provider ?? '',
    request_model: model?.request_model ?? '',
    response_model: model?.response_model ?? '',
    response_id: model?.response_id ?? '',
    finish_reasons: model?.finish_reasons ?? [],
    temperature: model?.temperature ?? NaN,
    top_p: model?.top_p ?? NaN,
    max_tokens: model?.max_tokens ?? 0,
    model_seed: model?.seed ?? 0,
    stream: model?.stream ?? false,
    model_region: model?.region ?? '',
    ttft_ns: model?.ttft_ns ?? 0,
    input_tokens: model?.input_tokens ?? 0,
    output_tokens: model?.output_tokens ?? 0,
    cache_read_tokens: model?.cache_read_tokens ?? 0,
    cache_write_tokens: model?.cache_write_tokens ?? 0,
    reasoning_tokens: model?.reasoning_tokens ?? 0,
    usage_scope: model?.usage_scope ?? '',
    cost_nano_usd: facts.cost_nano_usd,
    cost_source: facts.cost_source,
  };
}

function toolColumns({ tool, retrieval, memory }: AgentEvent) {
  return {
    tool_name: tool?.name ?? '',
    tool_type: tool?.type ?? '',
    tool_call_id: tool?.call_id ?? '',
    tool_call_index: tool?.call_index ?? -1,
    tool_protocol: tool?.protocol ?? '',
    tool_server: tool?.server ?? '',
    tool_session_id: tool?.session_id ?? '',
    tool_effect: tool?.effect ?? '',
    tool_definition_hash: tool?.definition_hash ?? '',
    approval_id: tool?.approval_id ?? '',
    retrieval_source: retrieval?.source_id ?? '',
    retrieval_top_k: retrieval?.top_k ?? 0,
    retrieval_documents: (retrieval?.documents ?? []).map((document) => ({
      id: document.id,
      score: document.score ?? NaN,
      version: document.version ?? '',
    })),
    memory_operation: memory?.operation ?? '',
    memory_store_id: memory?.store_id ?? '',
    memory_record_id: memory?.record_id ?? '',
    memory_source_trust: memory?.source_trust ?? '',
  };
}

function decisionColumns({ decision }: AgentEvent) {
  return {
    decision_id: decision?.id ?? '',
    decision_type: decision?.type ?? '',
    decision_chosen: decision?.chosen ?? '',
    confidence: decision?.confidence ?? NaN,
    confidence_kind: decision?.confidence_kind ?? '',
    propensity: decision?.propensity ?? NaN,
    irreversible: decision?.irreversible ?? false,
    alternatives: (decision?.alternatives ?? []).map((alternative) => ({
      label: alternative.label,
      score: alternative.score ?? NaN,
      propensity: alternative.propensity ?? NaN,
    })),
    rationale: decision?.rationale?.inline ?? '',
  };
}
