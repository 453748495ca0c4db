// One span as one AgentEvent. Every value of the span goes into a field, or into attributes under
// its own key: span attributes as they are called, the rest as resource.…, scope.…, span.…,
// context.… .
// Example: spanEvent(span, { tenantId: 'acme', source: 'trace.json', agent: null, repeat: 0
// }).duration_ns → 512086000
import type { Agent, AgentEvent, Link } from '@agentspine/event/agent-event';
import { agentEvent, producer } from '@agentspine/event/build';
import { classifySpan } from './classify-span.ts';
import { contentOf } from './content-of.ts';
import { attributeText, recordOf } from './json-shape.ts';
import { nameUuid } from './name-ids.ts';
import { Unclaimed } from './source-span.ts';
import type { SourceSpan } from './source-span.ts';
import { AGENT_KEYS } from './span-agents.ts';
import { spanBodies } from './span-bodies.ts';
import { spanModel } from './span-model.ts';
import { spanRecord } from './span-records.ts';

export type SpanContext = {
  readonly tenantId: string;
  readonly source: string;
  readonly agent: Agent | null;
  /** How many spans with these ids came before in the file. */
  readonly repeat: number;
};

export function spanEvent(span: SourceSpan, context: SpanContext): AgentEvent {
  const unclaimed = new Unclaimed(span.attributes);
  const resource = new Unclaimed(span.resource);
  const kind = classifySpan(span.attributes);
  const phase = span.endNs === null ? 'start' : 'end';
  const { tenantId, agent, repeat } = context;
  const where = { spanName: span.name, spanId: span.spanId, agentId: agent?.id ?? null };
  const record = spanRecord(unclaimed, kind, where);
  const model = spanModel(unclaimed, kind);
  const bodies = spanBodies(unclaimed);
  claimAgent(unclaimed, agent);
  const fields = {
    ...record,
    ...times(span),
    ...failure(span, unclaimed),
    model,
    ...bodies,
    conversation_id: conversationOf(unclaimed),
    actor: actorOf(unclaimed),
    producer: producerOf(resource),
  };
  const { output, rest } = fileOutput(span, fields.output);
  return agentEvent({
    ...fields,
    output,
    event_id: nameUuid(['otel', tenantId, span.traceId, span.spanId, phase, String(repeat)]),
    tenant_id: tenantId,
    kind,
    phase,
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentSpanId,
    parent_remote: span.parentRemote,
    links: span.links.map(linkOf),
    run_id: span.traceId,
    agent,
    name: span.name,
    attributes: attributesOf(span, context.source, unclaimed, resource, rest),
  });
}

/**
 * The agent's keys are in event.agent when they are this span's own; an id that had to be mended
 * stays too.
 */
function claimAgent(unclaimed: Unclaimed, agent: Agent | null): void {
  if (agent === null) return;
  const held = new Set([agent.id, agent.name, agent.version]);
  for (const key of AGENT_KEYS) {
    if (held.has(unclaimed.peek(key) as string | null)) unclaimed.take(key);
  }
}

function times(span: SourceSpan): Pick<AgentEvent, 'event_time' | 'start_time' | 'duration_ns'> {
  const start = micros(span.startNs);
  if (span.endNs === null) return { event_time: start, start_time: null, duration_ns: null };
  const duration = Number(span.endNs - span.startNs);
  const known = Number.isSafeInteger(duration) && duration >= 0;
  return {
    event_time: micros(span.endNs),
    start_time: start,
    duration_ns: known ? duration : null,
  };
}

function micros(nanos: bigint): number {
  return Number(nanos / 1000n);
}

/** The nanoseconds themselves, where microseconds do not say them. */
function exactTimes(span: SourceSpan): [string, unknown][] {
  const ends: [string, bigint | null][] = [
    ['span.start_time_unix_nano', span.startNs],
    ['span.end_time_unix_nano', span.endNs],
  ];
  return ends.filter(([, nanos]) => nanos !== null && nanos % 1000n !== 0n);
}

