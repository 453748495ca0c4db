// One governed partition's way into the store, exactly once: the pending-range protocol (DESIGN:
// delivery).
//   1 commit {offset: first, pending: [first, last], mark}, refused when the partition is lost, so
//     that a zombie stops here
//   2 insert with tokens that name the range
//   3 commit {offset: last + 1, mark}
// After a crash between 1 and 3 the range is pending: it is gathered again to its last record and
// stored under the same tokens.
// Example: const state = await loadPartition(parts, 3);
// await storeRange(parts, batch, state, range, control)
import { readSinkNote, writeSinkNote, type Range } from '@agentspine/event/sink-note';
import { SpineError } from '@agentspine/outcome/errors';
import type { BatchControl, LogBatch, LogReader, LogRecord } from '@agentspine/kafka/port';
import { cut, type Cut } from './cut.ts';
import { insertRange, type InsertParts } from './insert.ts';
import { take } from './take.ts';

export type RangeParts = {
  readonly reader: Pick<LogReader, 'committed' | 'commit'>;
  readonly insert: InsertParts;
  /**
   * Runs an insert again until it is answered, saying once that it waits; gives up when the
   * partition is lost.
   */
  readonly untilStored: (attempt: () => Promise<void>, control: BatchControl) => Promise<void>;
  readonly count: (stored: {
    rows: number;
    deadLetters: number;
    repeats: number;
    partition: number;
    mark: number;
    lag: number;
    /** When the broker took the newest of them. */
    timestampMs: number;
  }) => void;
};

export type PartitionState = {
  /** Governed offset that is committed. */
  next: number;
  /** Highest source offset stored. */
  mark: number;
  /** Head of the ledger, passed through. */
  chain: string;
  pending: Range | null;
  /** Records of a pending range gathered so far. */
  held: LogRecord[];
};

/** Where the partition stands by its last commit. */
export async function loadPartition(parts: RangeParts, partition: number): Promise<PartitionState> {
  const { topic, generation } = parts.insert;
  const committed = await parts.reader.committed(topic, partition);
  const { mark, chain, pending } = readSinkNote(committed, topic, partition, generation);
  return { next: committed?.offset ?? 0, mark, chain, pending, held: [] };
}

/** The records of a batch that are neither stored nor held for the pending range. */
export function unseen(batch: LogBatch, state: PartitionState): readonly LogRecord[] {
  const last = state.held.at(-1)?.offset ?? state.next - 1;
  return batch.records.filter((record) => record.offset > last);
}

/** Steps 1 to 3 for a new range. */
export async function storeRange(
  parts: RangeParts,
  batch: LogBatch,
  state: PartitionState,
  range: Cut,
  control: BatchControl,
): Promise<void> {
  const first = range.records[0]?.offset as number;
  const last = range.records.at(-1)?.offset as number;
  state.next = first;
  state.pending = [first, last];
  await commit(parts, batch.partition, state);
  await finishPending(parts, batch, state, range, control);
}

/**
 * Gathers the pending range again and, once it is whole, stores it. Returns the records behind it,
 * none while it is still being gathered. Throws SPINE_DELIVERY_HOLE when the log no longer has it.
 */
export async function replayPending(
  parts: RangeParts,
  batch: LogBatch,
  state: PartitionState,
  records: readonly LogRecord[],
  control: BatchControl,
): Promise<readonly LogRecord[]> {
  const [first, last] = state.pending as Range;
  const rest = records.filter((record) => record.offset > last);
  state.held.push(...records.filter((record) => record.offset <= last));
  if (state.held.at(-1)?.offset !== last && rest.length === 0) return [];
  const [range, ...more] = cut(state.held, { rowsMax: Infinity, bytesMax: Infinity });
  const isWhole = range?.records[0]?.offset === first && range.records.at(-1)?.offset === last;
  if (range === undefined || !isWhole || more.length > 0) {
    throw new SpineError('SPINE_DELIVERY_HOLE', {
      where: `${parts.insert.topic}/${batch.partition}`,
      wanted: `the pending range ${first} to ${last} again`,
      found: `records from ${state.held[0]?.offset ?? 'none'} to ${state.held.at(-1)?.offset ?? 'none'}`,
    });
  }
  await finishPending(parts, batch, state, range, control);
  state.held = [];
  return rest;
}

/** Steps 2 and 3; step 1 has been done, now or before a crash. */
async function finishPending(
  parts: RangeParts,
  batch: LogBatch,
  state: PartitionState,
  { schemaId, records }: Cut,
  control: BatchControl,
): Promise<void> {
  const [first, last] = state.pending as Range;
  const { partition } = batch;
  const { rows, deadLetters, repeats, mark } = take(
    parts.insert.topic,
    partition,
    records,
    state.mark,
  );
  await parts.untilStored(
    () => insertRange(parts.insert, { partition, schemaId, first, last, rows, deadLetters }),
    control,
  );
  state.mark = mark;
  state.next = last + 1;
  state.pending = null;
  await commit(parts, partition, state);
  parts.count({
    rows: rows.length,
    deadLetters: deadLetters.length,
    repeats,
    partition,
    mark,
    lag: batch.highWatermark - state.next,
    timestampMs: records.at(-1)?.timestampMs ?? 0,
  });
}

function commit(parts: RangeParts, partition: number, state: PartitionState): Promise<void> {
  const { topic, generation } = parts.insert;
  const { next, mark, chain, pending } = state;
  const metadata = writeSinkNote({ gen: generation, mark, chain, pending });
  return parts.reader.commit([{ topic, partition, offset: next, metadata }]);
}
