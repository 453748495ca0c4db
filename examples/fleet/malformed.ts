// Records that no worker can accept, one of each sort, for the dead-letter exit: the value as it
// would be on the topic, the key, the code it ends under and why.
// Example: for (const { key, value } of malformed({ seed: 7, now: new Date(), encode })) await
//   writer.send([{ …, key, value }])
import type { AgentEvent } from '@agentspine/event/agent-event';
import { agentEvent, content, decision, producer } from '@agentspine/event/build';
import type { SpineErrorCode } from '@agentspine/outcome/errors';
import { createIds } from '@agentspine/sdk/ids';
import { Dice } from './dice.ts';

export type Malformed = {
  readonly key: string;
  readonly value: Buffer;
  readonly code: SpineErrorCode;
  readonly why: string;
};

export type MalformedOptions = {
  readonly seed: number;
  readonly now: Date;
  /** The frame of the Confluent wire format and Avro, as for events that are well. */
  readonly encode: (event: AgentEvent) => Buffer;
};

const FRAME_BYTES = 5;
const UNKNOWN_SCHEMA_ID = 0x7ffffff0;
/** A text that is nowhere else, to be overwritten with bytes that are no UTF-8. */
const MARK = 'broken-text-here';

export function malformed({ seed, now, encode }: MalformedOptions): readonly Malformed[] {
  const dice = new Dice(seed).fork(99);
  const ids = createIds((into) => dice.fill(into));
  const nowUs = now.getTime() * 1000;
  const base = (fields: Partial<AgentEvent> = {}): AgentEvent =>
    agentEvent({
      event_id: ids.eventId(nowUs),
      tenant_id: 'acme-retail',
      kind: 'step',
      event_time: nowUs,
      trace_id: ids.traceId(),
      span_id: ids.spanId(),
      run_id: `malformed-${seed}`,
      producer: producer({ service: 'legacy-exporter', environment: 'prod' }),
      ...fields,
    });
  const of = (code: SpineErrorCode, why: string, value: Buffer): Malformed => ({
    key: `acme-retail|malformed-${seed}`,
    value,
    code,
    why,
  });
  const whole = encode(base());
  return [
    of('SPINE_RECORD_EMPTY', 'a value of no bytes', Buffer.alloc(0)),
    of('SPINE_RECORD_FRAME', 'JSON without a frame', Buffer.from(JSON.stringify(base()))),
    of('SPINE_RECORD_FRAME', 'magic byte 7', withByte(whole, 0, 7)),
    of('SPINE_RECORD_SCHEMA_UNKNOWN', 'a schema id nobody registered', withUnknownId(whole)),
    of('SPINE_RECORD_AVRO', 'Avro cut off in the middle', whole.subarray(0, whole.length >> 1)),
    of('SPINE_RECORD_AVRO', 'bytes after the record', Buffer.concat([whole, Buffer.alloc(9, 1)])),
    ...badEvents(base, nowUs).map(([code, why, event]) => of(code, why, encode(event))),
    of(
      'SPINE_EVENT_TEXT',
      'bytes that are no UTF-8',
      withBrokenText(encode(base({ input: content(MARK) }))),
    ),
  ];
}

type Base = (fields?: Partial<AgentEvent>) => AgentEvent;

/** Well-formed Avro that says what cannot be. */
function badEvents(base: Base, nowUs: number): readonly [SpineErrorCode, string, AgentEvent][] {
  const sure = decision({ id: 'd-1', type: 'refund', chosen: 'yes', confidence: 1.7 });
  return [
    ['SPINE_EVENT_ID', 'a trace id in capitals', base({ trace_id: 'A'.repeat(32) })],
    ['SPINE_EVENT_ID', 'an event id that is no UUID', base({ event_id: 'evt-17' })],
    ['SPINE_EVENT_TIME', 'milliseconds for microseconds', base({ event_time: nowUs / 1000 })],
    ['SPINE_EVENT_TIME', 'a year ahead', base({ event_time: nowUs + 365 * 86_400_000_000 })],
    ['SPINE_EVENT_VALUE', 'a confidence of 1.7', base({ kind: 'decision', decision: sure })],
    ['SPINE_EVENT_TEXT', 'a NUL in the input', base({ input: content('before\0after') })],
  ];
}

function withByte(value: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(value);
  copy[at] = byte;
  return copy;
}

function withUnknownId(value: Buffer): Buffer {
  const copy = Buffer.from(value);
  copy.writeUInt32BE(UNKNOWN_SCHEMA_ID, FRAME_BYTES - 4);
  return copy;
}

function withBrokenText(value: Buffer): Buffer {
  const copy = Buffer.from(value);
  copy.fill(0xff, copy.indexOf(MARK), copy.indexOf(MARK) + MARK.length);
  return copy;
}
