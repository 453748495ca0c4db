// The reader's rule of the delivery protocol, whatever two writers interleave.
import { BLANK_ROW } from '@agentspine/event/governed-columns';
import type { LogRecord } from '@agentspine/kafka/port';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { loadSchemas } from '@agentspine/wire/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPrefix, readPrefix } from './governed-prefix.ts';
import { take } from './take.ts';

const schema = loadSchemas().governedEvent;
const encode = createEncoder<object>(schema, 9);

function fateOf(source: number, previous: number, fate: 'row' | 'dead_letter' = 'row'): Buffer {
  return encode({
    ...BLANK_ROW,
    source_offset: source,
    previous_source_offset: previous,
    source_partition: 2,
    fate,
  });
}

function log(values: readonly (Buffer | null)[]): LogRecord[] {
  return values.map((value, offset) => ({ offset, timestampMs: 0, key: null, value, headers: {} }));
}

describe('the prefix of a governed record', () => {
  it('is read from the bytes as the decoder would', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 51 }),
        fc.integer({ min: -1, max: 2 ** 31 - 1 }),
        fc.boolean(),
        (source, previous, isRow) => {
          const prefix = readPrefix(fateOf(source, previous, isRow ? 'row' : 'dead_letter'));
          expect(prefix).toEqual({ sourceOffset: source, previous, partition: 2, isRow });
        },
      ),
    );
  });

  it('is refused when the schema begins otherwise', () => {
    expect(() => checkPrefix(schema, 9)).not.toThrow();
    const moved = { ...schema, fields: (schema['fields'] as object[]).toReversed() };
    expect(() => checkPrefix(moved, 9)).toThrow(/SPINE_SCHEMA_INCOMPATIBLE schema 9/);
  });

  it('is refused when the bytes end before it', () => {
    expect(readPrefix(fateOf(300, 299).subarray(0, 7))).toBeUndefined();
  });
});

describe('taking governed records', () => {
  it('parts rows from dead letters and moves the mark', () => {
    const taken = take('t', 2, log([fateOf(0, -1), fateOf(1, 0, 'dead_letter'), fateOf(4, 1)]), -1);
    expect([taken.rows.length, taken.deadLetters.length, taken.repeats, taken.mark]).toEqual([
      2, 1, 0, 4,
    ]);
  });

  it('takes each source offset once, whatever repeats a restarted writer leaves', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.tuple(fc.nat(29), fc.nat(10)), { maxLength: 6 }),
        (total, restarts) => {
          // A writer that dies after `done` records and starts again somewhere before.
          const fates: Buffer[] = [];
          let done = -1;
          const write = (from: number, to: number): void => {
            for (let k = from; k <= to; k++) fates.push(fateOf(k, k - 1));
            done = Math.max(done, to);
          };
          for (const [at, back] of restarts) {
            const from = Math.max(0, Math.min(at, done + 1) - back);
            write(from, Math.min(total - 1, from + back));
          }
          write(Math.max(0, done), total - 1);
          const taken = take('t', 2, log(fates), -1);
          const offsets = taken.rows.map((row) => readPrefix(row)?.sourceOffset);
          expect(offsets).toEqual(Array.from({ length: total }, (_, k) => k));
        },
      ),
    );
  });

  it('stops at a hole and says where it is', () => {
    expect(() => take('agent.governed', 2, log([fateOf(0, -1), fateOf(2, 1)]), -1)).toThrow(
      'SPINE_DELIVERY_HOLE agent.governed/2/1: wanted source offset 2 to follow 0, found it follows 1',
    );
  });

  it('stops at a record that is no fate of this partition', () => {
    for (const value of [null, Buffer.from([0, 0]), Buffer.from('{"json":true}')]) {
      expect(() => take('agent.governed', 2, log([value]), -1)).toThrow(/SPINE_DELIVERY_MISMATCH/);
    }
    expect(() => take('agent.governed', 3, log([fateOf(0, -1)]), -1)).toThrow(/one of partition 2/);
  });
});
