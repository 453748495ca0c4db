// The fast strings are the plain ones: same text, same bytes, and what is not text is noticed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readString, text, writeString, type StringTap } from './fast-strings.ts';
import { guardedAvro as avro } from './guard-avsc.ts';

const type = avro.Type.forSchema('string');

/** Length (zig-zag varint, up to 8191) and bytes, by hand. */
function plainBytes(value: string): Buffer {
  const body = Buffer.from(value, 'utf8');
  const zigzag = body.length * 2;
  const length = zigzag < 128 ? [zigzag] : [(zigzag % 128) | 0x80, zigzag >> 7];
  return Buffer.concat([Buffer.from(length), body]);
}

const anyText = fc.oneof(
  fc.string({ maxLength: 100 }),
  fc.string({ unit: 'binary', maxLength: 100 }).filter((value) => value.isWellFormed()),
);

describe('fast strings', () => {
  it('write the bytes UTF-8 asks for', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        expect(type.toBuffer(value)).toEqual(plainBytes(value));
      }),
    );
  });

  it('read back what was written, whatever was read before', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 20 }), (values) => {
        expect(values.map((value) => type.fromBuffer(plainBytes(value)) as string)).toEqual(values);
      }),
    );
  });

  it('tell strings apart whose bytes collide in the table', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => `name-${index}`);
    expect(many.map((value) => type.fromBuffer(plainBytes(value)) as string)).toEqual(many);
  });

  it.each([
    ['NUL', Buffer.from('ab\0c'), true],
    ['a broken sequence', Buffer.from([0x61, 0xc3, 0x28]), true],
    ['a genuine U+FFFD', Buffer.from('\ufffd'), false],
    ['accents', Buffer.from('Grüße'), false],
  ])('notice %s', (_, body, isOdd) => {
    text.isOdd = false;
    type.fromBuffer(Buffer.concat([Buffer.from([body.length * 2]), body]));
    expect(text.isOdd).toBe(isOdd);
  });

  it('refuse a length beyond the end, and one below zero', () => {
    for (const bytes of [Buffer.from([20, 0x61]), Buffer.from([1])]) {
      expect(() => type.fromBuffer(bytes)).toThrow('truncated buffer');
    }
    expect(readString).toBeTypeOf('function');
    expect(writeString satisfies (this: StringTap, value: string) => void).toBeTypeOf('function');
  });

  it('count on past the end of a full buffer, as avsc expects', () => {
    const value = 'x'.repeat(5_000);
    expect(type.encode(value, Buffer.alloc(10), 0)).toBeLessThan(0);
    expect(type.fromBuffer(type.toBuffer(value))).toBe(value);
  });
});
