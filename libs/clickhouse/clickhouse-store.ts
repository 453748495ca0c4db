// The sink's store on ClickHouse. Guarantees: see port.ts; a batch too large to be one block is
// refused before it is sent.
// Example: const store = clickHouseStore(connectClickHouse(options), { timeoutMs: 20_000 })
import { SpineError } from '@agentspine/outcome/errors';
import type { ClickHouse } from './connect.ts';
import { MAX_BYTES_PER_INSERT, MAX_ROWS_PER_INSERT, type Store, type StoreBatch } from './port.ts';

/**
 * timeoutMs must be shorter than the consumer group's session timeout: a zombie's insert ends
 * before a takeover replays.
 */
export function clickHouseStore(ch: ClickHouse, options: { readonly timeoutMs: number }): Store {
  return {
    insert: async (batch) => {
      assertOneBlock(batch);
      const { table, columns, container, token } = batch;
      await ch.insertAvro({ table, columns, body: container, token, timeoutMs: options.timeoutMs });
    },
    ping: () => ch.ping(),
  };
}

/** Throws SPINE_INTERNAL for a batch that could be cut into blocks. */
export function assertOneBlock(batch: StoreBatch): void {
  const bytes = batch.container.reduce((sum, piece) => sum + piece.length, 0);
  if (batch.rows <= MAX_ROWS_PER_INSERT && bytes <= MAX_BYTES_PER_INSERT) return;
  throw new SpineError('SPINE_INTERNAL', {
    where: `insert into ${batch.table}`,
    wanted: `at most ${MAX_ROWS_PER_INSERT} rows and ${MAX_BYTES_PER_INSERT} bytes`,
    found: `${batch.rows} rows, ${bytes} bytes`,
  });
}
