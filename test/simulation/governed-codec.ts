// The contract's bytes for the simulation: encoders and decoders, made once for all runs, and a
// reader of governed records that shares no code with the sink.
// Example: const { source_offset, fate } = readGoverned(value)
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { createAgentEventDecoder } from '@agentspine/wire/agent-event-codec';
import { containerOf } from '@agentspine/wire/avro-container';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import { loadSchemas, type SchemaJson } from '@agentspine/wire/schemas';
import avro from 'avsc';

const { agentEvent, governedEvent } = loadSchemas();

/** Two releases that differ in nothing but the id: a batch may hold both. */
export const EVENT_SCHEMAS = [1, 2] as const;
export const GOVERNED_SCHEMAS = [11, 12] as const;
export const GOVERNED_SCHEMA: SchemaJson = governedEvent;

export const decoder = createAgentEventDecoder(agentEvent);
for (const id of EVENT_SCHEMAS) decoder.add(id, agentEvent);

export const encodeEvent = new Map(
  EVENT_SCHEMAS.map((id) => [id as number, createEncoder<AgentEvent>(agentEvent, id)]),
);
export const encodeGoverned = new Map(
  GOVERNED_SCHEMAS.map((id) => [id as number, createEncoder<GovernedRow>(governedEvent, id)]),
);

/** The columns the checkers compare, and the store keeps. */
export const COLUMNS = [
  'source_offset',
  'previous_source_offset',
  'source_partition',
  'fate',
  'generation',
  'ingested_at',
  'schema_id',
  'policy_bundle',
  'dead_letter_code',
  'dead_letter_stage',
  'event_id',
  'tenant_id',
  'event_time',
  'run_id',
  'seq',
  'name',
  'attributes',
  'verdicts',
] as const satisfies readonly (keyof GovernedRow)[];

export type StoredRow = Pick<GovernedRow, (typeof COLUMNS)[number]>;

type Field = { readonly name: string };
const fields = (governedEvent as unknown as { fields: Field[] }).fields;
const writer = avro.Type.forSchema(governedEvent as never);
const reader = avro.Type.forSchema({
  ...governedEvent,
  fields: fields.filter(({ name }) => (COLUMNS as readonly string[]).includes(name)),
} as never);
const resolver = reader.createResolver(writer);

/** A framed governed record. */
export function readGoverned(value: Buffer): StoredRow {
  return decodeAt(value, FRAME_BYTES).value;
}

const HEADER_BYTES = containerOf(governedEvent).frame([], FRAME_BYTES)[0]?.length ?? 0;

/** The records of an Avro object container file of one block. */
export function readContainer(container: Buffer): StoredRow[] {
  const count = longAt(container, HEADER_BYTES);
  let { end } = longAt(container, count.end);
  const rows: StoredRow[] = [];
  for (let index = 0; index < count.value; index++) {
    const decoded = decodeAt(container, end);
    rows.push(decoded.value);
    end = decoded.end;
  }
  if (end + 16 !== container.length) throw new Error('the block does not end at its marker');
  return rows;
}

function decodeAt(bytes: Buffer, from: number): { value: StoredRow; end: number } {
  const decoded = reader.decode(bytes, from, resolver);
  if (decoded.offset < 0) throw new Error('the record ends too early');
  return { value: decoded.value as StoredRow, end: decoded.offset };
}

const long = avro.Type.forSchema('long');

function longAt(bytes: Buffer, from: number): { value: number; end: number } {
  const decoded = long.decode(bytes, from);
  return { value: decoded.value as number, end: decoded.offset };
}
