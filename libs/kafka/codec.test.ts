// What the patches encode and decode, against kafkajs as it is published.
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { FetchedRecord } from './decode-batch.ts';
import { encodeProduce, type ProduceBody } from './encode-produce.ts';
import { patched, unpatched } from './unpatched-kafkajs.ts';

type Coded = { buffer: Buffer };
type Request = (input: object) => { encode: () => Promise<Coded> };

const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((s) => s.toWellFormed());
const messages = fc.array(
  fc.record(
    {
      key: fc.oneof(fc.constant(null), bytes, text),
      value: fc.oneof({ weight: 9, arbitrary: bytes }, { weight: 1, arbitrary: fc.constant(null) }),
      headers: fc.dictionary(text, fc.oneof(text, bytes), { maxKeys: 4, noNullPrototype: true }),
    },
    { requiredKeys: ['value'] },
  ),
  { minLength: 1, maxLength: 80 },
);
const body = fc.record({
  acks: fc.constant(-1),
  timeout: fc.nat(60_000),
  producerId: fc.bigInt({ min: 0n, max: 2n ** 60n }).map(String),
  producerEpoch: fc.nat(1_000),
  topicData: fc.array(
    fc.record({
      topic: fc.stringMatching(/^[a-z.]{1,30}$/),
      partitions: fc.array(
        fc.record({ partition: fc.nat(1_000), messages, firstSequence: fc.nat(2 ** 31 - 1) }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

/** kafkajs takes the time itself. */
const NOW_MS = 1_790_000_000_123;

afterEach(() => {
  vi.useRealTimers();
});

describe('the produce request', () => {
  const original = unpatched<Request>('protocol/requests/produce/v3/request');

  test('has the same bytes as the one of kafkajs', async () => {
    vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] });
    await fc.assert(
      fc.asyncProperty(body, async (input) => {
        const expected = (await original(input).encode()).buffer;
        const found = encodeProduce(input, NOW_MS);
        expect(found?.equals(expected)).toBe(true);
      }),
    );
  });

  test('is the one of kafkajs, version 7 too, where this encoder does not reach', async () => {
    vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] });
    const v7 = patched<Request>('protocol/requests/produce/v7/request');
    const input = (message: object, more: object = {}): object => ({
      acks: -1,
      timeout: 1,
      producerId: '7',
      producerEpoch: 0,
      topicData: [
        {
          topic: 't',
          partitions: [{ partition: 0, firstSequence: 0, messages: [{ value: 'v', ...message }] }],
        },
      ],
      ...more,
    });
    for (const request of [
      input({ timestamp: '1790000000000' }),
      input({ headers: { twice: ['a', 'b'] } }),
      input({}, { transactionalId: 'tx' }),
      input({}, { producerId: undefined }),
      input({ headers: { once: 'a' } }),
    ]) {
      const expected = (await original(request).encode()).buffer;
      expect((await v7(request).encode()).buffer.equals(expected)).toBe(true);
    }
  });

  test('is framed as kafkajs frames it', async () => {
    type Framing = (input: object) => Promise<Coded>;
    const Encoder = patched<new () => Coded & { writeBytes(b: Buffer): Coded }>('protocol/encoder');
    const input = (payload: Buffer, clientId: string): object => ({
      correlationId: 77,
      clientId,
      request: { apiKey: 0, apiVersion: 7, encode: async () => new Encoder().writeBytes(payload) },
    });
    await fc.assert(
      fc.asyncProperty(bytes, text, async (payload, clientId) => {
        const original2 = unpatchedFraming(input(payload, clientId));
        const found = await patched<Framing>('protocol/request')(input(payload, clientId));
        expect(found.buffer.equals((await original2).buffer)).toBe(true);
      }),
    );
  });
  const unpatchedFraming = unpatched<(input: object) => Promise<Coded>>('protocol/request');
});

describe('fetched records', () => {
  type Decode = (decoder: { buffer: Buffer; offset: number }) => Promise<KafkaMessage[]>;
  type KafkaMessage = Pick<FetchedRecord, 'offset' | 'timestamp' | 'key' | 'value' | 'headers'> & {
    isControlRecord: boolean;
    batchContext: { producerId: string; inTransaction: boolean };
  };
  const Decoder =
    patched<new (buffer: Buffer) => { buffer: Buffer; offset: number }>('protocol/decoder');
  const DECODE = 'protocol/requests/fetch/v4/decodeMessages';
  const original = unpatched<Decode>(DECODE);
  const found = patched<Decode>(DECODE);

  /**
   * The record batches of a produce request, one after the other, as a fetch response holds them.
   */
  function recordSet(input: ProduceBody, baseOffset: bigint, attributes: number, cut = 0): Buffer {
    const batches: Buffer[] = [];
    for (const { topic, partitions } of input.topicData) {
      for (const part of partitions) {
        const one = { ...input, topicData: [{ topic, partitions: [part] }] };
        const whole = encodeProduce(one, NOW_MS)!;
        const batch = whole.subarray(12 + 6 + Buffer.byteLength(topic) + 8);
        batch.writeBigInt64BE(baseOffset + BigInt(batches.length * 1_000));
        batch.writeInt16BE(attributes, 21);
        batch.writeBigInt64BE(BigInt(NOW_MS + 99), 35);
        batches.push(batch);
      }
    }
    const all = Buffer.concat(batches);
    const size = Buffer.alloc(4);
    const kept = all.subarray(0, Math.max(17, all.length - cut));
    size.writeInt32BE(kept.length);
    return Buffer.concat([size, kept, Buffer.from('next')]);
  }

  const plain = (message: KafkaMessage): object => ({
    offset: message.offset,
    timestamp: message.timestamp,
    key: message.key,
    value: message.value,
    // kafkajs takes a header named valueOf or toString for one that is there twice.
    headers: Object.entries(message.headers).filter(([name]) => !(name in Object.prototype)),
    control: message.isControlRecord,
    producer: message.batchContext.producerId,
    inTransaction: message.batchContext.inTransaction,
  });

  test('are the same records as kafkajs decodes, also when the last batch is cut off', async () => {
    const attributes = fc.constantFrom(0, 0x08, 0x10, 0x38);
    const base = fc.bigInt({ min: 0n, max: 2n ** 52n });
    await fc.assert(
      fc.asyncProperty(body, base, attributes, fc.nat(300), async (input, from, flags, cut) => {
        const set = recordSet(input, from, flags, cut);
        const [a, b] = [new Decoder(set), new Decoder(set)];
        const expected = (await original(a)).map(plain);
        expect((await found(b)).map(plain)).toEqual(expected);
        expect(b.offset).toBe(a.offset);
      }),
    );
  });

  test('of which only a few bytes fitted into the answer are none', async () => {
    for (const size of [1, 16, 17, 60]) {
      const set = (await sample()).subarray(0, 4 + size);
      set.writeInt32BE(size);
      const decoder = new Decoder(set);
      expect(await found(decoder)).toEqual([]);
      expect(decoder.offset).toBe(set.length);
    }
  });

  test('of a batch of 200,000 do not overflow the stack', async () => {
    const many = Array.from({ length: 200_000 }, () => ({ value: Buffer.from('x') }));
    const partitions = [{ partition: 0, firstSequence: 0, messages: many }];
    const input = { acks: -1, timeout: 1, producerId: '1', producerEpoch: 0 };
    const set = recordSet({ ...input, topicData: [{ topic: 't', partitions }] }, 5n, 0);
    const decoded = await found(new Decoder(set));
    expect(decoded).toHaveLength(200_000);
    expect(decoded.at(-1)!.offset).toBe('200004');
  });

  test('whose lengths point outside the batch are an error, not a wrong record', async () => {
    const set = await sample();
    set[4 + 61] = 0x7e; // the first record's length
    await expect(found(new Decoder(set))).rejects.toThrow(RangeError);
  });

  test('compressed with zstd or gzip are inflated', async () => {
    const zlib = await import('node:zlib');
    for (const [codec, deflate] of [
      [1, zlib.gzipSync],
      [4, zlib.zstdCompressSync],
    ] as const) {
      const set = await sample();
      const body2 = deflate(set.subarray(4 + 61, set.length - 4));
      const packed = Buffer.concat([set.subarray(0, 4 + 61), body2]);
      packed.writeInt32BE(packed.length - 4, 0);
      packed.writeInt32BE(packed.length - 4 - 12, 4 + 8);
      packed.writeInt16BE(codec, 4 + 21);
      const [first] = await found(new Decoder(packed));
      expect(first!.value?.toString()).toBe('hello');
    }
  });

  test('compressed with a codec that is missing are refused by name', async () => {
    const set = await sample();
    set.writeInt16BE(2, 4 + 21);
    await expect(found(new Decoder(set))).rejects.toMatchObject({ name: 'KafkaJSNotImplemented' });
  });

  async function sample(): Promise<Buffer> {
    const partitions = [
      { partition: 0, firstSequence: 0, messages: [{ value: Buffer.from('hello') }] },
    ];
    const input = { acks: -1, timeout: 1, producerId: '1', producerEpoch: 0 };
    return recordSet({ ...input, topicData: [{ topic: 't', partitions }] }, 0n, 0);
  }
});
