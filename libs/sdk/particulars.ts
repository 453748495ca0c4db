// From the fields an agent passed (fields.ts) to the records of the contract
// (libs/event/agent-event.ts), kind by kind. Pure apart from the reader, which counts what did not
// fit. A record's required text that is missing becomes '' or the contract's own default, and is
// counted; the worker says what it thinks of it.
// Example: toolRecord(read, { name: 'lookup_order', effect: 'read' }) → { name: 'lookup_order',
//   effect: 'read', type: null, … }
import type * as contract from '@agentspine/event/agent-event';
import type * as given from './fields.ts';
import type { Reader } from './read-values.ts';

type Body = (value: unknown) => contract.Content | null;
type Part<T> = Partial<T>;

const AGENT_ID = /^[A-Za-z0-9._:/-]{1,128}$/;

export function agentRecord(read: Reader, f: Part<given.AgentFields>): contract.Agent {
  return {
    id: read.form(f.id, AGENT_ID, 'agent.id'),
    name: read.text(f.name, 'agent.name'),
    version: read.text(f.version, 'agent.version'),
    framework: read.text(f.framework, 'agent.framework'),
    prompt_name: read.text(f.promptName, 'agent.prompt_name'),
    prompt_version: read.text(f.promptVersion, 'agent.prompt_version'),
    policy_bundle: read.text(f.policyBundle, 'agent.policy_bundle'),
  };
}

export function actorRecord(read: Reader, f: Part<given.ActorFields>): contract.Actor {
  return {
    type: read.oneOf(f.type, ['user', 'agent', 'service', 'unknown'], 'actor.type') ?? 'unknown',
    id: read.text(f.id, 'actor.id'),
    on_behalf_of: read.text(f.onBehalfOf, 'actor.on_behalf_of'),
  };
}

export function modelRecord(read: Reader, f: Part<given.ModelFields>): contract.ModelCall {
  return {
    operation: read.text(f.operation, 'model.operation') ?? 'chat',
    provider: read.text(f.provider, 'model.provider'),
    request_model: read.text(f.model, 'model.request_model'),
    response_model: read.text(f.responseModel, 'model.response_model'),
    response_id: read.text(f.responseId, 'model.response_id'),
    finish_reasons: read.texts(f.finishReasons, 'model.finish_reasons'),
    temperature: read.number(f.temperature, 'model.temperature'),
    top_p: read.number(f.topP, 'model.top_p'),
    max_tokens: read.count(f.maxTokens, 'model.max_tokens'),
    seed: read.integer(f.seed, 'model.seed'),
    stream: read.flag(f.stream, 'model.stream'),
    ttft_ns: read.count(f.ttftNs, 'model.ttft_ns'),
    input_tokens: read.count(f.inputTokens, 'model.input_tokens'),
    output_tokens: read.count(f.outputTokens, 'model.output_tokens'),
    cache_read_tokens: read.count(f.cacheReadTokens, 'model.cache_read_tokens'),
    cache_write_tokens: read.count(f.cacheWriteTokens, 'model.cache_write_tokens'),
    reasoning_tokens: read.count(f.reasoningTokens, 'model.reasoning_tokens'),
    usage_scope: read.oneOf(f.usageScope, ['own', 'aggregate'], 'model.usage_scope') ?? 'own',
    region: read.text(f.region, 'model.region'),
    cost_nano_usd: read.count(f.costNanoUsd, 'model.cost_nano_usd'),
  };
}

export function toolRecord(read: Reader, f: Part<given.ToolFields>): contract.ToolCall {
  return {
    name: read.text(f.name, 'tool.name') ?? '',
    type: read.text(f.type, 'tool.type'),
    call_id: read.text(f.callId, 'tool.call_id'),
    call_index: read.count(f.callIndex, 'tool.call_index'),
    protocol: read.text(f.protocol, 'tool.protocol'),
    server: read.text(f.server, 'tool.server'),
    session_id: read.text(f.sessionId, 'tool.session_id'),
    effect: read.oneOf(f.effect, ['read', 'write', 'destructive'], 'tool.effect'),
    definition_hash: read.text(f.definitionHash, 'tool.definition_hash'),
    approval_id: read.text(f.approvalId, 'tool.approval_id'),
  };
}

export function retrievalRecord(read: Reader, f: Part<given.RetrievalFields>): contract.Retrieval {
  return {
    source_id: read.text(f.sourceId, 'retrieval.source_id'),
    top_k: read.count(f.topK, 'retrieval.top_k'),
    documents: read.list(f.documents, 'retrieval.documents').map((entry) => {
      const document = read.fields(entry as given.DocumentFields, 'retrieval.documents');
      return {
        id: read.text(document.id, 'retrieval.documents.id') ?? '',
        score: read.number(document.score, 'retrieval.documents.score'),
        version: read.text(document.version, 'retrieval.documents.version'),
      };
    }),
  };
}

export function memoryRecord(read: Reader, f: Part<given.MemoryFields>): contract.Memory {
  return {
    operation: read.text(f.operation, 'memory.operation') ?? '',
    store_id: read.text(f.storeId, 'memory.store_id'),
    record_id: read.text(f.recordId, 'memory.record_id'),
    source_trust: read.text(f.sourceTrust, 'memory.source_trust'),
  };
}

