// Frames raw Avro records of one schema as an Avro object container file, without decoding them.
//
//   'Obj' 1 | metadata map (avro.schema, avro.codec) | sync, 16 bytes |
//   count | size | records… | sync
//
// Source: Apache Avro 1.12 specification, "Object Container Files". ClickHouse takes it as FORMAT
// Avro, so a governed record reaches its row byte for byte. Example:
// containerOf(schema).frame(values, FRAME_BYTES) // Buffer[]
import { createHash } from 'node:crypto';
import type { SchemaJson } from './schemas.ts';

export type Container = {
  /**
   * values: Kafka values; the first skipBytes of each (the Confluent frame) are left out. One
   * block.
   */
  frame(values: readonly Buffer[], skipBytes: number): Buffer[];
};

export function containerOf(schema: SchemaJson): Container {
  const text = Buffer.from(JSON.stringify(schema));
  // Fixed per schema, so that equal records give equal bytes.
  const sync = createHash('sha256').update(text).digest().subarray(0, 16);
  const header = Buffer.concat([
    Buffer.from([0x4f, 0x62, 0x6a, 1]),
    long(2),
    bytes(Buffer.from('avro.schema')),
    bytes(text),
    bytes(Buffer.from('avro.codec')),
    bytes(Buffer.from('null')),
    long(0),
    sync,
  ]);
  return {
    frame(values, skipBytes) {
      const records = values.map((value) => value.subarray(skipBytes));
      const block = Buffer.concat(records);
      return [header, long(values.length), long(block.length), block, sync];
    },
  };
}

function bytes(content: Buffer): Buffer {
  return Buffer.concat([long(content.length), content]);
}

/** Avro long: zig-zag, then base-128 varint. Non-negative numbers only. */
export function long(value: number): Buffer {
  const out: number[] = [];
  let rest = value * 2;
  while (rest > 127) {
    out.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return Buffer.from(out);
}
