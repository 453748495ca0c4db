// The record of a span's kind: tool, retrieval, memory, decision, guardrail, evaluation or
// hand-off.
// Guarantee: nothing is inferred that the span does not say; guards' native results are kept as
// they are.
// Example: spanRecord(unclaimed, 'tool_call', context).tool?.name → 'get_current_time'
import type { AgentEvent, Document, Handoff, Kind } from '@agentspine/event/agent-event';
import { decision, toolCall } from '@agentspine/event/build';
import { exactJsonText } from './exact-json.ts';
import { isObject } from './json-shape.ts';
import type { Unclaimed } from './source-span.ts';

type Context = {
  readonly spanName: string;
  readonly spanId: string;
  readonly agentId: string | null;
};
type Records = Partial<AgentEvent>;

export function spanRecord(span: Unclaimed, kind: Kind, context: Context): Records {
  switch (kind) {
    case 'tool_call':
      return toolRecord(span, context);
    case 'retrieval':
      return retrievalRecord(span);
    case 'memory':
      return memoryRecord(span);
    case 'decision':
      return decisionRecord(span, context);
    case 'guardrail':
      return guardrailRecord(span);
    case 'evaluation':
      return evaluationRecord(span, context);
    case 'handoff':
      return { handoff: handoffRecord(span, context), ...onlyNamedTool(span, context) };
    default:
      return {};
  }
}

function toolRecord(span: Unclaimed, { spanName }: Context): Records {
  const isMcp = span.has('mcp.method.name');
  return {
    tool: toolCall({
      name:
        span.takeText(
          'gen_ai.tool.name',
          'tool.name',
          'ai.toolCall.name',
          'traceloop.entity.name',
        ) ?? spanName.replace(/^execute_tool /, ''),
      type: span.takeText('gen_ai.tool.type'),
      call_id: span.takeText('gen_ai.tool.call.id', 'ai.toolCall.id', 'tool.id'),
      protocol: isMcp ? 'mcp' : null,
      server: span.takeText('server.address'),
      session_id: span.takeText('mcp.session.id'),
    }),
  };
}

function onlyNamedTool(span: Unclaimed, context: Context): Records {
  return span.has('gen_ai.tool.name') ? toolRecord(span, context) : {};
}

function retrievalRecord(span: Unclaimed): Records {
  return {
    retrieval: {
      source_id: span.takeText('gen_ai.data_source.id'),
      top_k: span.takeCount('gen_ai.retrieval.top_k', 'gen_ai.request.top_k'),
      documents: documentsOf(span),
    },
  };
}

/**
 * Ids and scores of what came back; the attribute stays as well, for it may hold more than these.
 */
function documentsOf(span: Unclaimed): Document[] {
  const documents = parsedList(span.peek('gen_ai.retrieval.documents'));
  return documents.filter(isObject).flatMap(({ id, score }) => {
    if (typeof id !== 'string' && typeof id !== 'number') return [];
    return [{ id: String(id), score: typeof score === 'number' ? score : null, version: null }];
  });
}

function parsedList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return [];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

/** Stays in the attributes, where spans of other kinds have it as well. */
function operationOf(span: Unclaimed): string | null {
  const operation = span.peek('gen_ai.operation.name');
  return typeof operation === 'string' ? operation : null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : exactJsonText(value);
}

function memoryRecord(span: Unclaimed): Records {
  const operation = operationOf(span) ?? 'unknown';
  return {
    memory: {
      operation: operation.replace(/_memory(_store)?$/, ''),
      store_id: span.takeText('gen_ai.memory.store.id'),
      record_id: span.takeText('gen_ai.memory.record.id'),
      source_trust: null,
    },
  };
}

/**
 * No convention says what was chosen, so `chosen` is the operation; Vercel's ai.decision.* stay in
 * attributes.
 */
function decisionRecord(span: Unclaimed, { spanId }: Context): Records {
  const type = operationOf(span) ?? 'decision';
  return { decision: decision({ id: spanId, type, chosen: type }) };
}

/**
 * The drafts disagree and forbid reading allow or deny into native results: only an explicit
 * verdict counts.
 */
function guardrailRecord(span: Unclaimed): Records {
  const native = span.takeAny('gen_ai.guardrail.result.value', 'gen_ai.guardrail.status');
  return {
    guardrail: {
      component: span.takeText('gen_ai.guardrail.component.name', 'gen_ai.guardrail.name'),
      policy_id: span.takeText('gen_ai.guardrail.policy.id', 'gen_ai.security.policy.id'),
      policy_version: span.takeText('gen_ai.guardrail.policy.version'),
      rule_id: span.takeText('gen_ai.guardrail.policy.rule.id', 'gen_ai.security.policy.rule.id'),
      target_type: span.takeText('gen_ai.security.target.type'),
      target_subtype: span.takeText('gen_ai.security.target.subtype'),
      target_id: span.takeText('gen_ai.security.target.id'),
      verdict: span.takeText('gen_ai.security.verdict.type') ?? 'unknown',
      action: span.takeText('gen_ai.security.action.type'),
      mode: 'enforce',
      native_result: native === null ? null : textOf(native),
      reason: span.takeText('gen_ai.guardrail.result.reason', 'gen_ai.security.verdict.reason'),
      risk_category: span.takeText(
        'gen_ai.guardrail.risk.category',
        'gen_ai.security.risk.category',
      ),
      risk_score: span.takeNumber('gen_ai.guardrail.risk.score', 'gen_ai.security.risk.score'),
      severity: null,
      content_modified: span.takeBoolean('gen_ai.security.content.modified'),
      labels: [],
    },
  };
}

function evaluationRecord(span: Unclaimed, { spanName }: Context): Records {
  return {
    evaluation: {
      name: span.takeText('gen_ai.evaluation.name') ?? spanName,
      score: span.takeNumber('gen_ai.evaluation.score.value'),
      label: span.takeText('gen_ai.evaluation.score.label'),
      annotator_kind: 'code',
      evaluator: null,
      target_type: 'span',
      target_id: null,
      explanation: span.takeText('gen_ai.evaluation.explanation'),
    },
  };
}

/**
 * Tool-based: this agent hands to the transfer's target. Remote: the caller hands to this agent.
 * A2A: by task.
 */
function handoffRecord(span: Unclaimed, { agentId }: Context): Handoff {
  const caller = span.takeText('gen_ai.caller.name');
  const target = span.takeText('gen_ai.transfer.target.name');
  return {
    from_agent: caller ?? (target === null ? null : agentId),
    to_agent: target ?? (caller === null ? null : agentId),
    mode: span.takeText('gen_ai.transfer.mode'),
    protocol: span.has('a2a.method.name') ? 'a2a' : null,
    task_id: span.takeText('a2a.task.id'),
    task_state: span.takeText('a2a.task.state'),
  };
}
