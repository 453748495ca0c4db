// The columns of the rarer records: retrieval, memory, guardrail, evaluation, handoff, feedback,
// outcome, state_change, lineage. Apart from governed-row.ts only for length; same guarantees.
// Example: fillRareRecords(row, event)
import type {
  AgentEvent,
  BusinessOutcome,
  Evaluation,
  Feedback,
  Guardrail,
  Handoff,
  Memory,
  Retrieval,
  StateChange,
} from './agent-event.ts';
import type { GovernedRow } from './governed-columns.ts';

export function fillRareRecords(row: GovernedRow, event: AgentEvent): void {
  if (event.retrieval !== null) fillRetrieval(row, event.retrieval);
  if (event.memory !== null) fillMemory(row, event.memory);
  if (event.guardrail !== null) fillGuardrail(row, event.guardrail);
  if (event.evaluation !== null) fillEvaluation(row, event.evaluation);
  if (event.handoff !== null) fillHandoff(row, event.handoff);
  if (event.feedback !== null) fillFeedback(row, event.feedback);
  if (event.outcome !== null) fillOutcome(row, event.outcome);
  if (event.state_change !== null) fillStateChange(row, event.state_change);
}

export function fillDataContext(row: GovernedRow, event: AgentEvent): void {
  row.data_context = event.data_context.map((ref) => ({
    urn: ref.urn,
    role: ref.role,
    version: ref.version ?? '',
    classification: ref.classification ?? '',
    fields: ref.fields,
  }));
}

function fillRetrieval(row: GovernedRow, retrieval: Retrieval): void {
  row.retrieval_source = retrieval.source_id ?? '';
  row.retrieval_top_k = retrieval.top_k ?? 0;
  row.retrieval_documents = retrieval.documents.map((document) => ({
    id: document.id,
    score: document.score ?? NaN,
    version: document.version ?? '',
  }));
}

function fillMemory(row: GovernedRow, memory: Memory): void {
  row.memory_operation = memory.operation;
  row.memory_store_id = memory.store_id ?? '';
  row.memory_record_id = memory.record_id ?? '';
  row.memory_source_trust = memory.source_trust ?? '';
}

function fillGuardrail(row: GovernedRow, guardrail: Guardrail): void {
  row.guardrail_component = guardrail.component ?? '';
  row.guardrail_policy_id = guardrail.policy_id ?? '';
  row.guardrail_policy_version = guardrail.policy_version ?? '';
  row.guardrail_rule_id = guardrail.rule_id ?? '';
  row.guardrail_target_type = guardrail.target_type ?? '';
  row.guardrail_target_subtype = guardrail.target_subtype ?? '';
  row.guardrail_target_id = guardrail.target_id ?? '';
  row.guardrail_verdict = guardrail.verdict;
  row.guardrail_action = guardrail.action ?? '';
  row.guardrail_mode = guardrail.mode;
  row.guardrail_native_result = guardrail.native_result ?? '';
  row.guardrail_reason = guardrail.reason ?? '';
  row.risk_category = guardrail.risk_category ?? '';
  row.risk_score = guardrail.risk_score ?? NaN;
  row.guardrail_severity = guardrail.severity ?? '';
  row.content_modified = guardrail.content_modified ?? false;
  row.guardrail_labels = guardrail.labels;
}

function fillEvaluation(row: GovernedRow, evaluation: Evaluation): void {
  row.evaluation_name = evaluation.name;
  row.evaluation_score = evaluation.score ?? NaN;
  row.evaluation_label = evaluation.label ?? '';
  row.annotator_kind = evaluation.annotator_kind;
  row.evaluator = evaluation.evaluator ?? '';
  row.evaluation_target_type = evaluation.target_type;
  row.evaluation_target_id = evaluation.target_id ?? '';
  row.evaluation_explanation = evaluation.explanation ?? '';
}

function fillHandoff(row: GovernedRow, handoff: Handoff): void {
  row.handoff_from = handoff.from_agent ?? '';
  row.handoff_to = handoff.to_agent ?? '';
  row.handoff_mode = handoff.mode ?? '';
  row.handoff_protocol = handoff.protocol ?? '';
  row.handoff_task_id = handoff.task_id ?? '';
  row.handoff_task_state = handoff.task_state ?? '';
}

function fillFeedback(row: GovernedRow, feedback: Feedback): void {
  row.feedback_type = feedback.type;
  row.feedback_decision = feedback.decision ?? '';
  row.feedback_score = feedback.score ?? NaN;
  row.feedback_target_id = feedback.target_id ?? '';
  row.feedback_comment = feedback.comment?.inline ?? '';
}

function fillOutcome(row: GovernedRow, outcome: BusinessOutcome): void {
  row.outcome_kpi = outcome.kpi;
  row.outcome_value = outcome.value ?? NaN;
  row.outcome_unit = outcome.unit ?? '';
  row.outcome_success = successOf(outcome.success);
  row.outcome_decision_id = outcome.decision_id ?? '';
  row.outcome_target_id = outcome.target_id ?? '';
}

function fillStateChange(row: GovernedRow, change: StateChange): void {
  row.state_entity = change.entity;
  row.state_entity_id = change.entity_id ?? '';
  row.state_from = change.from_state ?? '';
  row.state_to = change.to_state ?? '';
}

function successOf(success: boolean | null): number {
  if (success === null) return -1;
  return success ? 1 : 0;
}
