// The fast longs are avsc's: the bytes of the Avro specification, read back to the same number, and
// the same count of bytes where there is no room.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardedAvro as avro } from './guard-avsc.ts';

const type = avro.Type.forSchema('long');

/** Zig-zag, seven bits a byte, the lowest first (Avro 1.12, "Primitive Types"). */
function plainBytes(value: number): Buffer {
  let rest = value >= 0 ? BigInt(value) * 2n : BigInt(-value) * 2n - 1n;
  const bytes: number[] = [];
  for (; rest > 127n; rest /= 128n) bytes.push(Number(rest % 128n) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const edges = [0, 1, -1, 63, 64, -64, -65, 2 ** 28, 2 ** 30 - 1, 2 ** 30, -(2 ** 30), 2 ** 31];
const numbers = fc.oneof(
  fc.constantFrom(...edges, ...edges.map((edge) => -edge - 1), 2 ** 52, 1_795_178_051_598_776),
  fc.integer(),
  // avsc takes what is below 2^53 and loses the last bit of what is below -2^52.
  fc.maxSafeInteger().filter((value) => value >= -(2 ** 52) && value < Number.MAX_SAFE_INTEGER),
);

describe('fast longs', () => {
  it('write the bytes that Avro asks for, and are read back', () => {
    fc.assert(
      fc.property(numbers, (value) => {
        const bytes = type.toBuffer(value);
        expect(bytes).toEqual(plainBytes(value));
        expect(type.fromBuffer(bytes) === value).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('say how many bytes were missing where there is no room', () => {
    fc.assert(
      fc.property(numbers, fc.nat(12), (value, room) => {
        const needed = plainBytes(value).length;
        const end = type.encode(value, Buffer.alloc(room), 0);
        expect(end).toBe(needed <= room ? needed : room - needed);
      }),
    );
  });
});