/** `id` names the decision where the agent did not. */
export function decisionRecord(
  read: Reader,
  f: Part<given.DecisionFields>,
  id: string,
  body: Body,
): contract.Decision {
  return {
    id: read.text(f.id, 'decision.id') ?? id,
    type: read.text(f.type, 'decision.type') ?? '',
    chosen: read.text(f.chosen, 'decision.chosen') ?? '',
    confidence: read.ratio(f.confidence, 'decision.confidence'),
    confidence_kind: read.text(f.confidenceKind, 'decision.confidence_kind'),
    propensity: read.ratio(f.propensity, 'decision.propensity'),
    irreversible: read.flag(f.irreversible, 'decision.irreversible'),
    alternatives: read.list(f.alternatives, 'decision.alternatives').map((entry) => {
      const option = read.fields(entry as given.AlternativeFields, 'decision.alternatives');
      return {
        label: read.text(option.label, 'decision.alternatives.label') ?? '',
        score: read.number(option.score, 'decision.alternatives.score'),
        propensity: read.ratio(option.propensity, 'decision.alternatives.propensity'),
      };
    }),
    rationale: body(f.rationale),
  };
}

export function guardrailRecord(read: Reader, f: Part<given.GuardrailFields>): contract.Guardrail {
  return {
    component: read.text(f.component, 'guardrail.component'),
    policy_id: read.text(f.policyId, 'guardrail.policy_id'),
    policy_version: read.text(f.policyVersion, 'guardrail.policy_version'),
    rule_id: read.text(f.ruleId, 'guardrail.rule_id'),
    target_type: read.text(f.targetType, 'guardrail.target_type'),
    target_subtype: read.text(f.targetSubtype, 'guardrail.target_subtype'),
    target_id: read.text(f.targetId, 'guardrail.target_id'),
    verdict: read.text(f.verdict, 'guardrail.verdict') ?? 'unknown',
    action: read.text(f.action, 'guardrail.action'),
    mode: read.text(f.mode, 'guardrail.mode') ?? 'enforce',
    native_result: read.text(f.nativeResult, 'guardrail.native_result'),
    reason: read.text(f.reason, 'guardrail.reason'),
    risk_category: read.text(f.riskCategory, 'guardrail.risk_category'),
    risk_score: read.ratio(f.riskScore, 'guardrail.risk_score'),
    severity: read.text(f.severity, 'guardrail.severity'),
    content_modified: read.flag(f.contentModified, 'guardrail.content_modified'),
    labels: read.texts(f.labels, 'guardrail.labels'),
  };
}

export function evaluationRecord(
  read: Reader,
  f: Part<given.EvaluationFields>,
): contract.Evaluation {
  return {
    name: read.text(f.name, 'evaluation.name') ?? '',
    score: read.number(f.score, 'evaluation.score'),
    label: read.text(f.label, 'evaluation.label'),
    annotator_kind: read.text(f.annotatorKind, 'evaluation.annotator_kind') ?? 'code',
    evaluator: read.text(f.evaluator, 'evaluation.evaluator'),
    target_type: read.text(f.targetType, 'evaluation.target_type') ?? 'span',
    target_id: read.text(f.targetId, 'evaluation.target_id'),
    explanation: read.text(f.explanation, 'evaluation.explanation'),
  };
}

export function handoffRecord(
  read: Reader,
  f: Part<given.HandoffFields>,
  fromAgent: string | null,
): contract.Handoff {
  return {
    from_agent: fromAgent,
    to_agent: read.text(f.to, 'handoff.to_agent'),
    mode: read.text(f.mode, 'handoff.mode') ?? 'pass_control',
    protocol: read.text(f.protocol, 'handoff.protocol'),
    task_id: read.text(f.taskId, 'handoff.task_id'),
    task_state: read.text(f.taskState, 'handoff.task_state'),
  };
}

export function feedbackRecord(
  read: Reader,
  f: Part<given.FeedbackFields>,
  body: Body,
): contract.Feedback {
  return {
    type: read.text(f.type, 'feedback.type') ?? '',
    decision: read.text(f.decision, 'feedback.decision'),
    score: read.number(f.score, 'feedback.score'),
    target_id: read.text(f.targetId, 'feedback.target_id'),
    comment: body(f.comment),
  };
}

export function outcomeRecord(
  read: Reader,
  f: Part<given.OutcomeFields>,
): contract.BusinessOutcome {
  return {
    kpi: read.text(f.kpi, 'outcome.kpi') ?? '',
    value: read.number(f.value, 'outcome.value'),
    unit: read.text(f.unit, 'outcome.unit'),
    success: read.flag(f.success, 'outcome.success'),
    decision_id: read.text(f.decisionId, 'outcome.decision_id'),
    target_id: read.text(f.targetId, 'outcome.target_id'),
  };
}

export function stateChangeRecord(
  read: Reader,
  f: Part<given.StateChangeFields>,
): contract.StateChange {
  return {
    entity: read.text(f.entity, 'state_change.entity') ?? '',
    entity_id: read.text(f.entityId, 'state_change.entity_id'),
    from_state: read.text(f.from, 'state_change.from_state'),
    to_state: read.text(f.to, 'state_change.to_state'),
  };
}
