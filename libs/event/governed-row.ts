// Flattens a judged event into the columns of schemas/governed-event.avsc, and builds dead-letter
// markers.
// Guarantees: pure; no nulls ('' / 0 / -1 / NaN / [] / {} stand for "unknown"); the keys are the
// schema's fields in the schema's order. Columns are assigned to a copy of one blank row, so that
// all rows share one shape.
// Example: governedRow(lineage, { event, facts, pii }, verdicts)
import type { AgentEvent, Content, Decision, Link, ModelCall, ToolCall } from './agent-event.ts';
import type { Facts, Judged, Verdict } from './facts.ts';
import { GovernedRow, type Fate } from './governed-columns.ts';
import { fillDataContext, fillRareRecords } from './governed-row-records.ts';

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
  /** Only where they could be read and have their form; empty otherwise. */
  readonly eventId: string;
  readonly tenantId: string;
};

export function governedRow(
  lineage: Lineage,
  judged: Judged,
  verdicts: readonly Verdict[],
): GovernedRow {
  const { event, facts, pii } = judged;
  const row = new GovernedRow();
  fillLineage(row, lineage, 'row');
  fillIdentity(row, event, facts);
  fillAgent(row, event, facts);
  fillContent(row, event, facts);
  if (event.model !== null) fillModel(row, event.model);
  if (event.tool !== null) fillTool(row, event.tool);
  if (event.decision !== null) fillDecision(row, event.decision);
  fillRareRecords(row, event);
  if (event.data_context.length > 0) fillDataContext(row, event);
  row.features = event.features;
  row.attributes = event.attributes;
  row.redactions = pii.counts;
  row.verdicts = verdicts;
  return row;
}

/** The marker: only lineage and the dead-letter columns say anything. */
export function deadLetterRow(lineage: Lineage, mark: DeadLetterMark): GovernedRow {
  const row = new GovernedRow();
  fillLineage(row, lineage, 'dead_letter');
  row.dead_letter_code = mark.code;
  row.dead_letter_stage = mark.stage;
  row.dead_letter_cause = mark.cause;
  row.event_id = mark.eventId;
  row.tenant_id = mark.tenantId;
  return row;
}

function fillLineage(row: GovernedRow, lineage: Lineage, fate: Fate): void {
  row.source_offset = lineage.source_offset;
  row.previous_source_offset = lineage.previous_source_offset;
  row.source_partition = lineage.source_partition;
  row.fate = fate;
  row.generation = lineage.generation;
  row.ingested_at = lineage.ingested_at;
  row.schema_id = lineage.schema_id;
  row.policy_bundle = lineage.policy_bundle;
  row.key_version = lineage.key_version;
  row.price_table = lineage.price_table;
}

function fillIdentity(row: GovernedRow, event: AgentEvent, facts: Facts): void {
  row.event_id = event.event_id;
  row.tenant_id = event.tenant_id;
  row.kind = event.kind;
  row.phase = event.phase;
  row.event_time = event.event_time;
  row.start_time = facts.start_time;
  row.duration_ns = facts.duration_ns;
  row.ingest_lag_us = facts.ingest_lag_us;
  row.seq = facts.seq;
  row.trace_id = event.trace_id;
  row.span_id = event.span_id;
  row.parent_span_id = event.parent_span_id ?? '';
  row.parent_remote = event.parent_remote ?? false;
  if (event.links.length > 0) row.links = event.links.map(linkOf);
  row.run_id = event.run_id;
  row.conversation_id = event.conversation_id ?? '';
  row.causation_id = event.causation_id ?? '';
  row.attempt = event.attempt;
  row.correlation = event.correlation;
}

