// Puts events on `<prefix>.events`: key tenant|run, so that a run stays in order on one partition;
// Kafka's default partitioner, so that other clients agree; headers for the hop (W3C trace context,
// CloudEvents in binary mode). An event the encoder cannot take is refused by itself
// (SPINE_ENCODE_FAILED): the SDK drops that one and goes on.
// Example: kafkaTransport({ writer, encode, partitions: 6, topic: 'agent.events' })
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { LogWriter, OutRecord } from '@agentspine/kafka/port';
import { isSpineError, SpineError } from '@agentspine/outcome/errors';
import { traceparent } from './carrier.ts';
import { partitionOf } from './murmur2.ts';
import type { Transport } from './transport.ts';

export type KafkaTransportOptions = {
  readonly writer: LogWriter;
  /** The record's value: Confluent frame and Avro. */
  readonly encode: (event: AgentEvent) => Buffer;
  /** Of the topic; must be what the brokers say. */
  readonly partitions: number;
  readonly topic: string;
  /** Closes what the writer came from; called after the writer was closed. */
  readonly onClose?: () => Promise<void>;
};

export function kafkaTransport(options: KafkaTransportOptions): Transport {
  const { writer, onClose } = options;
  return {
    send: (events) => writer.send(events.map((event) => recordOf(event, options))),
    async close() {
      await writer.close();
      await onClose?.();
    },
  };
}

/** The key of the contract; also the one for other producers. */
export function keyOf(event: Pick<AgentEvent, 'tenant_id' | 'run_id'>): string {
  return `${event.tenant_id}|${event.run_id}`;
}

export function headersOf(event: AgentEvent): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/avro',
    traceparent: traceparent(event.trace_id, event.span_id),
    tenant: event.tenant_id,
    ce_specversion: '1.0',
    ce_id: event.event_id,
    ce_source: `/${encodeURIComponent(event.producer.service)}`,
    ce_type: `io.agentspine.v1.${event.kind}`,
    ce_time: rfc3339(event.event_time),
  };
}

function recordOf(event: AgentEvent, options: KafkaTransportOptions): OutRecord {
  const key = keyOf(event);
  return {
    topic: options.topic,
    partition: partitionOf(key, options.partitions),
    key,
    value: encoded(event, options.encode),
    headers: headersOf(event),
  };
}

function encoded(event: AgentEvent, encode: KafkaTransportOptions['encode']): Buffer {
  try {
    return encode(event);
  } catch (error) {
    // A registry that is away is no fault of the event.
    if (isSpineError(error) && error.retryable) throw error;
    throw new SpineError('SPINE_ENCODE_FAILED', {
      wanted: 'an event that schemas/agent-event.avsc can hold',
      found: error instanceof Error ? error.name : typeof error,
      cause: error,
    });
  }
}

function rfc3339(timeUs: number): string {
  const micros = String(timeUs % 1000).padStart(3, '0');
  return new Date(Math.floor(timeUs / 1000)).toISOString().replace('Z', `${micros}Z`);
}
