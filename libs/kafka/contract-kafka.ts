// The contract's subject on a real broker, 4.x or a compatible one. See contract.ts and
// test/journeys/kafka-contract.test.ts.
// Example: describeLog('kafkajs', () => kafkaSubject(['127.0.0.1:9092'])).
import { randomUUID } from 'node:crypto';
import type { ContractSubject } from './contract-tools.ts';
import { connectKafka } from './kafkajs-log.ts';
import { silentLogger } from './logger.ts';
import { kafkajs } from './patch-kafkajs.ts';

export async function kafkaSubject(brokers: readonly string[]): Promise<ContractSubject> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: 'contract',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const logs: { close(): Promise<void> }[] = [];
  return {
    connect: async () => {
      const log = connectKafka({ brokers, clientId: 'contract', logger: silentLogger });
      logs.push(log);
      return log;
    },
    // The broker's default group.min.session.timeout.ms.
    sessionTimeoutMs: 6_000,
    // An aborted transaction leaves a record that is not shown and a control record.
    makeGap: async (topic, partition) => {
      const producer = kafka.producer({
        transactionalId: randomUUID(),
        maxInFlightRequests: 1,
        createPartitioner: () => () => partition,
      });
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: 'aborted' }] });
      await transaction.abort();
      await producer.disconnect();
    },
    deleteBefore: async (topic, partition, offset) => {
      await admin.fetchTopicOffsets(topic); // makes the topic known to this client
      await admin.deleteTopicRecords({
        topic,
        partitions: [{ partition, offset: String(offset) }],
      });
    },
    close: async () => {
      await Promise.all(logs.map((log) => log.close()));
      await admin.disconnect();
    },
  };
}
