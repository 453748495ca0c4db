// Which kind of operation a span reports: the first rule that knows it wins. The order is that of
// production ingests of several dialects (OpenTelemetry GenAI, OpenInference, OpenLLMetry, Vercel
// AI SDK, Langfuse). Unknown operation names do not end the search: any-agent's `call_llm` is a
// model call because it names a model.
// Example: classifySpan(new Map([['gen_ai.operation.name', 'execute_tool']])) → 'tool_call'
import { KINDS } from '@agentspine/event/agent-event';
import type { Kind } from '@agentspine/event/agent-event';

type Attributes = ReadonlyMap<string, unknown>;

const TRACELOOP: Readonly<Record<string, Kind>> = {
  workflow: 'step',
  task: 'step',
  agent: 'agent_run',
  tool: 'tool_call',
};

const LANGFUSE: Readonly<Record<string, Kind>> = {
  span: 'step',
  chain: 'step',
  generation: 'model_call',
  embedding: 'model_call',
  agent: 'agent_run',
  tool: 'tool_call',
  retriever: 'retrieval',
  guardrail: 'guardrail',
  evaluator: 'evaluation',
};

const OPENINFERENCE: Readonly<Record<string, Kind>> = {
  LLM: 'model_call',
  EMBEDDING: 'model_call',
  RERANKER: 'model_call',
  CHAIN: 'step',
  PROMPT: 'step',
  RETRIEVER: 'retrieval',
  TOOL: 'tool_call',
  AGENT: 'agent_run',
  GUARDRAIL: 'guardrail',
  EVALUATOR: 'evaluation',
};

/**
 * gen_ai.operation.name of the OpenTelemetry registry, its drafts, and Vercel's agent_step, rerank
 * and decide.
 */
const OPERATIONS: Readonly<Record<string, Kind>> = {
  chat: 'model_call',
  generate_content: 'model_call',
  text_completion: 'model_call',
  embeddings: 'model_call',
  rerank: 'model_call',
  fetch_response: 'model_call',
  invoke_agent: 'agent_run',
  create_agent: 'agent_run',
  invoke_workflow: 'step',
  agent_step: 'step',
  plan: 'decision',
  decide: 'decision',
  execute_tool: 'tool_call',
  retrieval: 'retrieval',
  apply_guardrail: 'guardrail',
  run_guardrail: 'guardrail',
};

/** Keys that name the model that answered, best first. */
export const RESPONSE_MODEL_KEYS = [
  'gen_ai.response.model',
  'ai.response.model',
  'llm.response.model_name',
] as const;

/** Keys that name the model asked for, best first. */
export const REQUEST_MODEL_KEYS = [
  'langfuse.observation.model.name',
  'ai.model.id',
  'gen_ai.request.model',
  'llm.request.model_name',
  'llm.model_name',
  'model',
] as const;

type Rule = (attributes: Attributes) => Kind | undefined;

const RULES: readonly Rule[] = [
  (a) => KINDS.find((kind) => kind !== 'unknown' && kind === a.get('agentspine.kind')),
  (a) => (a.get('mcp.method.name') === 'tools/call' ? 'tool_call' : undefined),
  (a) => (isHandoff(a) ? 'handoff' : undefined),
  (a) => look(TRACELOOP, a.get('traceloop.span.kind')),
  (a) => look(LANGFUSE, a.get('langfuse.observation.type')),
  (a) => look(OPENINFERENCE, a.get('openinference.span.kind')),
  (a) => operationKind(a.get('gen_ai.operation.name')),
  vercelKind,
  (a) => (a.has('gen_ai.tool.name') || a.has('gen_ai.tool.call.id') ? 'tool_call' : undefined),
  (a) => (namesModel(a) ? 'model_call' : undefined),
];

export function classifySpan(attributes: Attributes): Kind {
  for (const rule of RULES) {
    const kind = rule(attributes);
    if (kind !== undefined) return kind;
  }
  return 'step';
}

function isHandoff(a: Attributes): boolean {
  const marks = ['a2a.method.name', 'gen_ai.transfer.target.name', 'gen_ai.caller.name'];
  return marks.some((key) => typeof a.get(key) === 'string');
}

function operationKind(operation: unknown): Kind | undefined {
  if (typeof operation !== 'string') return undefined;
  if (/^(create|update|upsert|search|delete)_memory(_store)?$/.test(operation)) return 'memory';
  return look(OPERATIONS, operation);
}

/**
 * Vercel AI SDK before @ai-sdk/otel: only the inner do… span is the model call, the outer repeats
 * it.
 */
function vercelKind(a: Attributes): Kind | undefined {
  const id = a.get('ai.operationId') ?? a.get('operation.name');
  if (typeof id !== 'string' || !id.startsWith('ai.')) return undefined;
  if (id === 'ai.toolCall') return 'tool_call';
  if (!namesModel(a)) return undefined;
  return /\.do(Generate|Stream|Embed)\b/.test(id) ? 'model_call' : 'agent_run';
}

function namesModel(a: Attributes): boolean {
  return [...RESPONSE_MODEL_KEYS, ...REQUEST_MODEL_KEYS].some((key) => Boolean(a.get(key)));
}

function look(table: Readonly<Record<string, Kind>>, key: unknown): Kind | undefined {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined;
}
