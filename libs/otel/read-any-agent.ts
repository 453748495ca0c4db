// Reads span files as any-agent writes them ({ spans: [{ name, context, parent, start_time, … }],
// final_output }): ids as decimal integers, times as integer nanoseconds, attributes as a plain
// object.
// Source of the shape: github.com/mozilla-ai/any-agent, tests/assets/*_trace.json.
// Example: readAnyAgent(parsed, { file: 'AGNO_trace.json', path: '$' })[0].traceId → 32 hex digits
import { inside, isObject, refuse, wantArray, wantObject, wantString } from './json-shape.ts';
import type { JsonObject, Place } from './json-shape.ts';
import { readEndNanos, readNanos, readParentId, readSpanId, readTraceId } from './span-ids.ts';
import type { SourceLink, SourceSpan, SourceSpanEvent } from './source-span.ts';

const SPAN_KEYS = [
  'name',
  'kind',
  'parent',
  'start_time',
  'end_time',
  'status',
  'context',
  'attributes',
  'links',
  'events',
  'resource',
];

/** Spans in the file's order. Keys beside `spans` are given to the root span's `rest`. */
export function readAnyAgent(value: unknown, place: Place): SourceSpan[] {
  const file = wantObject(value, place);
  const spans = wantArray(file['spans'], inside(place, 'spans')).map((span, index) =>
    readSpan(span, inside(inside(place, 'spans'), index)),
  );
  const beside = Object.entries(file).filter(([key]) => key !== 'spans');
  const root = spans.findLast((span) => span.parentSpanId === null) ?? spans.at(-1);
  return spans.map((span) => (span === root ? { ...span, rest: [...span.rest, ...beside] } : span));
}

function readSpan(value: unknown, place: Place): SourceSpan {
  const span = wantObject(value, place);
  const context = wantObject(span['context'], inside(place, 'context'));
  const parent = isObject(span['parent']) ? span['parent'] : {};
  const traceId = readTraceId(context['trace_id'], inside(inside(place, 'context'), 'trace_id'));
  const parentPlace = inside(inside(place, 'parent'), 'span_id');
  const parentSpanId = readParentId(parent['span_id'], parentPlace);
  const resource = isObject(span['resource']) ? span['resource'] : {};
  const events = listOf(span['events'], inside(place, 'events'));
  const links = listOf(span['links'], inside(place, 'links'));
  return {
    path: place.path,
    name: wantString(span['name'], inside(place, 'name')),
    traceId,
    spanId: readSpanId(context['span_id'], inside(inside(place, 'context'), 'span_id')),
    parentSpanId,
    parentRemote: parentSpanId === null ? null : booleanOf(parent['is_remote']),
    startNs: readNanos(span['start_time'], inside(place, 'start_time')),
    endNs: readEndNanos(span['end_time'], inside(place, 'end_time')),
    ...readStatus(span['status'], inside(place, 'status')),
    attributes: attributesOf(span['attributes'], inside(place, 'attributes')),
    resource: attributesOf(resource['attributes'], inside(place, 'resource')),
    events: events.map(readEvent),
    links: links.map((link, index) => readLink(link, inside(inside(place, 'links'), index))),
    rest: restOf(span, context, parent, resource, traceId),
  };
}

function readStatus(value: unknown, place: Place): Pick<SourceSpan, 'status' | 'statusMessage'> {
  if (value === undefined || value === null) return { status: 'unset', statusMessage: null };
  const status = wantObject(value, place);
  const named = status['status_code'] ?? 'unset';
  const code = typeof named === 'string' ? named.toLowerCase() : '';
  if (code !== 'unset' && code !== 'ok' && code !== 'error') {
    throw refuse(inside(place, 'status_code'), 'unset, ok or error', status['status_code']);
  }
  const { description } = status;
  return { status: code, statusMessage: typeof description === 'string' ? description : null };
}

function readEvent(value: unknown): SourceSpanEvent {
  const event = isObject(value) ? value : {};
  const { name, attributes } = event;
  return {
    name: typeof name === 'string' ? name : null,
    attributes: new Map(isObject(attributes) ? Object.entries(attributes) : []),
    raw: value,
  };
}

function readLink(value: unknown, place: Place): SourceLink {
  const link = wantObject(value, place);
  const context = isObject(link['context']) ? link['context'] : link;
  return {
    traceId: readTraceId(context['trace_id'], inside(place, 'trace_id')),
    spanId: readParentId(context['span_id'], inside(place, 'span_id')),
    more: Object.keys(link).some((key) => !['trace_id', 'span_id'].includes(key)) ? value : null,
  };
}

/** What the fields above do not say, under the key it has in the file. */
function restOf(
  span: JsonObject,
  context: JsonObject,
  parent: JsonObject,
  resource: JsonObject,
  traceId: string,
): [string, unknown][] {
  const parentTrace = parent['trace_id'];
  const known = ['trace_id', 'span_id', 'is_remote'];
  const foreign = typeof parentTrace === 'bigint' && parentTrace !== BigInt(`0x${traceId}`);
  return [
    ['span.kind', span['kind']] as const,
    ...Object.entries(span)
      .filter(([key]) => !SPAN_KEYS.includes(key))
      .map(([key, value]) => [`span.${key}`, value] as const),
    ...prefixed('context.', context, known),
    ...(context['is_remote'] === true ? [['context.is_remote', true] as const] : []),
    ...prefixed('parent.', parent, known),
    ...(foreign ? [['parent.trace_id', parentTrace] as const] : []),
    ...prefixed('resource.', resource, ['attributes']),
  ].filter(([, value]) => saysSomething(value)) as [string, unknown][];
}

function prefixed(prefix: string, from: JsonObject, known: readonly string[]): [string, unknown][] {
  return Object.entries(from)
    .filter(([key]) => !known.includes(key))
    .map(([key, value]) => [prefix + key, value]);
}

/** False for null, '' and containers that hold nothing: they carry no value to keep. */
function saysSomething(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.values(value).some(saysSomething);
}

function attributesOf(value: unknown, place: Place): ReadonlyMap<string, unknown> {
  if (value === undefined || value === null) return new Map();
  return new Map(Object.entries(wantObject(value, place)));
}

function listOf(value: unknown, place: Place): readonly unknown[] {
  return value === undefined || value === null ? [] : wantArray(value, place);
}

function booleanOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
