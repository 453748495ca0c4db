// Reads OTLP/JSON traces ({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }), the
// JSON encoding of ExportTraceServiceRequest: ids as hex text, 64-bit integers as text, attributes
// as [{ key, value: AnyValue }].
// Source: opentelemetry-proto, trace.proto and common.proto; docs/specification.md "JSON Protobuf
// Encoding".
// Example: readOtlp(parsed, { file: 'spans.json', path: '$'
// })[0].attributes.get('gen_ai.operation.name')
import { inside, isObject, refuse, wantArray, wantObject, wantString } from './json-shape.ts';
import type { JsonObject, Place } from './json-shape.ts';
import { keyValues } from './otlp-value.ts';
import { readEndNanos, readNanos, readParentId, readSpanId, readTraceId } from './span-ids.ts';
import type { SourceLink, SourceSpan, SourceSpanEvent } from './source-span.ts';

const SPAN_KEYS = [
  'name',
  'traceId',
  'spanId',
  'parentSpanId',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'status',
  'attributes',
  'links',
  'events',
];

/**
 * Bits of Span.flags: whether is-remote is known, and whether the parent is remote (trace.proto,
 * SpanFlags).
 */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

type Around = {
  readonly resource: ReadonlyMap<string, unknown>;
  readonly rest: readonly (readonly [string, unknown])[];
};

export function readOtlp(value: unknown, place: Place): SourceSpan[] {
  const request = wantObject(value, place);
  const at = inside(place, 'resourceSpans');
  return wantArray(request['resourceSpans'], at).flatMap((group, index) =>
    readResource(group, inside(at, index)),
  );
}

function readResource(value: unknown, place: Place): SourceSpan[] {
  const group = wantObject(value, place);
  const resource = isObject(group['resource']) ? group['resource'] : {};
  const at = inside(place, 'scopeSpans');
  const around: Around = {
    resource: keyValues(resource['attributes'], inside(inside(place, 'resource'), 'attributes')),
    rest: [
      ...others('resource.', resource, ['attributes']),
      ...others('resource.', group, ['resource', 'scopeSpans']),
    ],
  };
  return wantArray(group['scopeSpans'], at).flatMap((scoped, index) =>
    readScope(scoped, inside(at, index), around),
  );
}

function readScope(value: unknown, place: Place, around: Around): SourceSpan[] {
  const scoped = wantObject(value, place);
  const scope = isObject(scoped['scope']) ? scoped['scope'] : {};
  const attributes = keyValues(scope['attributes'], inside(inside(place, 'scope'), 'attributes'));
  const rest = [
    ...around.rest,
    ...others('scope.', scope, ['attributes']),
    ...[...attributes].map(([key, inner]) => [`scope.${key}`, inner] as const),
    ...others('scope.', scoped, ['scope', 'spans']),
  ];
  const at = inside(place, 'spans');
  return wantArray(scoped['spans'], at).map((span, index) =>
    readSpan(span, inside(at, index), { resource: around.resource, rest }),
  );
}

function readSpan(value: unknown, place: Place, around: Around): SourceSpan {
  const span = wantObject(value, place);
  const parentSpanId = readParentId(span['parentSpanId'], inside(place, 'parentSpanId'));
  const events = listOf(span['events'], inside(place, 'events'));
  const links = listOf(span['links'], inside(place, 'links'));
  return {
    path: place.path,
    name: wantString(span['name'], inside(place, 'name')),
    traceId: readTraceId(span['traceId'], inside(place, 'traceId')),
    spanId: readSpanId(span['spanId'], inside(place, 'spanId')),
    parentSpanId,
    parentRemote: parentSpanId === null ? null : remoteOf(span['flags']),
    startNs: readNanos(span['startTimeUnixNano'], inside(place, 'startTimeUnixNano')),
    endNs: readEndNanos(span['endTimeUnixNano'], inside(place, 'endTimeUnixNano')),
    ...readStatus(span['status'], inside(place, 'status')),
    attributes: keyValues(span['attributes'], inside(place, 'attributes')),
    resource: around.resource,
    events: events.map((event, index) => readEvent(event, inside(inside(place, 'events'), index))),
    links: links.map((link, index) => readLink(link, inside(inside(place, 'links'), index))),
    rest: [...around.rest, ...others('span.', span, SPAN_KEYS)],
  };
}

function remoteOf(flags: unknown): boolean | null {
  const bits = Number(flags ?? 0);
  return (bits & HAS_IS_REMOTE) === 0 ? null : (bits & IS_REMOTE) !== 0;
}

const STATUS = new Map<unknown, SourceSpan['status']>([
  [undefined, 'unset'],
  [0, 'unset'],
  [1, 'ok'],
  [2, 'error'],
  ['STATUS_CODE_UNSET', 'unset'],
  ['STATUS_CODE_OK', 'ok'],
  ['STATUS_CODE_ERROR', 'error'],
]);

function readStatus(value: unknown, place: Place): Pick<SourceSpan, 'status' | 'statusMessage'> {
  const object = value === undefined || value === null ? {} : wantObject(value, place);
  const status = STATUS.get(object['code']);
  if (status === undefined) throw refuse(inside(place, 'code'), '0, 1 or 2', object['code']);
  const { message } = object;
  return { status, statusMessage: typeof message === 'string' && message !== '' ? message : null };
}

function readEvent(value: unknown, place: Place): SourceSpanEvent {
  const event = wantObject(value, place);
  const { name } = event;
  const attributes = keyValues(event['attributes'], inside(place, 'attributes'));
  return {
    name: typeof name === 'string' ? name : null,
    attributes,
    raw: { ...event, attributes: Object.fromEntries(attributes) },
  };
}

function readLink(value: unknown, place: Place): SourceLink {
  const link = wantObject(value, place);
  const attributes = keyValues(link['attributes'], inside(place, 'attributes'));
  const more = Object.keys(link).some((key) => !['traceId', 'spanId'].includes(key));
  return {
    traceId: readTraceId(link['traceId'], inside(place, 'traceId')),
    spanId: readParentId(link['spanId'], inside(place, 'spanId')),
    more: more ? { ...link, attributes: Object.fromEntries(attributes) } : null,
  };
}

function others(prefix: string, from: JsonObject, known: readonly string[]): [string, unknown][] {
  return Object.entries(from)
    .filter(([key, value]) => !known.includes(key) && value !== null && value !== '')
    .map(([key, value]) => [prefix + key, value]);
}

function listOf(value: unknown, place: Place): readonly unknown[] {
  return value === undefined || value === null ? [] : wantArray(value, place);
}
