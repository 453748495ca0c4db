// Runs the journey over the batches of each partition and delivers the fates: the only place of the worker that touches Kafka.
// Guarantees (DESIGN: delivery): fates of agent.events partition p go to agent.governed partition p, in order, dead letters
// before their markers; the source offset is committed only after the ack; every fate names the offset consumed before it,
// and that chain survives a restart in the commit's metadata. One batch per partition is under way while the next is decoded.
// Example: await reader.run(createBatchRunner(parts).handle)
import { isSpineError } from '@agentspine/outcome/errors';
import type {
  BatchControl,
  LogBatch,
  LogReader,
  LogWriter,
  OutRecord,
} from '@agentspine/kafka/port';
import { traces, type DeadLetterParts } from './dead-letter.ts';
import { journey, type Fate, type Source, type Steps } from './journey.ts';
import { readMetadata, writeMetadata } from './offset-metadata.ts';
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
  /** Makes the schemas of a batch known before the journey, waiting for the registry where it must. */
  readonly learnSchemas: (batch: LogBatch) => Promise<void>;
  /** Pause before a record whose exit is "retry" is tried again. */
  readonly pause: () => Promise<void>;
  readonly count: (result: 'ok' | 'deadLetter' | 'retry', stage: string, code: string) => void;
  /** Called with an error that no retry heals; the service must stop. */
  readonly fatal: (error: unknown) => void;
};

type PartitionState = {
  /** First source offset that is still to be done. */
  next: number;
  previous: number;
  underWay: Promise<void>;
};

type Delivery = { readonly first: OutRecord[]; readonly then: OutRecord[] };

export function createBatchRunner(parts: RunnerParts) {
  const states = new Map<number, Promise<PartitionState>>();
  const settling = new Set<Promise<void>>();

  parts.reader.onAssigned(() => states.clear());

  const load = async (partition: number): Promise<PartitionState> => {
    // What an earlier assignment still has under way must be settled, or its commit could overtake what is read here.
    await Promise.allSettled(settling);
    const committed = await parts.reader.committed(parts.topics.events, partition);
    const previous = readMetadata(committed, parts.topics.events, partition, parts.generation);
    return { next: committed?.offset ?? 0, previous, underWay: Promise.resolve() };
  };

  const deliver = async (
    partition: number,
    { first, then }: Delivery,
    lastOffset: number,
  ): Promise<void> => {
    if (first.length > 0) await parts.writer.send(first);
    await parts.writer.send(then);
    await parts.reader.commit([
      {
        topic: parts.topics.events,
        partition,
        offset: lastOffset + 1,
        metadata: writeMetadata({ gen: parts.generation, previous: lastOffset }),
      },
    ]);
  };

  const handle = async (batch: LogBatch, control: BatchControl): Promise<void> => {
    const loading = states.get(batch.partition) ?? load(batch.partition);
    states.set(batch.partition, loading);
    const state = await loading;
    await parts.learnSchemas(batch);
    const delivery = await fatesOf(parts, batch, state, control);
    await state.underWay;
    const last = batch.records.at(-1)?.offset;
    if (control.isStale() || last === undefined || states.get(batch.partition) !== loading) return;
    state.underWay = deliver(batch.partition, delivery, last).catch((error: unknown) => {
      states.delete(batch.partition);
      if (!(isSpineError(error) && error.code === 'SPINE_KAFKA_FENCED')) parts.fatal(error);
    });
    settling.add(state.underWay);
    void state.underWay.then(() => settling.delete(state.underWay));
  };

  return {
    handle,
    /** Resolves when everything that was sent has been acknowledged and committed. */
    settled: async (): Promise<void> => {
      await Promise.allSettled(settling);
    },
  };
}

async function fatesOf(
  parts: RunnerParts,
  batch: LogBatch,
  state: PartitionState,
  control: BatchControl,
): Promise<Delivery> {
  const delivery: Delivery = { first: [], then: [] };
  for (const record of batch.records) {
    // Done before the last rebalance: acknowledged and committed while this reader was rejoining.
    if (record.offset < state.next) continue;
    const source: Source = {
      partition: batch.partition,
      offset: record.offset,
      previousOffset: state.previous,
      timestampMs: record.timestampMs,
      value: record.value,
    };
    let fate = journey(parts.steps, source);
    while (fate.is === 'refused' && fate.exit.is === 'retry') {
      parts.count('retry', fate.stage, fate.exit.code);
      await parts.pause();
      await control.heartbeat();
      fate = journey(parts.steps, source);
    }
    append(parts, delivery, record, source, fate);
    state.previous = record.offset;
    state.next = record.offset + 1;
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
    parts.count('ok', 'encode', '');
    // Not the producer's key: only scrubbed values leave.
    const key = `${fate.event.tenant_id}|${fate.event.run_id}`;
    delivery.then.push({ topic: topics.governed, partition, key, value: fate.governed });
    for (const verdict of fate.verdicts) {
      const value = parts.encodeViolation(source, fate.event, verdict);
      delivery.then.push({ topic: topics.violations, partition, key, value });
    }
    return;
  }
  parts.count('deadLetter', fate.stage, fate.exit.code);
  const { sealed, marker } = traces(parts.deadLetters, record, source, fate);
  delivery.first.push({ topic: topics.deadletters, partition, key: null, value: sealed });
  delivery.then.push({ topic: topics.governed, partition, key: null, value: marker });
}
