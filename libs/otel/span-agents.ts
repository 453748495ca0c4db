// Which agent each span of a file belongs to: the one it names, else the nearest span above that
// names one, else the agent of its trace's root. Spans whose parent is not in the file fall back to
// the root as well.
// Example: spanAgents(spans).get(spans[0]) → { id: 'any_agent', name: 'any_agent', … }
import type { Agent } from '@agentspine/event/agent-event';
import { nameHash } from './name-ids.ts';
import type { SourceSpan } from './source-span.ts';

const NAME_KEYS = ['gen_ai.agent.name', 'agent.name'];

/** Keys of a span that say who the agent is; the event's agent holds them. */
export const AGENT_KEYS = ['gen_ai.agent.id', ...NAME_KEYS, 'gen_ai.agent.version'] as const;

export function spanAgents(spans: readonly SourceSpan[]): ReadonlyMap<SourceSpan, Agent | null> {
  const byId = new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span]));
  const ofTrace = new Map<string, Agent>();
  for (const span of spans) {
    const agent = ownAgent(span);
    if (agent === null) continue;
    if (span.parentSpanId === null || !ofTrace.has(span.traceId)) ofTrace.set(span.traceId, agent);
  }
  const found = new Map<SourceSpan, Agent | null>();
  for (const span of spans) {
    found.set(span, nearestAgent(span, byId, found) ?? ofTrace.get(span.traceId) ?? null);
  }
  return found;
}

/**
 * Walks up; stops at a span already settled, so all walks together are linear. Cycles end by the
 * set of seen.
 */
function nearestAgent(
  span: SourceSpan,
  byId: ReadonlyMap<string, SourceSpan>,
  settled: ReadonlyMap<SourceSpan, Agent | null>,
): Agent | null {
  const seen = new Set<SourceSpan>();
  let at: SourceSpan | undefined = span;
  while (at !== undefined && !seen.has(at)) {
    const agent = ownAgent(at) ?? settled.get(at);
    if (agent) return agent;
    seen.add(at);
    at = at.parentSpanId === null ? undefined : byId.get(`${at.traceId}/${at.parentSpanId}`);
  }
  return null;
}

function ownAgent(span: SourceSpan): Agent | null {
  const name = textOf(span, ...NAME_KEYS);
  const id = textOf(span, 'gen_ai.agent.id') ?? name;
  if (id === null) return null;
  return {
    id: agentId(id),
    name: name ?? id,
    version: textOf(span, 'gen_ai.agent.version'),
    framework: null,
    prompt_name: null,
    prompt_version: null,
    policy_bundle: null,
  };
}

/**
 * An id the contract allows: other characters become a dash; a name with none of them becomes its
 * hash.
 */
function agentId(name: string): string {
  const id = name.replaceAll(/[^A-Za-z0-9._:/-]+/g, '-').slice(0, 128);
  return /[A-Za-z0-9]/.test(id) ? id : `agent-${nameHash([name]).slice(0, 12)}`;
}

function textOf(span: SourceSpan, ...keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = span.attributes.get(key);
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}
