// What an agent says about its operations: the argument types of the SDK, in camelCase;
// particulars.ts turns them into the records of schemas/agent-event.avsc, whose docs explain every
// field. Everything optional may be left out or undefined; ids, parents, times and positions are
// made by the SDK.
// Example: run.toolCall({ name: 'lookup_order', effect: 'read', input: { order_id: 'A-17' } }, ()
//   => orders.find('A-17'))
import type { Status } from '@agentspine/event/agent-event';
import type { Carrier } from './carrier.ts';

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };
export type TextMap = Readonly<Record<string, string>>;

/** An operation, as others refer to it. */
export type SpanRef = { readonly traceId: string; readonly spanId: string };

export type LinkFields = Loose<{ traceId: string; spanId: string; rel: string }>;
export type DataFields = { readonly urn: string } & Loose<{
  role: 'input' | 'output';
  version: string;
  classification: 'public' | 'internal' | 'confidential' | 'restricted';
  fields: readonly string[];
}>;

/** What every operation may carry. */
export type CommonFields = Loose<{
  /** Name for people, of low cardinality. */
  name: string;
  /** Business keys to join on; added to those of the run. */
  correlation: TextMap;
  /** What no field fits; values that are not text are kept as JSON text. */
  attributes: Readonly<Record<string, unknown>>;
  features: Readonly<Record<string, number>>;
  dataContext: readonly DataFields[];
  links: readonly LinkFields[];
  causationId: string;
  /** Which try this is, from 1; set by retry(). */
  attempt: number;
}>;

/**
 * What may be said outside of a run: which run it is about, as run.carrier() or handoff() gave it.
 */
export type AboutFields = Loose<{ about: Carrier }>;

/** What an operation that takes time may carry, at its start or through span.set(). */
export type SpanFields = CommonFields &
  Loose<{
    input: unknown;
    /** Taken from the function's return value where it is not given. */
    output: unknown;
    status: Status;
    errorType: string;
    errorMessage: string;
  }>;

export type AgentFields = Loose<{
  id: string;
  name: string;
  version: string;
  framework: string;
  promptName: string;
  promptVersion: string;
  policyBundle: string;
}>;

export type ActorFields = Loose<{
  type: 'user' | 'agent' | 'service' | 'unknown';
  id: string;
  onBehalfOf: string;
}>;

export type ModelFields = SpanFields &
  Loose<{
    operation: string;
    provider: string;
    /** Model asked for. */
    model: string;
    /** Model that answered. */
    responseModel: string;
    responseId: string;
    finishReasons: readonly string[];
    temperature: number;
    topP: number;
    maxTokens: number;
    seed: number;
    stream: boolean;
    /** Time to the first token, in nanoseconds. */
    ttftNs: number;
    inputTokens: number;
    outputTokens: number;
    cacheReadTokens: number;
    cacheWriteTokens: number;
    reasoningTokens: number;
    usageScope: 'own' | 'aggregate';
    region: string;
    /** Billionths of a US dollar. */
    costNanoUsd: number;
  }>;

export type ToolFields = SpanFields & { readonly name: string } & Loose<{
    type: 'function' | 'extension' | 'datastore';
    callId: string;
    callIndex: number;
    protocol: string;
    server: string;
    sessionId: string;
    effect: 'read' | 'write' | 'destructive';
    definitionHash: string;
    approvalId: string;
  }>;

export type DocumentFields = { readonly id: string } & Loose<{ score: number; version: string }>;
export type RetrievalFields = SpanFields &
  Loose<{ sourceId: string; topK: number; documents: readonly DocumentFields[] }>;

export type MemoryFields = SpanFields & {
  readonly operation: 'search' | 'create' | 'update' | 'upsert' | 'delete';
} & Loose<{
    storeId: string;
    recordId: string;
    sourceTrust: 'trusted' | 'untrusted' | 'unknown';
  }>;

export type AlternativeFields = { readonly label: string } & Loose<{
  score: number;
  propensity: number;
}>;
export type DecisionFields = CommonFields & {
  readonly type: string;
  readonly chosen: string;
} & Loose<{
    /** Made by the SDK where it is not given. */
    id: string;
    confidence: number;
    confidenceKind: 'probability' | 'logprob' | 'self_reported' | 'classifier' | 'judge';
    propensity: number;
    irreversible: boolean;
    alternatives: readonly AlternativeFields[];
    rationale: unknown;
    input: unknown;
  }>;

export type GuardrailFields = CommonFields & {
  readonly verdict: 'allow' | 'deny' | 'modify' | 'warn' | 'escalate' | 'unknown';
} & Loose<{
    component: string;
    policyId: string;
    policyVersion: string;
    ruleId: string;
    targetType: 'input' | 'output';
    targetSubtype: string;
    targetId: string;
    action: 'allow' | 'block' | 'modify' | 'escalate';
    mode: 'enforce' | 'shadow' | 'simulate';
    nativeResult: string;
    reason: string;
    riskCategory: string;
    riskScore: number;
    severity: 'low' | 'medium' | 'high' | 'critical';
    contentModified: boolean;
    labels: readonly string[];
  }>;

export type EvaluationFields = CommonFields &
  AboutFields & { readonly name: string } & Loose<{
    score: number;
    label: string;
    annotatorKind: 'human' | 'llm' | 'code';
    evaluator: string;
    targetType: 'span' | 'run' | 'conversation' | 'decision';
    targetId: string;
    explanation: string;
  }>;

export type HandoffFields = CommonFields & { readonly to: string } & Loose<{
    mode: 'return_to_caller' | 'pass_control';
    protocol: string;
    taskId: string;
    taskState: string;
    input: unknown;
  }>;

export type FeedbackFields = CommonFields &
  AboutFields & {
    readonly type: 'approval' | 'rating' | 'correction' | 'override';
  } & Loose<{ decision: string; score: number; targetId: string; comment: unknown }>;

export type OutcomeFields = CommonFields &
  AboutFields & { readonly kpi: string } & Loose<{
    value: number;
    unit: string;
    success: boolean;
    decisionId: string;
    targetId: string;
  }>;

export type StateChangeFields = CommonFields &
  AboutFields & { readonly entity: string } & Loose<{
    entityId: string;
    from: string;
    to: string;
  }>;

export type ErrorFields = CommonFields & AboutFields & Loose<{ input: unknown; status: Status }>;

export type RunFields = SpanFields &
  Loose<{
    /** Made by the SDK where it is not given: [A-Za-z0-9._:-]{1,128}. */
    runId: string;
    /** The conversation the run belongs to; never invented. */
    conversationId: string;
    /** Goes over the agent given to connect(). */
    agent: AgentFields;
    actor: ActorFields;
    /**
     * What handoff() or carrier() of another agent returned: go on with its trace and conversation.
     */
    continuing: Carrier;
  }>;

export type RetryOptions<E = unknown> = {
  /** Tries in all, from 1 to 100. */
  readonly attempts: number;
} & Loose<{
  /** How long to wait after a failed try, given its number; 0 where it is not given. */
  waitMs: number | ((attempt: number) => number);
  /** Whether to try again after this error; always where it is not given. */
  when: (error: E, attempt: number) => boolean;
}>;
