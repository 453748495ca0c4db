// The in-memory store: it passes the contract of every store, and has the faults of a real one.
import { describe, expect, test } from 'vitest';
import { memoryClickHouse, type Fault, type MemoryRow } from './memory-clickhouse.ts';
import type { StoreBatch } from './port.ts';
import { ClickHouseRefusal, isDataError } from './refusal.ts';
import { storeContract } from './store-contract.ts';

const COLUMNS = ['source_offset', 'fate'];

/** Stands in for Avro: one JSON array, so that half of it cannot be read. */
function container(offsets: readonly number[]): Buffer[] {
  const rows = offsets.map((source_offset) => ({ source_offset, fate: 'row', other: 'skipped' }));
  const text = Buffer.from(JSON.stringify(rows));
  return [text.subarray(0, 4), text.subarray(4)];
}

function decode(bytes: Buffer): readonly MemoryRow[] {
  return JSON.parse(bytes.toString()) as MemoryRow[];
}

function batch(offset: number, token = `t:${offset}`): StoreBatch {
  return { table: 'events', columns: COLUMNS, container: container([offset]), token, rows: 1 };
}

const offsetsIn = (rows: readonly MemoryRow[]) => rows.map((row) => row['source_offset']);

storeContract('memory', async () => {
  const store = memoryClickHouse({ decode });
  return {
    store,
    container,
    columns: COLUMNS,
    count: async (offsets) =>
      store.rows('events').filter((row) => offsets.includes(row['source_offset'] as number)).length,
    close: async () => undefined,
  };
});

describe('the twin has the faults of the real store', () => {
  function faulty(...faults: Fault[]) {
    return memoryClickHouse({ decode, fault: () => faults.shift() ?? { is: 'ok' } });
  }

  test('an insert may be applied and still fail; the repeat leaves one copy', async () => {
    const store = faulty({ is: 'appliedThenTimeout' });
    const failed = store.insert(batch(1));
    await expect(failed).rejects.toMatchObject({ code: 'SPINE_CLICKHOUSE_UNREACHABLE' });
    expect(store.rows('events')).toHaveLength(1);
    await store.insert(batch(1));
    expect(store.rows('events')).toHaveLength(1);
    expect(store.repeats).toBe(1);
  });

  test('an insert may be lost; the repeat stores it', async () => {
    const store = faulty({ is: 'timeout' });
    await expect(store.insert(batch(1))).rejects.toMatchObject({ retryable: true });
    expect(store.rows('events')).toHaveLength(0);
    await store.insert(batch(1));
    expect(store.rows('events')).toHaveLength(1);
  });

  test('a zombie insert arrives late and its token keeps it out', async () => {
    const store = faulty({ is: 'later' });
    await expect(store.insert(batch(1))).rejects.toMatchObject({ retryable: true });
    await store.insert(batch(1));
    store.release();
    expect(offsetsIn(store.rows('events'))).toEqual([1]);
  });

  test('a token older than the window is stored again, as in ClickHouse', async () => {
    const store = memoryClickHouse({ decode, window: 2 });
    for (const offset of [1, 2, 3, 1]) await store.insert(batch(offset));
    expect(offsetsIn(store.rows('events'))).toEqual([1, 2, 3, 1]);
  });

  test('a refusal is passed on and stores nothing', async () => {
    const word = { code: 16, name: 'NO_SUCH_COLUMN_IN_TABLE', message: 'x' };
    const store = faulty({ is: 'refuse', error: new ClickHouseRefusal(word, 'memory') });
    const error: unknown = await store.insert(batch(1)).catch((reason: unknown) => reason);
    expect(isDataError(error)).toBe(false);
    expect(store.rows('events')).toHaveLength(0);
  });

  test('only the columns asked for are kept', async () => {
    const store = faulty();
    await store.insert(batch(1));
    expect(store.rows('events')[0]).toEqual({ source_offset: 1, fate: 'row' });
  });

  test('an unreachable twin rejects pings', async () => {
    await expect(faulty({ is: 'timeout' }).ping()).rejects.toMatchObject({
      code: 'SPINE_CLICKHOUSE_UNREACHABLE',
    });
  });
});
