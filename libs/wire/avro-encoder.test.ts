// Values are framed in shared memory, and none of them ever changes after it was handed out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEncoder } from './avro-encoder.ts';
import { FRAME_BYTES, readFrame } from './confluent-frame.ts';
import { guardedAvro as avro } from './guard-avsc.ts';
import type { SchemaJson } from './schemas.ts';

const schema: SchemaJson = {
  type: 'record',
  name: 'Note',
  fields: [
    { name: 'text', type: 'string' },
    { name: 'count', type: 'long' },
  ],
};
type Note = { text: string; count: number };
const type = avro.Type.forSchema(schema as never);

/** Bytes of the memory that several values share. */
const SLAB_BYTES = 256 * 1024;

describe('encoding', () => {
  it('frames every value with the id, also where one is larger than the memory they share', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2_000 }).filter((text) => text.isWellFormed()),
      fc.integer({ min: 0, max: 3 * SLAB_BYTES }).map((length) => 'x'.repeat(length)),
    );
    // avsc loses the last bit of what is below -2^52.
    const anyCount = fc.integer({ min: -(2 ** 52), max: Number.MAX_SAFE_INTEGER - 1 });
    const anyNotes = fc.array(fc.record({ text: anyText, count: anyCount }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(anyNotes, (notes) => {
        const encode = createEncoder<Note>(schema, 70_000);
        // All of them first: a later value must not touch an earlier one.
        const values = notes.map((note) => encode(note));
        expect(values.map((value) => readFrame(value))).toEqual(
          notes.map(() => ({ is: 'ok', value: 70_000 })),
        );
        const read = values.map((value) => type.fromBuffer(value.subarray(FRAME_BYTES)) as Note);
        expect(read.map(({ text, count }) => ({ text, count }))).toEqual(notes);
      }),
      { numRuns: 40 },
    );
  });

  it('fills the memory it shares to the last byte before it takes more', () => {
    const encode = createEncoder<Note>(schema, 1);
    const first = encode({ text: '', count: 0 });
    // What is left, less frame, count and the three bytes that say how long the text is.
    const rest = SLAB_BYTES - first.length - FRAME_BYTES - 1 - 3;
    const last = encode({ text: 'x'.repeat(rest), count: 0 });
    expect(last.buffer).toBe(first.buffer);
    expect(last.byteOffset + last.length).toBe(SLAB_BYTES);
    const next = encode({ text: 'y', count: 1 });
    expect(next.buffer).not.toBe(first.buffer);
    expect(type.fromBuffer(next.subarray(FRAME_BYTES))).toMatchObject({ text: 'y', count: 1 });
  });

  it('a value that does not fit the schema throws, and the next one is whole', () => {
    const encode = createEncoder<Note>(schema, 1);
    const before = encode({ text: 'before', count: 1 });
    expect(() => encode({ text: 7, count: 1 } as unknown as Note)).toThrow(/invalid "string"/);
    const after = encode({ text: 'after', count: 2 });
    expect(type.fromBuffer(before.subarray(FRAME_BYTES))).toEqual({ text: 'before', count: 1 });
    expect(type.fromBuffer(after.subarray(FRAME_BYTES))).toEqual({ text: 'after', count: 2 });
  });
});
