// Runs the journey over the batches of each partition and delivers the fates: the only place of the
// worker that touches Kafka.
// Guarantees (DESIGN: delivery): fates of agent.events partition p go to agent.governed partition
// p, in order, dead letters before their markers; the source offset is committed only after the
// ack; every fate names the offset consumed before it, and that chain survives a restart in the
// commit's metadata. One batch per partition is under way while the next is decoded.
// Example: await reader.run(createBatchRunner(parts).handle)
import { readWorkerNote, writeWorkerNote } from '@agentspine/event/worker-note';
import { SpineError, isSpineError, type SpineErrorCode } from '@agentspine/outcome/errors';
import type {
  BatchControl,
  LogBatch,
  LogReader,
  LogWriter,
  OutRecord,
} from '@agentspine/kafka/port';
import { traces, type DeadLetterParts } from './dead-letter.ts';
import { journey, type Fate, type Source, type Stage, type Steps } from './journey.ts';
import { journeys, TOGETHER } from './journeys.ts';
import type { ViolationEncoder } from './violation.ts';

export type RunnerParts = {
  readonly reader: LogReader;
  readonly writer: LogWriter;
  readonly steps: Steps;
  readonly deadLetters: DeadLetterParts;
  readonly encodeViolation: ViolationEncoder;
  readonly topics: {
    readonly events: string;
    readonly governed: string;
    readonly deadletters: string;
    readonly violations: string;
  };
  readonly generation: number;
  /**
   * Makes the schemas of a batch known before the journey, waiting for the registry where it must.
   */
  readonly learnSchemas: (batch: LogBatch) => Promise<void>;
  /** Pause before a record whose exit is "retry" is tried again. */
  readonly pause: () => Promise<void>;
  /** Called after the fates of a batch were decided: rows, and the exits taken. */
  readonly done: (batch: LogBatch, rows: number, refusals: readonly Exit[]) => void;
  /** Called with an error that no retry heals; the service must stop. */
  readonly fatal: (error: unknown) => void;
};

export type Exit = { readonly stage: Stage; readonly code: SpineErrorCode };

type PartitionState = {
  /** First source offset that is still to be done. */
  next: number;
  /** Source offset done before it. */
  previous: number;
  /** Delivery and commit of the batch before. */
  underWay: Promise<void>;
};

type Delivery = {
  /** Sealed dead letters, acknowledged before anything says they exist. */
  readonly sealed: OutRecord[];
  /** What agent.governed and agent.violations get. */
  readonly fates: OutRecord[];
  rows: number;
  readonly exits: Exit[];
  /** Last source offset decided. */
  last: number;
};

export function createBatchRunner(parts: RunnerParts) {
  const { topics, generation } = parts;
  let states = new Map<number, PartitionState>();
  const settling = new Set<Promise<void>>();

  // A new assignment starts from what is committed; whatever the old one still does cannot touch
  // the new states.
  parts.reader.onAssigned(() => {
    states = new Map();
  });

  const load = async (partition: number): Promise<PartitionState> => {
    // What an earlier assignment has under way must be settled, or its commit could overtake what
    // is read here.
    await Promise.allSettled(settling);
    const committed = await parts.reader.committed(topics.events, partition);
    const previous = readWorkerNote(committed, topics.events, partition, generation);
    return { next: committed?.offset ?? 0, previous, underWay: Promise.resolve() };
  };

  const deliver = async (partition: number, { sealed, fates, last }: Delivery): Promise<void> => {
    const own = states;
    if (sealed.length > 0) await parts.writer.send(sealed);
    await parts.writer.send(fates);
    // Taken over meanwhile and given back: the group would take this commit, and it would undo what
    // the other has committed since.
    const metadata = writeWorkerNote({ gen: generation, previous: last });
    const commit = { topic: topics.events, partition, offset: last + 1, metadata };
    for (;;) {
      if (own !== states) throw lost(topics.events, partition);
      try {
        return await parts.reader.commit([commit]);
      } catch (error) {
        // No answer: the same commit again does no harm, and an idle partition would wait for ever.
        if (!isUnanswered(error)) throw error;
        await parts.pause();
      }
    }
  };

  const handOver = (partition: number, state: PartitionState, delivery: Delivery): void => {
    const own = states;
    state.next = delivery.last + 1;
    state.previous = delivery.last;
    const underWay = deliver(partition, delivery).catch((error: unknown) => {
      // The next batch of this assignment must not go on from here: handle() finds the error and
      // passes it on.
      if (own.get(partition) === state) state.underWay = Promise.reject(error);
      state.underWay.catch(() => undefined);
      if (!isFenced(error)) parts.fatal(error);
    });
    state.underWay = underWay;
    settling.add(underWay);
    void underWay.then(() => settling.delete(underWay));
  };

  const handle = async (batch: LogBatch, control: BatchControl): Promise<void> => {
    const own = states;
    const { partition } = batch;
    try {
      const state = own.get(partition) ?? (await load(partition));
      own.set(partition, state);
      await parts.learnSchemas(batch);
      const delivery = await fatesOf(parts, batch, state, control);
      parts.done(batch, delivery.rows, delivery.exits);
      await state.underWay;
      if (control.isStale() || own !== states) throw lost(topics.events, partition);
      if (delivery.fates.length > 0) handOver(partition, state, delivery);
    } catch (error) {
      // Read back what is committed before going on; nothing of this batch was handed over.
      own.delete(partition);
      throw error;
    }
  };

  return {
    handle,
    /**
     * Resolves when everything that was sent has been acknowledged and committed, or has failed.
     */
    settled: async (): Promise<void> => {
      await Promise.allSettled(settling);
    },
  };
}

