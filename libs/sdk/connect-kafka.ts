// connect() with Kafka and a schema registry behind it, for production. Connects at the first batch
// and again after a failure, so an agent starts while either is away; its events wait in the
// buffer. The schema is looked up, never registered: `spine schemas register` does that at deploy.
// Example: const spine = connectKafka({ tenantId, service, environment, brokers: ['kafka:9092'],
//   registryUrl, logger })
import { connectKafka as connectLog, type KafkaOptions } from '@agentspine/kafka/kafkajs-log';
import { SpineError } from '@agentspine/outcome/errors';
import { createAgentEventEncoder } from '@agentspine/wire/agent-event-codec';
import { connectRegistry } from '@agentspine/wire/registry';
import { connect, type Spine } from './connect.ts';
import { kafkaTransport } from './kafka-transport.ts';
import type { SpineOptions } from './options.ts';
import { lazyTransport, type Transport } from './transport.ts';

export type KafkaSpineOptions = Omit<SpineOptions, 'transport'> &
  KafkaOptions & {
    readonly registryUrl: string;
    /** First part of the topics' names; 'agent' where it is not given. */
    readonly topicPrefix?: string;
  };

export function connectKafka(options: KafkaSpineOptions): Spine {
  return connect({ ...options, transport: lazyTransport(() => openKafkaTransport(options)) });
}

export async function openKafkaTransport(
  options: KafkaOptions & Pick<KafkaSpineOptions, 'registryUrl' | 'topicPrefix'>,
): Promise<Transport> {
  const prefix = options.topicPrefix ?? 'agent';
  const topic = `${prefix}.events`;
  const registry = connectRegistry({ url: options.registryUrl });
  const encode = await createAgentEventEncoder(registry, prefix);
  const log = connectLog(options);
  try {
    const admin = await log.admin();
    const partitions = (await admin.offsets(topic))?.length ?? 0;
    await admin.close();
    if (partitions === 0) throw new SpineError('SPINE_KAFKA_TOPIC', { where: topic });
    const writer = await log.writer();
    return kafkaTransport({ writer, encode, partitions, topic, onClose: () => log.close() });
  } catch (error) {
    await log.close();
    throw error;
  }
}
