// What every store promises, as tests: run against ClickHouse and against the in-memory twin, so
// that what the simulation proves holds on the real engine.
// Example: storeContract('memory', async () => ({ store, container, count, columns, close }))
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSpineError } from '@agentspine/outcome/errors';
import { MAX_ROWS_PER_INSERT, type Store, type StoreBatch } from './port.ts';
import { isDataError } from './refusal.ts';

export type StoreHarness = {
  readonly store: Store;
  /** A container with one row record per source offset. */
  container(offsets: readonly number[]): Buffer[];
  readonly columns: readonly string[];
  /** Rows of table events with one of these source offsets. */
  count(offsets: readonly number[]): Promise<number>;
  close(): Promise<void>;
};

export function storeContract(name: string, open: () => Promise<StoreHarness>): void {
  describe(`a store keeps its promises: ${name}`, () => {
    let harness: StoreHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const batch = (offsets: readonly number[], token: string): StoreBatch => ({
      table: 'events',
      columns: harness.columns,
      container: harness.container(offsets),
      token,
      rows: offsets.length,
    });

    test('it answers a ping', async () => {
      await expect(harness.store.ping()).resolves.toBeUndefined();
    });

    test('the same token again leaves one copy, however often', async () => {
      const offsets = [1, 2, 3];
      for (let time = 0; time < 3; time += 1) await harness.store.insert(batch(offsets, 'c:1-3'));
      expect(await harness.count(offsets)).toBe(3);
    });

    test('the token is trusted over the data: other bytes under it are not stored', async () => {
      await harness.store.insert(batch([4], 'c:4'));
      await harness.store.insert(batch([5], 'c:4'));
      expect(await harness.count([4, 5])).toBe(1);
    });

    test('the same bytes under another token are stored again', async () => {
      await harness.store.insert(batch([6], 'c:6'));
      await harness.store.insert(batch([6], 'c:6-other'));
      expect(await harness.count([6])).toBe(2);
    });

    test('two inserts of one token at the same time leave one copy', async () => {
      const twice = [batch([7, 8], 'c:7-8'), batch([7, 8], 'c:7-8')];
      await Promise.all(twice.map((one) => harness.store.insert(one)));
      expect(await harness.count([7, 8])).toBe(2);
    });

    test('bytes that cannot be read are refused as data, and leave nothing behind', async () => {
      const good = batch([9, 10], 'c:9-10');
      const bytes = Buffer.concat(good.container);
      const cut = { ...good, container: [bytes.subarray(0, bytes.length - 20)] };
      const error: unknown = await harness.store.insert(cut).catch((reason: unknown) => reason);
      expect(isSpineError(error) && error.code).toBe('SPINE_CLICKHOUSE_REFUSED');
      expect(isDataError(error)).toBe(true);
      expect(await harness.count([9, 10])).toBe(0);
      await harness.store.insert(good);
      expect(await harness.count([9, 10])).toBe(2);
    });

    test('a batch that could be cut into blocks is refused before it is sent', async () => {
      const huge = { ...batch([11], 'c:11'), rows: MAX_ROWS_PER_INSERT + 1 };
      await expect(harness.store.insert(huge)).rejects.toMatchObject({ code: 'SPINE_INTERNAL' });
      expect(await harness.count([11])).toBe(0);
    });
  });
}
