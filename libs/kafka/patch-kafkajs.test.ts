// The patches that mend, against kafkajs as it is published. codec.test.ts has those that only make
// it faster.
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { partitionResults } from './partition-results.ts';
import { patched, unpatched } from './unpatched-kafkajs.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('messages are grouped as kafkajs groups them', () => {
  type Group = (input: object) => Record<string, object[]>;
  const path = 'producer/groupMessagesPerPartition';
  const [original, found] = [unpatched<Group>(path), patched<Group>(path)];
  fc.assert(
    fc.property(fc.array(fc.record({ partition: fc.nat(9), value: fc.nat() })), (list) => {
      const partitioner = ({ message }: { message: { partition: number } }): number =>
        message.partition;
      for (const partitionMetadata of [[], [{}]]) {
        const input = { topic: 't', partitionMetadata, messages: list, partitioner };
        expect(found(input)).toEqual(original(input));
      }
    }),
  );
});

describe('an idle request queue', () => {
  type Queue = { scheduleCheckPendingRequests(): void; throttledUntil: number; destroy(): void };
  const RequestQueue = patched<new (options: object) => Queue>('network/requestQueue');

  test('sets no timer, and one of the right length while it is throttled', () => {
    vi.useFakeTimers();
    const queue = new RequestQueue({ logger: {}, maxInFlightRequests: 1, requestTimeout: 1_000 });
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
    queue.throttledUntil = Date.now() + 500;
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(499);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(2);
    expect(vi.getTimerCount()).toBe(0);
    queue.destroy();
  });
});

test('a commit is not tried again under a later generation', async () => {
  type Group = { prototype: { commitOffsets(this: object, offsets: object): Promise<void> } };
  const { commitOffsets } = patched<Group>('consumer/consumerGroup').prototype;
  const sent: object[] = [];
  const group = {
    generationId: 1,
    offsetManager: { commitOffsets: async (o: object) => void sent.push(o) },
  };
  const offsets = { topics: [] };
  await commitOffsets.call(group, offsets);
  group.generationId = 2;
  await expect(commitOffsets.call(group, offsets)).rejects.toMatchObject({
    type: 'ILLEGAL_GENERATION',
  });
  await commitOffsets.call(group, { topics: [] });
  expect(sent).toHaveLength(2);
});

test('an offset out of range is an error and not another offset', async () => {
  type Recover = (this: object, e: Error) => Promise<void>;
  type Group = { prototype: { recoverFromOffsetOutOfRange: Recover } };
  const { recoverFromOffsetOutOfRange } = patched<Group>('consumer/consumerGroup').prototype;
  const error = Object.assign(new Error('out of range'), { topic: 't', partition: 3 });
  const group = { preferredReadReplicasPerTopicPartition: { t: { 4: {} } } };
  await expect(recoverFromOffsetOutOfRange.call(group, error)).rejects.toMatchObject({
    cause: error,
  });
  const follower = { preferredReadReplicasPerTopicPartition: { t: { 3: { nodeId: 2 } } } };
  await recoverFromOffsetOutOfRange.call(follower, error);
  expect(follower.preferredReadReplicasPerTopicPartition.t).toEqual({});
});

test('a failed produce request keeps what the broker said of each partition', async () => {
  type Response = { parse(data: object): Promise<object> };
  const { parse } = patched<Response>('protocol/requests/produce/v3/response');
  const data = {
    topics: [
      {
        topicName: 't',
        partitions: [
          { partition: 0, errorCode: 10 },
          { partition: 1, errorCode: 0 },
        ],
      },
    ],
  };
  const error: unknown = await parse(data).catch((thrown: unknown) => thrown);
  const results = partitionResults(new Error('wrapped', { cause: error }));
  expect(results.get('t/0')).toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
  expect(results.get('t/1')).toBeNull();
  expect(partitionResults(new Error('other')).size).toBe(0);
});
