// The writer against a scripted producer: what a real broker does too seldom to wait for.
import type { Kafka } from 'kafkajs';
import { expect, test } from 'vitest';
import { createKafkaWriter } from './kafkajs-writer.ts';
import { silentLogger } from './logger.ts';
import { patched } from './unpatched-kafkajs.ts';

const { createErrorFromCode } = patched<{ createErrorFromCode(code: number): Error }>(
  'protocol/error',
);
type Message = { readonly partition: number; readonly value: Buffer };
type Sent = { readonly topicMessages: readonly { topic: string; messages: readonly Message[] }[] };
type Row = { readonly topicName: string; readonly partition: number };
/** What the next request meets: an error, or the partitions its answer names. */
type Step = Error | ((partitions: number[]) => number[]);
const OUT_OF_ORDER_SEQUENCE = 45;
const REQUEST_TIMED_OUT = 7;
const CLUSTER_AUTHORIZATION_FAILED = 31;

function scripted(steps: Step[]): { kafka: Kafka; log: string[]; producers: () => number } {
  const log: string[] = [];
  let producers = 0;
  const producer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    sendBatch: async ({ topicMessages }: Sent): Promise<Row[]> => {
      const step = steps.shift() ?? ((all: number[]) => all);
      if (step instanceof Error) throw step;
      return topicMessages.flatMap(({ topic, messages }) => {
        const named = step([...new Set(messages.map(({ partition }) => partition))]);
        for (const { partition, value } of messages) {
          if (named.includes(partition)) log.push(`${partition}:${value.toString()}`);
        }
        return named.map((partition) => ({ topicName: topic, partition }));
      });
    },
  };
  const kafka = { producer: () => (producers++, producer) } as unknown as Kafka;
  return { kafka, log, producers: () => producers };
}

const records = (partition: number, ...texts: string[]) =>
  texts.map((text) => ({ topic: 't', partition, key: null, value: Buffer.from(text) }));

test('sends made together go in one request', async () => {
  let requests = 0;
  const count: Step = (all) => (requests++, all);
  const { kafka, log } = scripted([count, count, count]);
  const writer = createKafkaWriter(kafka, silentLogger);
  await Promise.all(['a', 'b', 'c'].map((text) => writer.send(records(0, text))));
  expect([requests, log]).toEqual([1, ['0:a', '0:b', '0:c']]);
});

test('a partition the answer does not name is sent again, by a new producer', async () => {
  const { kafka, log, producers } = scripted([(all) => all.filter((partition) => partition !== 1)]);
  const writer = createKafkaWriter(kafka, silentLogger);
  await writer.send([...records(0, 'a'), ...records(1, 'b'), ...records(2, 'c')]);
  expect(log).toEqual(['0:a', '2:c', '1:b']);
  expect(producers()).toBe(2);
});

test('after a lost sequence or a timeout a new producer sends the same records', async () => {
  const failures = [OUT_OF_ORDER_SEQUENCE, REQUEST_TIMED_OUT].map(createErrorFromCode);
  const { kafka, log, producers } = scripted(failures);
  const writer = createKafkaWriter(kafka, silentLogger);
  const later = writer.send(records(0, 'a', 'b')).then(() => writer.send(records(0, 'c')));
  await later;
  expect(log).toEqual(['0:a', '0:b', '0:c']);
  expect(producers()).toBe(3);
});

test('an answer that will not change rejects at once', async () => {
  const { kafka, log } = scripted([createErrorFromCode(CLUSTER_AUTHORIZATION_FAILED)]);
  const writer = createKafkaWriter(kafka, silentLogger);
  const refused = writer.send(records(0, 'a'));
  await expect(refused).rejects.toMatchObject({ code: 'SPINE_KAFKA_DENIED' });
  await writer.send(records(0, 'b'));
  expect(log).toEqual(['0:b']);
});

test('closing while the cluster is away rejects what waits, and says why', async () => {
  const away = Array.from({ length: 50 }, () => createErrorFromCode(REQUEST_TIMED_OUT));
  const { kafka } = scripted(away);
  const writer = createKafkaWriter(kafka, silentLogger);
  const waiting = writer.send(records(0, 'a')).catch((error: unknown) => error);
  await writer.close();
  expect(await waiting).toMatchObject({ code: 'SPINE_KAFKA_UNREACHABLE' });
});

test('more waiting than the limit is refused, and one record above every size', async () => {
  const limits = { maxBatchBytes: 10, maxRequestBytes: 20, maxWaitingBytes: 100 };
  const { kafka } = scripted([]);
  const writer = createKafkaWriter(kafka, silentLogger, limits);
  const first = writer.send(records(0, 'x'.repeat(120)));
  await expect(writer.send(records(0, 'y'))).rejects.toMatchObject({ code: 'SPINE_KAFKA_REFUSED' });
  await first;
  await writer.send(records(0, 'y'));
  const value = Buffer.alloc(64 * 1024 * 1024 + 1);
  const large = writer.send([{ topic: 't', partition: 0, key: null, value }]);
  await expect(large).rejects.toMatchObject({ code: 'SPINE_RECORD_TOO_LARGE' });
});