function isUnanswered(error: unknown): boolean {
  return isSpineError(error) && error.code === 'SPINE_KAFKA_UNREACHABLE';
}

function isFenced(error: unknown): boolean {
  return isSpineError(error) && error.code === 'SPINE_KAFKA_FENCED';
}

function lost(topic: string, partition: number): SpineError {
  return new SpineError('SPINE_KAFKA_FENCED', {
    where: `${topic}/${partition}`,
    wanted: 'the partition to stay assigned',
    found: 'it was taken over',
  });
}

async function fatesOf(
  parts: RunnerParts,
  batch: LogBatch,
  state: PartitionState,
  control: BatchControl,
): Promise<Delivery> {
  const delivery: Delivery = { sealed: [], fates: [], rows: 0, exits: [], last: state.previous };
  // Done before the last rebalance: acknowledged and committed while this reader was rejoining.
  const records = batch.records.filter((record) => record.offset >= state.next);
  const sources = records.map((record, index): Source => {
    return {
      partition: batch.partition,
      offset: record.offset,
      previousOffset: records[index - 1]?.offset ?? state.previous,
      timestampMs: record.timestampMs,
      value: record.value,
    };
  });
  let fates: Fate[] = [];
  for (const [index, source] of sources.entries()) {
    const place = index % TOGETHER;
    if (place === 0) fates = journeys(parts.steps, sources.slice(index, index + TOGETHER));
    let fate = fates[place]!;
    while (fate.is === 'refused' && fate.exit.is === 'retry') {
      delivery.exits.push({ stage: fate.stage, code: fate.exit.code });
      await parts.pause();
      await control.heartbeat();
      fate = journey(parts.steps, source);
    }
    append(parts, delivery, records[index]!, source, fate);
    delivery.last = source.offset;
  }
  return delivery;
}

function append(
  parts: RunnerParts,
  delivery: Delivery,
  record: LogBatch['records'][number],
  source: Source,
  fate: Fate,
): void {
  const { topics } = parts;
  const { partition } = source;
  if (fate.is === 'row') {
    delivery.rows++;
    // Not the producer's key: only scrubbed values leave.
    const key = `${fate.event.tenant_id}|${fate.event.run_id}`;
    delivery.fates.push({ topic: topics.governed, partition, key, value: fate.governed });
    for (const verdict of fate.verdicts) {
      const value = parts.encodeViolation(source, fate.event, verdict);
      delivery.fates.push({ topic: topics.violations, partition, key, value });
    }
    return;
  }
  delivery.exits.push({ stage: fate.stage, code: fate.exit.code });
  const { sealed, marker } = traces(parts.deadLetters, record, source, fate);
  delivery.sealed.push({ topic: topics.deadletters, partition, key: null, value: sealed });
  delivery.fates.push({ topic: topics.governed, partition, key: null, value: marker });
}