function fillAgent(row: GovernedRow, event: AgentEvent, facts: Facts): void {
  const { agent, actor, producer } = event;
  row.agent_id = agent?.id ?? '';
  row.agent_name = agent?.name ?? '';
  row.agent_version = agent?.version ?? '';
  row.agent_framework = agent?.framework ?? '';
  row.prompt_name = agent?.prompt_name ?? '';
  row.prompt_version = agent?.prompt_version ?? '';
  row.agent_policy_bundle = agent?.policy_bundle ?? '';
  row.owner = facts.business.owner;
  row.team = facts.business.team;
  row.criticality = facts.business.criticality;
  row.cost_center = facts.business.cost_center;
  row.kpi = facts.business.kpi;
  row.actor_type = actor?.type ?? '';
  row.actor_id = actor?.id ?? '';
  row.on_behalf_of = actor?.on_behalf_of ?? '';
  row.service = producer.service;
  row.service_version = producer.service_version ?? '';
  row.service_instance = producer.instance ?? '';
  row.environment = producer.environment ?? '';
  row.sdk = producer.sdk ?? '';
  row.source_format = producer.source_format;
  row.name = event.name ?? '';
}

function fillContent(row: GovernedRow, event: AgentEvent, facts: Facts): void {
  const { input, output } = event;
  row.status = event.status;
  row.error_type = event.error_type ?? '';
  row.error_message = event.error_message ?? '';
  row.failure_mode = facts.failure_mode;
  row.cost_nano_usd = facts.cost_nano_usd;
  row.cost_source = facts.cost_source;
  if (input !== null) fillInput(row, input);
  if (output !== null) fillOutput(row, output);
}

function fillModel(row: GovernedRow, model: ModelCall): void {
  row.model_operation = model.operation;
  row.model_provider = model.provider ?? '';
  row.request_model = model.request_model ?? '';
  row.response_model = model.response_model ?? '';
  row.response_id = model.response_id ?? '';
  row.finish_reasons = model.finish_reasons;
  row.temperature = model.temperature ?? NaN;
  row.top_p = model.top_p ?? NaN;
  row.max_tokens = model.max_tokens ?? 0;
  row.model_seed = model.seed ?? 0;
  row.stream = model.stream ?? false;
  row.model_region = model.region ?? '';
  row.ttft_ns = model.ttft_ns ?? 0;
  row.input_tokens = model.input_tokens ?? 0;
  row.output_tokens = model.output_tokens ?? 0;
  row.cache_read_tokens = model.cache_read_tokens ?? 0;
  row.cache_write_tokens = model.cache_write_tokens ?? 0;
  row.reasoning_tokens = model.reasoning_tokens ?? 0;
  row.usage_scope = model.usage_scope;
}

function fillTool(row: GovernedRow, tool: ToolCall): void {
  row.tool_name = tool.name;
  row.tool_type = tool.type ?? '';
  row.tool_call_id = tool.call_id ?? '';
  row.tool_call_index = tool.call_index ?? -1;
  row.tool_protocol = tool.protocol ?? '';
  row.tool_server = tool.server ?? '';
  row.tool_session_id = tool.session_id ?? '';
  row.tool_effect = tool.effect ?? '';
  row.tool_definition_hash = tool.definition_hash ?? '';
  row.approval_id = tool.approval_id ?? '';
}

function fillDecision(row: GovernedRow, decision: Decision): void {
  row.decision_id = decision.id;
  row.decision_type = decision.type;
  row.decision_chosen = decision.chosen;
  row.confidence = decision.confidence ?? NaN;
  row.confidence_kind = decision.confidence_kind ?? '';
  row.propensity = decision.propensity ?? NaN;
  row.irreversible = decision.irreversible ?? false;
  row.alternatives = decision.alternatives.map((alternative) => ({
    label: alternative.label,
    score: alternative.score ?? NaN,
    propensity: alternative.propensity ?? NaN,
  }));
  row.rationale = decision.rationale?.inline ?? '';
}

function fillInput(row: GovernedRow, input: Content): void {
  row.input_mime = input.mime;
  row.input = input.inline ?? '';
  row.input_ref = input.ref ?? '';
  row.input_digest = input.digest ?? '';
  row.input_bytes = input.size_bytes ?? 0;
  row.input_truncated = input.truncated;
}

function fillOutput(row: GovernedRow, output: Content): void {
  row.output_mime = output.mime;
  row.output = output.inline ?? '';
  row.output_ref = output.ref ?? '';
  row.output_digest = output.digest ?? '';
  row.output_bytes = output.size_bytes ?? 0;
  row.output_truncated = output.truncated;
}

function linkOf(link: Link): object {
  return { trace_id: link.trace_id, span_id: link.span_id ?? '', rel: link.rel };
}
