// Cutting loses nothing, keeps order, and respects every limit.
import type { LogRecord } from '@agentspine/kafka/port';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cut } from './cut.ts';

const anyRecords = fc
  .array(fc.tuple(fc.constantFrom(7, 8), fc.nat(300)), { maxLength: 60 })
  .map((shapes) =>
    shapes.map(([schemaId, size], offset): LogRecord => {
      const value = Buffer.alloc(5 + size);
      value.writeUInt32BE(schemaId, 1);
      return { offset, timestampMs: 0, key: null, value, headers: {} };
    }),
  );

it('cuts into ranges of one schema within the limits, in order, without loss', () => {
  fc.assert(
    fc.property(
      anyRecords,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 100, max: 900 }),
      (records, rowsMax, bytesMax) => {
        const ranges = cut(records, { rowsMax, bytesMax });
        expect(ranges.flatMap((range) => range.records)).toEqual(records);
        for (const range of ranges) {
          const bytes = range.records.reduce((sum, record) => sum + (record.value?.length ?? 0), 0);
          expect(range.records.length).toBeGreaterThan(0);
          expect(range.records.length).toBeLessThanOrEqual(rowsMax);
          expect(bytes <= bytesMax || range.records.length === 1).toBe(true);
          expect(
            range.records.every((record) => record.value?.readUInt32BE(1) === range.schemaId),
          ).toBe(true);
        }
      },
    ),
  );
});

it('gives a record without a schema id a range of its own kind', () => {
  const record: LogRecord = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} };
  expect(cut([record], { rowsMax: 5, bytesMax: 5 })).toEqual([{ schemaId: -1, records: [record] }]);
});
