// The columns of the rarer records: guardrail, evaluation, handoff, feedback, outcome, state_change.
// Apart from governed-row.ts only for length; same guarantees. Example: outcomeColumns(event).outcome_kpi
import type { AgentEvent } from './agent-event.ts';

export function guardrailColumns({ guardrail, evaluation }: AgentEvent) {
  return {
    guardrail_component: guardrail?.component ?? '',
    guardrail_policy_id: guardrail?.policy_id ?? '',
    guardrail_policy_version: guardrail?.policy_version ?? '',
    guardrail_rule_id: guardrail?.rule_id ?? '',
    guardrail_target_type: guardrail?.target_type ?? '',
    guardrail_target_subtype: guardrail?.target_subtype ?? '',
    guardrail_target_id: guardrail?.target_id ?? '',
    guardrail_verdict: guardrail?.verdict ?? '',
    guardrail_action: guardrail?.action ?? '',
    guardrail_mode: guardrail?.mode ?? '',
    guardrail_native_result: guardrail?.native_result ?? '',
    guardrail_reason: guardrail?.reason ?? '',
    risk_category: guardrail?.risk_category ?? '',
    risk_score: guardrail?.risk_score ?? NaN,
    guardrail_severity: guardrail?.severity ?? '',
    content_modified: guardrail?.content_modified ?? false,
    guardrail_labels: guardrail?.labels ?? [],
    evaluation_name: evaluation?.name ?? '',
    evaluation_score: evaluation?.score ?? NaN,
    evaluation_label: evaluation?.label ?? '',
    annotator_kind: evaluation?.annotator_kind ?? '',
    evaluator: evaluation?.evaluator ?? '',
    evaluation_target_type: evaluation?.target_type ?? '',
    evaluation_target_id: evaluation?.target_id ?? '',
    evaluation_explanation: evaluation?.explanation ?? '',
  };
}

export function outcomeColumns({ handoff, feedback, outcome, state_change: change }: AgentEvent) {
  return {
    handoff_from: handoff?.from_agent ?? '',
    handoff_to: handoff?.to_agent ?? '',
    handoff_mode: handoff?.mode ?? '',
    handoff_protocol: handoff?.protocol ?? '',
    handoff_task_id: handoff?.task_id ?? '',
    handoff_task_state: handoff?.task_state ?? '',
    feedback_type: feedback?.type ?? '',
    feedback_decision: feedback?.decision ?? '',
    feedback_score: feedback?.score ?? NaN,
    feedback_target_id: feedback?.target_id ?? '',
    feedback_comment: feedback?.comment?.inline ?? '',
    outcome_kpi: outcome?.kpi ?? '',
    outcome_value: outcome?.value ?? NaN,
    outcome_unit: outcome?.unit ?? '',
    outcome_success: successOf(outcome?.success),
    outcome_decision_id: outcome?.decision_id ?? '',
    outcome_target_id: outcome?.target_id ?? '',
    state_entity: change?.entity ?? '',
    state_entity_id: change?.entity_id ?? '',
    state_from: change?.from_state ?? '',
    state_to: change?.to_state ?? '',
  };
}

function successOf(success: boolean | null | undefined): number {
  if (success === null || success === undefined) return -1;
  return success ? 1 : 0;
}
