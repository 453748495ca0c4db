// The container is a valid Avro object container file: avsc reads it back.
import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { containerOf, long } from './avro-container.ts';
import { createEncoder } from './avro-encoder.ts';
import { FRAME_BYTES } from './confluent-frame.ts';

const schema = {
  type: 'record',
  name: 'Point',
  fields: [
    { name: 'x', type: 'long' },
    { name: 'label', type: 'string' },
  ],
};

describe('the Avro container', () => {
  it('carries the records as they were encoded', async () => {
    const encode = createEncoder<{ x: number; label: string }>(schema, 3);
    const points = Array.from({ length: 500 }, (_, x) => ({ x, label: `p${x}` }));
    const bytes = Buffer.concat(containerOf(schema).frame(points.map(encode), FRAME_BYTES));
    const decoder = new avro.streams.BlockDecoder();
    const read: unknown[] = [];
    decoder.on('data', (point: unknown) => read.push(point));
    decoder.end(bytes);
    await new Promise((resolve) => decoder.on('end', resolve));
    expect(JSON.parse(JSON.stringify(read))).toEqual(points);
  });

  it('gives equal bytes for equal records', () => {
    const encode = createEncoder<object>(schema, 3);
    const once = Buffer.concat(
      containerOf(schema).frame([encode({ x: 1, label: 'a' })], FRAME_BYTES),
    );
    const again = Buffer.concat(
      containerOf(schema).frame([encode({ x: 1, label: 'a' })], FRAME_BYTES),
    );
    expect(once.equals(again)).toBe(true);
  });

  it('writes longs as zig-zag varints', () => {
    expect([...long(0)]).toEqual([0]);
    expect([...long(64)]).toEqual([0x80, 1]);
    expect([...long(2 ** 40)]).toEqual([...avro.Type.forSchema('long').toBuffer(2 ** 40)]);
  });
});