function failure(
  span: SourceSpan,
  unclaimed: Unclaimed,
): Pick<AgentEvent, 'status' | 'error_type' | 'error_message'> {
  const exception = span.events.find((event) => event.attributes.has('exception.type'));
  const named = unclaimed.takeText('error.type');
  const failed = span.status === 'error' || (span.status === 'unset' && named !== null);
  return {
    status: failed ? 'error' : span.status,
    error_type: named ?? (failed ? textOf(exception?.attributes.get('exception.type')) : null),
    error_message:
      span.statusMessage ??
      (failed ? textOf(exception?.attributes.get('exception.message')) : null),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function conversationOf(unclaimed: Unclaimed): string | null {
  return unclaimed.takeText(
    'langfuse.session.id',
    'session.id',
    'gen_ai.conversation.id',
    'metadata.langfuse_session_id',
    'ai.telemetry.metadata.sessionId',
    'traceloop.association.properties.session_id',
  );
}

function actorOf(unclaimed: Unclaimed): AgentEvent['actor'] {
  const id = unclaimed.takeText('langfuse.user.id', 'user.id', 'ai.telemetry.metadata.userId');
  return id === null ? null : { type: 'user', id, on_behalf_of: null };
}

function producerOf(resource: Unclaimed): AgentEvent['producer'] {
  const sdk = resource.takeText('telemetry.sdk.name');
  const version = sdk === null ? null : resource.takeText('telemetry.sdk.version');
  return producer({
    service: resource.takeText('service.name') ?? 'unknown_service',
    service_version: resource.takeText('service.version'),
    instance: resource.takeText('service.instance.id'),
    environment: resource.takeText('deployment.environment.name', 'deployment.environment'),
    sdk: sdk === null ? null : [sdk, version].filter(Boolean).join('/'),
    source_format: 'otel-genai',
  });
}

/**
 * any-agent puts the agent's answer beside the spans: it is the root's output when the root has
 * none of its own.
 */
function fileOutput(
  span: SourceSpan,
  own: AgentEvent['output'],
): { output: AgentEvent['output']; rest: SourceSpan['rest'] } {
  const found = span.rest.find(([key]) => key === 'final_output');
  if (own !== null || found === undefined) return { output: own, rest: span.rest };
  return { output: contentOf(found[1]), rest: span.rest.filter((entry) => entry !== found) };
}

function linkOf({ traceId, spanId, more }: SourceSpan['links'][number]): Link {
  const { attributes } = (more ?? {}) as { attributes?: Record<string, unknown> };
  const rel = attributes?.['agentspine.link.rel'];
  return { trace_id: traceId, span_id: spanId, rel: typeof rel === 'string' ? rel : 'related' };
}

function attributesOf(
  span: SourceSpan,
  source: string,
  unclaimed: Unclaimed,
  resource: Unclaimed,
  rest: SourceSpan['rest'],
): Record<string, string> {
  const links = span.links.flatMap(({ more }) => (more === null ? [] : [more]));
  const entries: (readonly [string, unknown])[] = [
    ...rest,
    ...resource.left().map(([key, value]) => [`resource.${key}`, value] as const),
    ...(span.events.length > 0
      ? [['span.events', span.events.map(({ raw }) => raw)] as const]
      : []),
    ...(links.length > 0 ? [['span.links', links] as const] : []),
    ...exactTimes(span),
    ['agentspine.source', source],
    ['agentspine.path', span.path],
    ...unclaimed.left(),
  ];
  return recordOf(distinct(entries));
}

/** Entries as texts; where two of different origin have one key, the later goes under key#2. */
function distinct(entries: readonly (readonly [string, unknown])[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of entries) {
    texts.set(texts.has(key) ? `${key}#2` : key, attributeText(value));
  }
  return texts;
}
