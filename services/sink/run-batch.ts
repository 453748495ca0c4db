// Takes the batches of all governed partitions assigned to this sink, and stores each in bounded
// ranges.
// Guarantees: what is known of a partition comes from its last commit, read when the partition is
// assigned and after every error; what an old assignment still does cannot touch the new one's
// state; between two ranges a lost partition stops the work.
// Example: await reader.run(createBatchRunner(parts).handle)
import { SpineError } from '@agentspine/outcome/errors';
import type { BatchControl, LogBatch, LogReader } from '@agentspine/kafka/port';
import { cut, type Limits } from './cut.ts';
import {
  loadPartition,
  replayPending,
  storeRange,
  unseen,
  type PartitionState,
  type RangeParts,
} from './pending-range.ts';

export type RunnerParts = RangeParts & {
  readonly reader: Pick<LogReader, 'committed' | 'commit' | 'onAssigned'>;
  readonly limits: Limits;
  /** Makes the schemas of a batch known, waiting for the registry where it must. */
  readonly learnSchemas: (batch: LogBatch) => Promise<void>;
};

export function createBatchRunner(parts: RunnerParts) {
  const { topic } = parts.insert;
  let states = new Map<number, PartitionState>();

  // A new assignment starts from what is committed; what the old one still does cannot touch the
  // new states.
  parts.reader.onAssigned(() => {
    states = new Map();
  });

  const handle = async (batch: LogBatch, control: BatchControl): Promise<void> => {
    const own = states;
    const { partition } = batch;
    try {
      const state = own.get(partition) ?? (await loadPartition(parts, partition));
      own.set(partition, state);
      await parts.learnSchemas(batch);
      let records = unseen(batch, state);
      if (state.pending !== null) {
        records = await replayPending(parts, batch, state, records, control);
      }
      for (const range of cut(records, parts.limits)) {
        if (control.isStale() || own !== states) throw lost(topic, partition);
        await storeRange(parts, batch, state, range, control);
      }
    } catch (error) {
      // What is known of the partition may be behind the truth now; it is read back before the next
      // batch.
      own.delete(partition);
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
