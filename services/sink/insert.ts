// Stores one range of governed records: rows to `events`, dead-letter markers to `dead_letters`,
// each one INSERT of one block.
// Guarantees: the deduplication token names generation, topic, partition, range and table, so the
// same range stored twice is stored once; the records' own bytes go in, untouched. A range the
// store refuses for its data is halved until the poison record is alone; that one is handed to
// refuse().
// Example: await insertRange(parts, { partition: 3, schemaId: 7, first: 100, last: 180, rows,
// deadLetters })
import type { Store } from '@agentspine/clickhouse/port';
import type { SpineError } from '@agentspine/outcome/errors';
import type { Container } from '@agentspine/wire/avro-container';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';

export type Table = 'events' | 'dead_letters';

export type InsertParts = {
  readonly store: Pick<Store, 'insert'>;
  readonly columnsOf: (schemaId: number, table: Table) => readonly string[];
  /** True when the same bytes will be refused again. */
  readonly isDataError: (error: unknown) => boolean;
  readonly containerOf: (schemaId: number) => Container;
  readonly topic: string;
  readonly generation: number;
  /** A single record the store refuses for good; must make it a dead letter or throw. */
  readonly refuse: (record: Buffer, token: string, error: SpineError) => Promise<void>;
};

export type RangeRecords = {
  readonly partition: number;
  readonly schemaId: number;
  readonly first: number;
  readonly last: number;
  readonly rows: readonly Buffer[];
  readonly deadLetters: readonly Buffer[];
};

export async function insertRange(parts: InsertParts, range: RangeRecords): Promise<void> {
  const token = `${parts.generation}:${parts.topic}:${range.partition}:${range.first}-${range.last}`;
  await insertHalving(parts, range.schemaId, 'events', range.rows, token);
  await insertHalving(parts, range.schemaId, 'dead_letters', range.deadLetters, token);
}

/**
 * Halves are named by their place in the range (token:part:table:start-count), so that a replay of
 * the range halves the same way and meets the same tokens. The whole range's token was never stored
 * when its data is refused: an INSERT is one block.
 */
async function insertHalving(
  parts: InsertParts,
  schemaId: number,
  table: Table,
  records: readonly Buffer[],
  rangeToken: string,
  start = 0,
): Promise<void> {
  if (records.length === 0) return;
  const isPart = start > 0 || rangeToken.endsWith(':part');
  const token = `${rangeToken}:${table}${isPart ? `:${start}-${records.length}` : ''}`;
  try {
    const container = parts.containerOf(schemaId).frame(records, FRAME_BYTES);
    const columns = parts.columnsOf(schemaId, table);
    await parts.store.insert({ table, columns, container, token, rows: records.length });
  } catch (error) {
    if (!parts.isDataError(error)) throw error;
    if (records.length === 1) {
      await parts.refuse(records[0] as Buffer, token, error as SpineError);
      return;
    }
    const middle = records.length >> 1;
    const part = rangeToken.endsWith(':part') ? rangeToken : `${rangeToken}:part`;
    await insertHalving(parts, schemaId, table, records.slice(0, middle), part, start);
    await insertHalving(parts, schemaId, table, records.slice(middle), part, start + middle);
  }
}
