// Stores the batches of each governed partition exactly once: the pending-range protocol (DESIGN:
// delivery).
//   1 commit {offset: first, pending: [first, last], mark}   — refused when the partition is lost, so a zombie stops here
//   2 insert with tokens that name the range
//   3 commit {offset: last + 1, mark}
// On assignment the note is read back; a pending range is gathered again to its last record and
// stored under the same tokens.
// Example: await reader.run(createBatchRunner(parts).handle)
import { readSinkNote, writeSinkNote, type Range } from '@agentspine/event/sink-note';
import { SpineError } from '@agentspine/outcome/errors';
import type { BatchControl, LogBatch, LogReader, LogRecord } from '@agentspine/kafka/port';
import { cut, type Cut, type Limits } from './cut.ts';
import { insertRange, type InsertParts } from './insert.ts';

import { take } from './take.ts';

export type RunnerParts = {
  readonly reader: LogReader;
  readonly insert: InsertParts;
  readonly limits: Limits;
  /** Makes the schemas of a batch known, waiting for the registry where it must. */
  readonly learnSchemas: (batch: LogBatch) => Promise<void>;
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
  }) => void;
};

type PartitionState = {
  next: number;
  mark: number;
  chain: string;
  pending: Range | null;
  /** Records of a pending range gathered so far. */
  held: LogRecord[];
};

export function createBatchRunner(parts: RunnerParts) {
  const { topic, generation } = parts.insert;
  let states = new Map<number, PartitionState>();

  // A new assignment starts from what is committed; what the old one still does cannot touch the
  // new states.
  parts.reader.onAssigned(() => {
    states = new Map();
  });

  const load = async (partition: number): Promise<PartitionState> => {
    const committed = await parts.reader.committed(topic, partition);
    const { mark, chain, pending } = readSinkNote(committed, topic, partition, generation);
    return { next: committed?.offset ?? 0, mark, chain, pending, held: [] };
  };

  const commit = (partition: number, state: PartitionState): Promise<void> => {
    const note = { gen: generation, mark: state.mark, chain: state.chain, pending: state.pending };
    return parts.reader.commit([
      { topic, partition, offset: state.next, metadata: writeSinkNote(note) },
    ]);
  };

  /** Steps 2 and 3; step 1 has been done, now or before a crash. */
  const store = async (
    batch: LogBatch,
    state: PartitionState,
    range: Cut,
    control: BatchControl,
  ): Promise<void> => {
    const [first, last] = state.pending as Range;
    const { partition } = batch;
    const taken = take(topic, partition, range.records, state.mark);
    const { rows, deadLetters } = taken;
    const { schemaId } = range;
    await parts.untilStored(
      () => insertRange(parts.insert, { partition, schemaId, first, last, rows, deadLetters }),
      control,
    );
    state.mark = taken.mark;
    state.next = last + 1;
    state.pending = null;
    await commit(partition, state);
    parts.count({
      rows: rows.length,
      deadLetters: deadLetters.length,
      repeats: taken.repeats,
      partition,
      mark: state.mark,
      lag: batch.highWatermark - state.next,
    });
  };

  const replay = async (
    batch: LogBatch,
    state: PartitionState,
    records: readonly LogRecord[],
    control: BatchControl,
  ): Promise<readonly LogRecord[]> => {
    const [first, last] = state.pending as Range;
    const rest = records.filter((record) => record.offset > last);
    state.held.push(...records.filter((record) => record.offset <= last));
    if (state.held.at(-1)?.offset !== last && rest.length === 0) return [];
    const [range, ...more] = cut(state.held, { rowsMax: Infinity, bytesMax: Infinity });
    const isWhole = range?.records[0]?.offset === first && range.records.at(-1)?.offset === last;
    if (range === undefined || !isWhole || more.length > 0) {
      throw new SpineError('SPINE_DELIVERY_HOLE', {
        where: `${topic}/${batch.partition}`,
        wanted: `the pending range ${first} to ${last} again`,
        found: `records from ${state.held[0]?.offset ?? 'none'} to ${state.held.at(-1)?.offset ?? 'none'}`,
      });
    }
    await store(batch, state, range, control);
    state.held = [];
    return rest;
  };

  const handle = async (batch: LogBatch, control: BatchControl): Promise<void> => {
    const own = states;
    try {
      const state = own.get(batch.partition) ?? (await load(batch.partition));
      own.set(batch.partition, state);
      await parts.learnSchemas(batch);
      const unseen = state.held.at(-1)?.offset ?? state.next - 1;
      let records = batch.records.filter((record) => record.offset > unseen);
      if (state.pending !== null) records = [...(await replay(batch, state, records, control))];
      for (const range of cut(records, parts.limits)) {
        if (control.isStale() || own !== states) throw lost(topic, batch.partition);
        const first = range.records[0]?.offset as number;
        const last = range.records.at(-1)?.offset as number;
        state.next = first;
        state.pending = [first, last];
        await commit(batch.partition, state);
        await store(batch, state, range, control);
      }
    } catch (error) {
      // What is known of the partition may be behind the truth now; it is read back before the next
      // batch.
      own.delete(batch.partition);
      throw error;
    }
  };

  return { handle };
}

function lost(topic: string, partition: number): SpineError {
  return new SpineError('SPINE_KAFKA_FENCED', {
    where: `${topic}/${partition}`,
    wanted: 'the partition to stay assigned',
    found: 'it was taken over',
  });
}
