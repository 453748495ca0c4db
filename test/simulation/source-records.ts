// What producers send in the simulation, and what must become of it: the plain reference model.
// Each kind of record is bad for another step of the journey, and its fate is known beforehand.
// Guarantees: every value is different, so that a value alone tells what was sent.
// Example: const sent = sourceRecord(7, 'badId', nowMs); sent.fate // dead letter, SPINE_EVENT_ID
import type { AgentEvent } from '@agentspine/event/agent-event';
import { agentEvent, producer } from '@agentspine/event/build';
import { encodeEvent, EVENT_SCHEMAS } from './governed-codec.ts';

/** Expected columns of the stored row, or code and stage of the dead letter. */
export type ExpectedFate =
  | { readonly is: 'row'; readonly columns: object; readonly verdicts: readonly string[] }
  | { readonly is: 'dead_letter'; readonly code: string; readonly stage: string };

export type SourceRecord = {
  readonly kind: RecordKind;
  readonly value: Buffer;
  readonly fate: ExpectedFate;
};

/** Names of events that a step of the simulated rulebook does not survive. */
export const BREAKS = {
  pseudonymize: 'breaks pseudonymize',
  judge: 'breaks judge',
  encode: 'breaks encode',
} as const;
export const RULE_ID = 'every-third';
export const RECORD_BYTES_MAX = 2_000;

const BAD = {
  short: ['SPINE_RECORD_FRAME', 'decode'],
  magic: ['SPINE_RECORD_FRAME', 'decode'],
  schema: ['SPINE_RECORD_SCHEMA_UNKNOWN', 'decode'],
  cut: ['SPINE_RECORD_AVRO', 'decode'],
  large: ['SPINE_RECORD_TOO_LARGE', 'decode'],
  badId: ['SPINE_EVENT_ID', 'validate'],
  badTime: ['SPINE_EVENT_TIME', 'validate'],
  pseudonymize: ['SPINE_PRIVACY_FAILED', 'pseudonymize'],
  judge: ['SPINE_POLICY_FAILED', 'judge'],
  encode: ['SPINE_ENCODE_FAILED', 'encode'],
} as const satisfies Record<string, readonly [string, string]>;

export type RecordKind = 'good' | keyof typeof BAD;
export const BAD_KINDS = Object.keys(BAD) as (keyof typeof BAD)[];

export function sourceRecord(index: number, kind: RecordKind, nowMs: number): SourceRecord {
  const schemaId = EVENT_SCHEMAS[index % EVENT_SCHEMAS.length] as number;
  const event = eventOf(index, kind, nowMs);
  const value = spoil(index, kind, Buffer.from(encodeEvent.get(schemaId)!(event)));
  if (kind !== 'good') {
    const [code, stage] = BAD[kind];
    return { kind, value, fate: { is: 'dead_letter', code, stage } };
  }
  const { event_id, tenant_id, event_time, run_id, name, attributes, seq } = event;
  const columns = { event_id, tenant_id, event_time, run_id, name, seq, attributes };
  const verdicts = index % 3 === 0 ? [RULE_ID] : [];
  const fate = { is: 'row', columns: { ...columns, schema_id: schemaId }, verdicts } as const;
  return { kind, value, fate };
}

function eventOf(index: number, kind: RecordKind, nowMs: number): AgentEvent {
  const hex = index.toString(16).padStart(12, '0');
  return agentEvent({
    event_id: kind === 'badId' ? `no id ${index}` : `0199a1b2-0000-7000-8000-${hex}`,
    tenant_id: 'acme',
    kind: 'step',
    event_time: (kind === 'badTime' ? nowMs + 1e9 : nowMs) * 1000 + index,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
    run_id: `run-${index % 4}`,
    seq: index,
    name: kind in BREAKS ? BREAKS[kind as keyof typeof BREAKS] : `event ${index}`,
    producer: producer({ service: 'simulation' }),
    attributes: { index: String(index), ...(kind === 'large' && { filler: 'x'.repeat(3_000) }) },
  });
}

function spoil(index: number, kind: RecordKind, value: Buffer): Buffer {
  // The number in it keeps the values different from each other.
  if (kind === 'short') return Buffer.from([0, index >> 8, index & 0xff]);
  if (kind === 'cut') return value.subarray(0, value.length - 3);
  if (kind === 'magic') value[0] = 9;
  if (kind === 'schema') value.writeUInt32BE(900 + index, 1);
  return value;
}
