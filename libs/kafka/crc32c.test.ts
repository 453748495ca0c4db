// The checksum against the check values of the standard and against the one of kafkajs.
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

const original = createRequire(import.meta.url)(
  'kafkajs/src/protocol/recordBatch/crc32C/index.js',
) as (bytes: Buffer) => number;

test('gives the check value of the standard', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  // RFC 3720, appendix B.4
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
});

test('equals the one of kafkajs on any bytes and any part of them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), fc.nat(40), (bytes, from, cut) => {
      const start = Math.min(from, bytes.length);
      const end = Math.max(start, bytes.length - cut);
      expect(crc32c(bytes, start, end)).toBe(original(Buffer.from(bytes.subarray(start, end))));
    }),
  );
});
