// Reads the first four fields of a governed record without decoding the rest: what the sink needs
// to know of a row.
//
//   magic 0 | schema id u32 | source_offset long | previous_source_offset long |
//   source_partition int | fate enum | …
//
// Guarantees: refuses a schema that does not begin with these fields (checkPrefix), and bytes that
// end before them.
// Example: const { sourceOffset, previous, isRow } = readPrefix(value, into)
import { SpineError } from '@agentspine/outcome/errors';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import type { SchemaJson } from '@agentspine/wire/schemas';

const FIELDS = ['source_offset', 'previous_source_offset', 'source_partition', 'fate'] as const;
const FATES = ['unknown', 'row', 'dead_letter'] as const;

export type Prefix = {
  sourceOffset: number;
  previous: number;
  partition: number;
  isRow: boolean;
};

/** Throws unless records of the schema begin with the fields this file reads. */
export function checkPrefix(schema: SchemaJson, schemaId: number): void {
  const fields = (schema as { fields?: { name: string; type: unknown }[] }).fields ?? [];
  const names = fields.slice(0, FIELDS.length).map((field) => field.name);
  const symbols = (fields[3]?.type as { symbols?: string[] } | undefined)?.symbols ?? [];
  const known = FATES.every((fate, index) => symbols[index] === fate);
  if (names.join() === FIELDS.join() && known) return;
  throw new SpineError('SPINE_SCHEMA_INCOMPATIBLE', {
    where: `schema ${schemaId}`,
    wanted: `a GovernedEvent beginning with ${FIELDS.join(', ')}`,
    found: names.join(', ') || 'no fields',
  });
}

/**
 * Returns undefined when the bytes end before the prefix does, or the fate is none that is stored.
 */
export function readPrefix(value: Buffer): Prefix | undefined {
  const cursor = { at: FRAME_BYTES };
  const sourceOffset = readLong(value, cursor);
  const previous = readLong(value, cursor);
  const partition = readLong(value, cursor);
  const fate = readLong(value, cursor);
  if (cursor.at > value.length || (fate !== 1 && fate !== 2)) return undefined;
  return { sourceOffset, previous, partition, isRow: fate === 1 };
}

/** Avro long: base-128 varint of a zig-zag number; exact up to 2^53. */
function readLong(buffer: Buffer, cursor: { at: number }): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = buffer[cursor.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 128;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
