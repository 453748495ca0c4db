// Encodes governed rows faster than column by column: the columns of records that an event has not
// (event/governed-groups) are blank, and their bytes are copied.
// Guarantees: byte for byte what createEncoder gives for the same row (governed-encoder.test.ts); a
// group that nobody said to be blank is written from its columns.
// Example: const encode = createGovernedEncoder(schemas.governedEvent, schemaId); encode(row)
import { BLANK_ROW, type GovernedRow } from '@agentspine/event/governed-columns';
import { GOVERNED_GROUPS } from '@agentspine/event/governed-groups';
import { framedEncoder } from './avro-encoder.ts';
import type { StringTap } from './fast-strings.ts';
import { AvroTap, guardedAvro as avro } from './guard-avsc.ts';
import type { SchemaJson } from './schemas.ts';

type Field = { readonly name: string };
type Segment = {
  /** 0 where the columns are always written. */
  readonly bit: number;
  readonly blank: Uint8Array;
  readonly write: (tap: StringTap, row: GovernedRow) => void;
};

/** `blankGroups` are the bits of groups that are blank in the row; 0 writes every column. */
export type GovernedEncoder = (row: GovernedRow, blankGroups?: number) => Buffer;

export function createGovernedEncoder(schema: SchemaJson, schemaId: number): GovernedEncoder {
  const segments = segmentsOf(schema);
  let blankGroups = 0;
  const encode = framedEncoder<GovernedRow>((row, slab, position) => {
    const tap = new AvroTap(slab, position);
    for (let k = 0; k < segments.length; k++) {
      const { bit, blank, write } = segments[k]!;
      if ((bit & blankGroups) === 0) write(tap, row);
      else copy(blank, tap);
    }
    // Past the end only the position goes on, so that the caller learns how much was missing.
    return tap.pos > slab.length ? slab.length - tap.pos : tap.pos;
  }, schemaId);
  return (row, blank = 0) => {
    blankGroups = blank;
    return encode(row);
  };
}

function copy(bytes: Uint8Array, tap: StringTap): void {
  const { buf, pos } = tap;
  const { length } = bytes;
  tap.pos = pos + length;
  if (tap.pos > buf.length) return;
  for (let k = 0; k < length; k++) buf[pos + k] = bytes[k]!;
}

/** The schema's fields cut where a group starts or ends, each part as a record type of its own. */
function segmentsOf(schema: SchemaJson): readonly Segment[] {
  const parts: { bit: number; fields: Field[] }[] = [];
  const groups = Object.values(GOVERNED_GROUPS);
  let open: (typeof groups)[number] | undefined;
  for (const field of (schema as unknown as { fields: readonly Field[] }).fields) {
    open ??= groups.find(({ first }) => first === field.name);
    const bit = open?.bit ?? 0;
    const part = parts.at(-1);
    if (part?.bit === bit) part.fields.push(field);
    else parts.push({ bit, fields: [field] });
    if (field.name === open?.last) open = undefined;
  }
  // One registry: a type named in one part may be used in another.
  const registry = {};
  return parts.map(({ bit, fields }, index) => {
    const name = `${String(schema.name)}Part${index}`;
    const type = avro.Type.forSchema({ ...schema, name, fields } as never, { registry });
    const { _write: write } = type as unknown as { _write: Segment['write'] };
    return { bit, blank: new Uint8Array(type.toBuffer(BLANK_ROW)), write };
  });
}
