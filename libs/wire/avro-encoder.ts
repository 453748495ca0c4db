// Encodes values of one schema into framed Kafka values, in slabs: one allocation serves many
// records.
// Guarantees: the buffer returned is never written again; a value that does not fit the schema
// throws before anything is kept. Example: const encode = createEncoder(schema, schemaId);
// encode(event) // Buffer: 0, id, Avro
import { FRAME_BYTES, writeFrame } from './confluent-frame.ts';
import { guardedAvro as avro } from './guard-avsc.ts';
import type { SchemaJson } from './schemas.ts';

const SLAB_BYTES = 256 * 1024;

export type Encoder<T> = (value: T) => Buffer;

/** Writes a value at a position; where it ends, or minus the bytes that the buffer fell short. */
export type EncodeInto<T> = (value: T, slab: Buffer, position: number) => number;

export function createEncoder<T>(schema: SchemaJson, schemaId: number): Encoder<T> {
  const type = avro.Type.forSchema(schema as never);
  return framedEncoder((value, slab, position) => type.encode(value, slab, position), schemaId);
}

export function framedEncoder<T>(encodeInto: EncodeInto<T>, schemaId: number): Encoder<T> {
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let position = 0;

  return (value) => {
    let end = encodeInto(value, slab, position + FRAME_BYTES);
    if (end < 0) {
      // avsc says by how many bytes the slab fell short.
      const needed = slab.length - position - end;
      slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, needed));
      position = 0;
      end = encodeInto(value, slab, FRAME_BYTES);
    }
    writeFrame(slab, position, schemaId);
    const framed = slab.subarray(position, end);
    position = end;
    return framed;
  };
}
