// Builds whole AgentEvents from the few fields that matter; everything else takes the default of
// the contract. Used by the SDK, the mappers and tests.
// Example: agentEvent({ event_id, tenant_id: 'acme', kind: 'step', phase: 'point', event_time,
// trace_id, span_id, run_id, producer })
import type {
  AgentEvent,
  Content,
  Decision,
  ModelCall,
  Producer,
  ToolCall,
} from './agent-event.ts';

type Needed =
  | 'event_id'
  | 'tenant_id'
  | 'kind'
  | 'event_time'
  | 'trace_id'
  | 'span_id'
  | 'run_id'
  | 'producer';

export function agentEvent(fields: Pick<AgentEvent, Needed> & Partial<AgentEvent>): AgentEvent {
  return {
    schema_rev: 1,
    phase: 'point',
    start_time: null,
    duration_ns: null,
    seq: null,
    parent_span_id: null,
    parent_remote: null,
    links: [],
    conversation_id: null,
    causation_id: null,
    attempt: 1,
    correlation: {},
    agent: null,
    actor: null,
    name: null,
    status: 'unset',
    error_type: null,
    error_message: null,
    input: null,
    output: null,
    model: null,
    tool: null,
    retrieval: null,
    memory: null,
    decision: null,
    guardrail: null,
    evaluation: null,
    handoff: null,
    feedback: null,
    outcome: null,
    state_change: null,
    data_context: [],
    features: {},
    attributes: {},
    integrity: null,
    ...fields,
  };
}

export function producer(fields: Pick<Producer, 'service'> & Partial<Producer>): Producer {
  return {
    service_version: null,
    instance: null,
    environment: null,
    sdk: null,
    source_format: 'native',
    ...fields,
  };
}

export function content(inline: string, fields: Partial<Content> = {}): Content {
  return {
    mime: 'text/plain',
    inline,
    ref: null,
    digest: null,
    size_bytes: null,
    truncated: false,
    ...fields,
  };
}

export function toolCall(fields: Pick<ToolCall, 'name'> & Partial<ToolCall>): ToolCall {
  return {
    type: null,
    call_id: null,
    call_index: null,
    protocol: null,
    server: null,
    session_id: null,
    effect: null,
    definition_hash: null,
    approval_id: null,
    ...fields,
  };
}

export function modelCall(fields: Partial<ModelCall>): ModelCall {
  return {
    operation: 'chat',
    provider: null,
    request_model: null,
    response_model: null,
    response_id: null,
    finish_reasons: [],
    temperature: null,
    top_p: null,
    max_tokens: null,
    seed: null,
    stream: null,
    ttft_ns: null,
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_write_tokens: null,
    reasoning_tokens: null,
    usage_scope: 'own',
    region: null,
    cost_nano_usd: null,
    ...fields,
  };
}

export function decision(
  fields: Pick<Decision, 'id' | 'type' | 'chosen'> & Partial<Decision>,
): Decision {
  return {
    confidence: null,
    confidence_kind: null,
    propensity: null,
    irreversible: null,
    alternatives: [],
    rationale: null,
    ...fields,
  };
}
