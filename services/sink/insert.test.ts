// One range, one token per table; a poison record is found by halving and is the only one refused.
import { SpineError } from '@agentspine/outcome/errors';
import type { StoreBatch } from '@agentspine/clickhouse/port';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insertRange, type InsertParts, type RangeRecords } from './insert.ts';

const POISON = Buffer.from('poison');

function partsOver(stored: StoreBatch[], refused: Buffer[]): InsertParts {
  return {
    topic: 'agent.governed',
    generation: 1,
    columnsOf: () => ['a'],
    containerOf: () => ({ frame: (values) => [...values] }),
    isDataError: (error) =>
      error instanceof SpineError && error.code === 'SPINE_CLICKHOUSE_REFUSED',
    store: {
      insert: async (batch) => {
        if (batch.container.includes(POISON)) throw new SpineError('SPINE_CLICKHOUSE_REFUSED');
        stored.push(batch);
      },
    },
    refuse: async (record) => void refused.push(record),
  };
}

const range = (rows: Buffer[], deadLetters: Buffer[] = []): RangeRecords => ({
  partition: 3,
  schemaId: 7,
  first: 100,
  last: 180,
  rows,
  deadLetters,
});

describe('storing a range', () => {
  it('names generation, topic, partition, range and table in the token', async () => {
    const stored: StoreBatch[] = [];
    await insertRange(partsOver(stored, []), range([Buffer.from('x')], [Buffer.from('y')]));
    expect(stored.map((batch) => batch.token)).toEqual([
      '1:agent.governed:3:100-180:events',
      '1:agent.governed:3:100-180:dead_letters',
    ]);
  });

  it('leaves a table alone it has nothing for', async () => {
    const stored: StoreBatch[] = [];
    await insertRange(partsOver(stored, []), range([Buffer.from('x')]));
    expect(stored.map((batch) => batch.table)).toEqual(['events']);
  });

  it('refuses exactly the poison records and stores all others once, in order, with the same tokens again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
        async (isPoison) => {
          const rows = isPoison.map((poison, index) =>
            poison ? POISON : Buffer.from(`row ${index}`),
          );
          const runs = await Promise.all(
            [0, 1].map(async () => {
              const stored: StoreBatch[] = [];
              const refused: Buffer[] = [];
              await insertRange(partsOver(stored, refused), range(rows));
              return { stored, refused };
            }),
          );
          const [once, again] = runs;
          expect(once?.stored.flatMap((batch) => batch.container)).toEqual(
            rows.filter((row) => row !== POISON),
          );
          expect(once?.refused).toEqual(rows.filter((row) => row === POISON));
          expect(again?.stored.map((batch) => batch.token)).toEqual(
            once?.stored.map((batch) => batch.token),
          );
          expect(new Set(once?.stored.map((batch) => batch.token)).size).toBe(once?.stored.length);
        },
      ),
    );
  });

  it('passes on an answer that is not about the data', async () => {
    const parts = {
      ...partsOver([], []),
      store: { insert: async () => Promise.reject(new SpineError('SPINE_CLICKHOUSE_UNREACHABLE')) },
    };
    await expect(insertRange(parts, range([Buffer.from('x')]))).rejects.toMatchObject({
      code: 'SPINE_CLICKHOUSE_UNREACHABLE',
    });
  });
});
