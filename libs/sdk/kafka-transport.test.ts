// The record on agent.events: key, partition as Kafka's own clients choose it, headers, and events
// the encoder refuses.
import { createRequire } from 'node:module';
import { agentEvent, producer } from '@agentspine/event/build';
import type { LogWriter, OutRecord } from '@agentspine/kafka/port';
import { SpineError } from '@agentspine/outcome/errors';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kafkaTransport } from './kafka-transport.ts';
import { murmur2, partitionOf } from './murmur2.ts';
import { isRefusal, lazyTransport } from './transport.ts';

const event = agentEvent({
  event_id: '018f0000-0000-7000-8000-000000000001',
  tenant_id: 'acme',
  kind: 'step',
  event_time: 1_767_571_200_123_456,
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: 'b7ad6b7169203331',
  run_id: 'run-1',
  producer: producer({ service: 'shop desk' }),
});

function memoryWriter() {
  const records: OutRecord[] = [];
  const writer: LogWriter = {
    async send(sent) {
      records.push(...sent);
    },
    close: async () => {},
  };
  return { records, writer };
}

describe('murmur2', () => {
  // The vectors of Apache Kafka's UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is what Kafka has', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('and the partition are those of kafkajs for any key', () => {
    const require = createRequire(import.meta.url);
    const { Partitioners } = require('kafkajs') as {
      Partitioners: { DefaultPartitioner(): (what: object) => number };
    };
    const choose = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 64 }), (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 1,
        }));
        const theirs = choose({ topic: 't', partitionMetadata, message: { key, value: null } });
        expect(partitionOf(key, count)).toBe(theirs);
      }),
    );
  });
});

describe('the Kafka transport', () => {
  it('keys by tenant and run and describes the hop in headers', async () => {
    const { writer, records } = memoryWriter();
    const encode = (): Buffer => Buffer.from('bytes');
    const transport = kafkaTransport({ writer, encode, partitions: 6, topic: 'agent.events' });
    await transport.send([event]);
    expect(records).toEqual([
      {
        topic: 'agent.events',
        partition: partitionOf('acme|run-1', 6),
        key: 'acme|run-1',
        value: Buffer.from('bytes'),
        headers: {
          'content-type': 'application/avro',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          tenant: 'acme',
          ce_specversion: '1.0',
          ce_id: '018f0000-0000-7000-8000-000000000001',
          ce_source: '/shop%20desk',
          ce_type: 'io.agentspine.v1.step',
          ce_time: '2026-01-05T00:00:00.123456Z',
        },
      },
    ]);
  });

  it('refuses events the encoder cannot take, but not when the registry is away', async () => {
    const failing = (error: unknown) =>
      kafkaTransport({
        writer: memoryWriter().writer,
        encode: () => {
          throw error;
        },
        partitions: 1,
        topic: 't',
      });
    const send = async (error: unknown): Promise<unknown> => {
      try {
        return await failing(error).send([event]);
      } catch (thrown) {
        return thrown;
      }
    };
    expect(isRefusal(await send(new TypeError('invalid "int"')))).toBe(true);
    expect(isRefusal(await send(new SpineError('SPINE_REGISTRY_UNREACHABLE')))).toBe(false);
  });

  it('opens at the first send, and again after an attempt that failed', async () => {
    let opened = 0;
    const { writer, records } = memoryWriter();
    const lazy = lazyTransport(async () => {
      opened += 1;
      if (opened === 1) throw new SpineError('SPINE_KAFKA_UNREACHABLE');
      return kafkaTransport({ writer, encode: () => Buffer.alloc(1), partitions: 1, topic: 't' });
    });
    await lazy.close();
    expect(opened).toBe(0);
    await expect(lazy.send([event])).rejects.toThrow('SPINE_KAFKA_UNREACHABLE');
    await lazy.send([event]);
    await lazy.send([event]);
    expect([opened, records.length]).toEqual([2, 2]);
  });
});
