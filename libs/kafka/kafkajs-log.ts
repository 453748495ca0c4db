// The log over kafkajs 2.2.4: readers, writers and the admin of one cluster.
// Guarantees: what port.ts says, held by contract.ts against a real broker. Connects lazily, so
// that a cluster that is away at the start is waited for and not an error; ping() tells.
// Example: const log = connectKafka({ brokers: ['127.0.0.1:9092'], clientId: 'agentspine-worker',
// logger });
import { createRequire } from 'node:module';
import type { Kafka, KafkaConfig, SASLOptions } from 'kafkajs';
import { createKafkaAdmin, type KafkaAdmin } from './kafkajs-admin.ts';
import { readKafkaRange, type RawCluster } from './kafkajs-range.ts';
import { createKafkaReader } from './kafkajs-reader.ts';
import { createKafkaWriter } from './kafkajs-writer.ts';
import { kafkajsLogCreator, type KafkaLogger } from './logger.ts';
import { mapError } from './map-error.ts';
import { WRITER_DEFAULTS, type WriterLimits } from './options.ts';
import { kafkajs } from './patch-kafkajs.ts';
import type { Log, LogReader, LogWriter } from './port.ts';
import { SpineError } from '@agentspine/outcome/errors';

export type KafkaOptions = {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: KafkaLogger;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: SASLOptions;
  readonly writer?: Partial<WriterLimits>;
  /** Of one request to the broker. */
  readonly requestTimeoutMs?: number;
};

const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTION_TIMEOUT_MS = 5_000;
const READ_COMMITTED = 1;

export function connectKafka(options: KafkaOptions): Log {
  const config = configOf(options);
  const kafka = new kafkajs.Kafka(config);
  const shared = createKafkaAdmin(kafka);
  const readers = new Set<LogReader>();
  const writers = new Set<LogWriter>();
  const admins = new Set<KafkaAdmin>([shared]);

  return {
    reader: async (readerOptions) => {
      const own = new kafkajs.Kafka(config);
      const parts = { kafka: own, admin: shared, logger: options.logger };
      const reader = createKafkaReader(parts, readerOptions);
      readers.add(reader);
      void reader.closed().then(
        () => readers.delete(reader),
        () => readers.delete(reader),
      );
      return reader;
    },
    writer: async () => {
      const limits = { ...WRITER_DEFAULTS, ...options.writer };
      const writer = createKafkaWriter(kafka, options.logger, limits);
      writers.add(writer);
      return writer;
    },
    admin: async () => {
      const admin = createKafkaAdmin(kafka);
      admins.add(admin);
      return admin;
    },
    readRange: (topic, partition, from, to) =>
      readKafkaRange(
        { topic, partition, from, to },
        () => rawCluster(kafka, config),
        shared.offsets,
      ),
    ping: async () => {
      try {
        await shared.ping();
      } catch (error) {
        const { code, facts } = mapError(error, { where: 'ping' });
        const where = options.brokers.join(',');
        throw new SpineError(code, { ...facts, wanted: 'an answer from the broker', where });
      }
    },
    close: async () => {
      await Promise.all([...readers].map((reader) => reader.stop()));
      await Promise.all([...writers].map((writer) => writer.close()));
      await Promise.all([...admins].map((admin) => admin.close()));
    },
  };
}

function configOf(options: KafkaOptions): KafkaConfig {
  const { brokers, clientId, logger, ssl, sasl } = options;
  return {
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: kafkajsLogCreator(logger),
  };
}

const load = createRequire(import.meta.url);

/**
 * kafkajs's inner cluster, which fetches without a group. The exact version is asserted in
 * patch-kafkajs.ts.
 */
function rawCluster(kafka: Kafka, config: KafkaConfig): RawCluster {
  const ClusterClass = load('kafkajs/src/cluster') as new (options: object) => RawCluster;
  const socketFactory = load('kafkajs/src/network/socketFactory') as () => unknown;
  return new ClusterClass({
    ...config,
    logger: kafka.logger(),
    socketFactory: socketFactory(),
    metadataMaxAge: 300_000,
    enforceRequestTimeout: true,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: READ_COMMITTED,
  });
}
