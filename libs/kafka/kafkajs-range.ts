// Reads one partition from an offset to an offset, outside any group: kafkajs's own cluster and
// fetch, without its consumer, so nothing is joined, committed or left behind. For tools and the
// auditor.
// Guarantees: records in order, none twice; ends at the end the partition had when reading began; a
// start that the broker has already deleted is an error and not a later start. Bounded memory: one
// fetch at a time.
import { createRequire } from 'node:module';
import { SpineError } from '@agentspine/outcome/errors';
import { checkRange, type Range } from './check-range.ts';
import type { FetchedRecord } from './decode-batch.ts';
import { brokerAnswer, mapError } from './map-error.ts';
import type { LogRecord, TopicOffsets } from './port.ts';
import { toLogRecord } from './log-record.ts';

type FetchRequest = {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
};
type Fetched = { responses: { topicName: string; partitions: object[] }[] };
type Broker = { fetch(request: FetchRequest): Promise<Fetched> };
/** The part of kafkajs's src/cluster that is used here. */
export type RawCluster = {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
};
type Batch = {
  readonly messages: FetchedRecord[];
  lastOffset(): string;
  isEmptyIncludingFiltered(): boolean;
};

const BatchClass = createRequire(import.meta.url)('kafkajs/src/consumer/batch') as new (
  topic: string,
  fetchedOffset: string,
  data: object,
) => Batch;

const READ_COMMITTED = 1;
const MAX_WAIT_MS = 500;
const MAX_BYTES = 4 * 1024 * 1024;
/** Fetches in a row that bring nothing, or fail, before giving up. */
const MAX_IDLE_FETCHES = 20;

export async function* readKafkaRange(
  range: Range,
  openCluster: () => RawCluster,
  offsets: (topic: string) => Promise<readonly TopicOffsets[] | null>,
): AsyncGenerator<LogRecord> {
  const end = checkRange(range, await offsets(range.topic));
  if (range.from >= end) return;
  const cluster = openCluster();
  const where = `${range.topic}/${range.partition}`;
  let next = range.from;
  let idle = 0;
  try {
    await cluster.connect();
    await cluster.addTargetTopic(range.topic);
    while (next < end) {
      const batch = await fetchAt(cluster, range, next);
      idle = batch === null || batch.isEmptyIncludingFiltered() ? idle + 1 : 0;
      if (idle > MAX_IDLE_FETCHES) {
        throw new SpineError('SPINE_KAFKA_UNREACHABLE', {
          wanted: `records up to ${end}`,
          found: 'none',
          where: `${where}/${next}`,
        });
      }
      if (batch === null || idle > 0) continue;
      for (const record of batch.messages) {
        if (record.position < end) yield toLogRecord(record);
      }
      next = Number(batch.lastOffset()) + 1;
    }
  } catch (error) {
    throw mapError(error, { where: `${where}/${next}`, wanted: 'records' });
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}

/** One fetch; null when the leader moved and the metadata was renewed. */
async function fetchAt(cluster: RawCluster, range: Range, next: number): Promise<Batch | null> {
  const { topic, partition } = range;
  try {
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    const broker = await cluster.findBroker({ nodeId: nodeId ?? '' });
    const { responses } = await broker.fetch({
      maxWaitTime: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      isolationLevel: READ_COMMITTED,
      topics: [
        { topic, partitions: [{ partition, fetchOffset: String(next), maxBytes: MAX_BYTES }] },
      ],
    });
    const data = responses[0]?.partitions[0];
    return data === undefined ? null : new BatchClass(topic, String(next), data);
  } catch (error) {
    const away = mapError(error, { where: topic }).code === 'SPINE_KAFKA_UNREACHABLE';
    if (!away && brokerAnswer(error)?.type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
    await cluster.connect();
    await cluster.refreshMetadata();
    return null;
  }
}
