// The store as the sink sees it: batches in, exactly one copy kept. ClickHouse sits behind it
// (clickhouse-store.ts), and so does the in-memory twin (memory-clickhouse.ts); both pass
// store-contract.ts.
// Guarantees: insert() resolves only when the batch is in the table and in everything derived from
// it; the same token again leaves one copy; after a rejection the same bytes under the same token
// may be sent again, as often as it takes.
// Example: await store.insert({ table: 'events', columns, container, token:
// '1:agent.events:0:10-19:events', rows: 10 })

export type StoreBatch = {
  readonly table: string;
  /** Fields to store, by name; every other field of the container is skipped. Never empty. */
  readonly columns: readonly string[];
  /** An Avro object container file, in pieces. */
  readonly container: readonly Buffer[];
  /** Names the batch for ever: same token, same bytes. [A-Za-z0-9._:-]{1,255}. */
  readonly token: string;
  /** Records in the container; at most MAX_ROWS_PER_INSERT, so that one insert is one block. */
  readonly rows: number;
};

export interface Store {
  /**
   * Stores a batch once. Errors: SPINE_CLICKHOUSE_UNREACHABLE when it is not known whether the
   * batch was stored (send the same again); SPINE_CLICKHOUSE_REFUSED when the store said no:
   * isDataError() tells whether the same bytes will be refused again (bisect) or not (wait).
   */
  insert(batch: StoreBatch): Promise<void>;
  /** Resolves when the store answers, rejects with SPINE_CLICKHOUSE_UNREACHABLE otherwise. */
  ping(): Promise<void>;
}

/**
 * One insert must be one block, or a retry could be deduplicated in part; ClickHouse cuts blocks at
 * 1,048,449 rows.
 */
export const MAX_ROWS_PER_INSERT = 500_000;
/** … and blocks of a materialized view's output at 256 MiB. */
export const MAX_BYTES_PER_INSERT = 128 * 1024 * 1024;
