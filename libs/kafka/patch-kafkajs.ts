// kafkajs 2.2.4, mended and made faster before it is first used. Everything here rests on the exact
// version, which is asserted. Import kafkajs from here and nowhere else: import { kafkajs } from
// './patch-kafkajs.ts'.
// Mended: an idle 1 ms timer per connection; a silent jump to another offset when the position is
// out of range; a commit retried under a later generation; results per partition dropped when one
// fails; zstd. Faster, with the same bytes and values: the produce request, grouping by partition,
// framing, and decoding fetched records. README.md has the reasons, the sources and the measured
// gains.
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type kafkajsModule from 'kafkajs';
import { SpineError } from '@agentspine/outcome/errors';
import { encodeProduce, type ProduceBody } from './encode-produce.ts';
import { decodeBatch, type FetchedRecord } from './decode-batch.ts';

export const KAFKAJS_VERSION = '2.2.4';
/** Inflating stops here, so that a small record cannot fill the memory. */
const MAX_INFLATED_BYTES = 256 * 1024 * 1024;
const PATCHED = Symbol.for('agentspine.kafkajs.patched');

const load = createRequire(import.meta.url);
const own = (path: string): unknown => load(`kafkajs/src/${path}`);

function replace<T>(path: string, make: (original: T) => T): void {
  const original = own(path) as T & { [PATCHED]?: true };
  if (original[PATCHED]) return;
  const replacement = Object.assign(make(original) as object, { [PATCHED]: true });
  load.cache[load.resolve(`kafkajs/src/${path}`)]!.exports = replacement;
}

type Prototype<M extends string> = { prototype: Record<M, (...args: never[]) => unknown> };

function replaceMethod<M extends string, F extends (...args: never[]) => unknown>(
  path: string,
  method: M,
  make: (original: F) => F,
): void {
  const { prototype } = own(path) as Prototype<M>;
  const original = prototype[method] as unknown as F & { [PATCHED]?: true };
  if (original[PATCHED]) return;
  prototype[method] = Object.assign(make(original), { [PATCHED]: true });
}

const { KafkaJSNonRetriableError } = own('errors') as {
  KafkaJSNonRetriableError: new (e: unknown, options?: { cause?: unknown }) => Error;
};

function assertVersion(): void {
  const { version } = load('kafkajs/package.json') as { version: string };
  if (version === KAFKAJS_VERSION) return;
  throw new SpineError('SPINE_INTERNAL', {
    wanted: `kafkajs ${KAFKAJS_VERSION}, which the patches were written for`,
    found: version,
    where: 'libs/kafka/patch-kafkajs.ts',
  });
}

type Queue = { pending: readonly unknown[]; throttledUntil: number };

/**
 * kafkajs#1556, #1751: without this, every connection runs a timer each millisecond for as long as
 * it lives.
 */
function guardIdleTimer(): void {
  replaceMethod<'scheduleCheckPendingRequests', (this: Queue) => void>(
    'network/requestQueue',
    'scheduleCheckPendingRequests',
    (original) =>
      function scheduleCheckPendingRequests(this: Queue) {
        if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
        original.call(this);
      },
  );
}

type OutOfRange = Error & { readonly topic: string; readonly partition: number };
type Group = {
  preferredReadReplicasPerTopicPartition: Record<string, Record<number, unknown> | undefined>;
  readonly generationId: number;
};

/**
 * kafkajs commits the earliest or latest offset by itself here, and with that wipes the metadata of
 * the last commit.
 */
function refuseOffsetReset(): void {
  replaceMethod<'recoverFromOffsetOutOfRange', (this: Group, e: OutOfRange) => Promise<void>>(
    'consumer/consumerGroup',
    'recoverFromOffsetOutOfRange',
    () =>
      async function recoverFromOffsetOutOfRange(this: Group, e: OutOfRange) {
        const replicas = this.preferredReadReplicasPerTopicPartition[e.topic];
        if (replicas?.[e.partition] === undefined) {
          throw new KafkaJSNonRetriableError(e, { cause: e });
        }
        delete replicas[e.partition]; // A follower may lag: the leader decides.
      },
  );
}

/** A commit is made under the generation it was first tried in, or not at all. */
function bindCommitToGeneration(): void {
  const generations = new WeakMap<object, number>();
  replaceMethod<'commitOffsets', (this: Group, offsets?: object) => Promise<void>>(
    'consumer/consumerGroup',
    'commitOffsets',
    (original) =>
      async function commitOffsets(this: Group, offsets?: object) {
        if (offsets !== undefined) {
          const first = generations.get(offsets) ?? this.generationId;
          generations.set(offsets, first);
          if (first !== this.generationId) {
            throw Object.assign(new KafkaJSNonRetriableError('The group was joined again'), {
              type: 'ILLEGAL_GENERATION',
            });
          }
        }
        return original.call(this, offsets);
      },
  );
}

type Coded = { readonly buffer: Buffer };

function addZstd(): void {
  const { Types, Codecs } = own('protocol/message/compression') as {
    Types: { ZSTD: number };
    Codecs: Record<number, () => unknown>;
  };
  const deflate = promisify(zlib.zstdCompress);
  const inflate = promisify(zlib.zstdDecompress);
  Codecs[Types.ZSTD] = () => ({
    compress: (encoder: Coded) => deflate(encoder.buffer),
    decompress: (buffer: Buffer) => inflate(buffer, { maxOutputLength: MAX_INFLATED_BYTES }),
  });
}

type Message = { readonly partition?: number };
type Grouping = (input: {
  topic: string;
  partitionMetadata: readonly unknown[];
  messages: readonly Message[];
  partitioner: (input: object) => number;
}) => Record<number, Message[]>;

/** The original copies a partition's array for each message: quadratic. */
function groupInOnePass(): void {
  replace<Grouping>('producer/groupMessagesPerPartition', () => (input) => {
    const { topic, partitionMetadata, messages, partitioner } = input;
    const groups: Record<number, Message[]> = {};
    if (partitionMetadata.length === 0) return groups;
    for (const message of messages) {
      const partition = partitioner({ topic, partitionMetadata, message });
      (groups[partition] ??= []).push(message);
    }
    return groups;
  });
}

type Encoder = { buf: Buffer; offset: number };
type ProduceRequest = { encode: () => Promise<Encoder> };
type ProduceInput = ProduceBody & { transactionalId?: string; compression?: number };

function encodeProduceInOnePass(): void {
  const EncoderClass = own('protocol/encoder') as new (size: number) => Encoder;
  replace<(input: ProduceInput) => ProduceRequest>(
    'protocol/requests/produce/v3/request',
    (original) => (input) => {
      const request = original(input);
      if (input.transactionalId || input.compression || input.producerId === undefined) {
        return request;
      }
      const encode = async (): Promise<Encoder> => {
        const bytes = encodeProduce(input, Date.now());
        if (bytes === null) return request.encode();
        return Object.assign(new EncoderClass(1), { buf: bytes, offset: bytes.length });
      };
      return { ...request, encode };
    },
  );
}

type Produced = { topics: { topicName: string; partitions: ProducedPartition[] }[] };
type ProducedPartition = { partition: number; errorCode: number };
type ProduceResponse = { parse: (data: Produced) => Promise<Produced> };

/**
 * kafkajs throws the first partition's error and drops what the broker said of the others. It is
 * kept on the error.
 */
function keepPartitionResults(): void {
  const { createErrorFromCode } = own('protocol/error') as {
    createErrorFromCode: (c: number) => Error;
  };
  replace<ProduceResponse>('protocol/requests/produce/v3/response', (original) => ({
    ...original,
    parse: async (data) => {
      try {
        return await original.parse(data);
      } catch (error) {
        const results = new Map<string, Error | null>();
        for (const { topicName, partitions } of data.topics) {
          for (const { partition, errorCode } of partitions) {
            const answer = errorCode === 0 ? null : createErrorFromCode(errorCode);
            results.set(`${topicName}/${partition}`, answer);
          }
        }
        throw Object.assign(error as Error, { results });
      }
    },
  }));
}

type Framing = (input: {
  correlationId: number;
  clientId: string;
  request: { apiKey: number; apiVersion: number; encode: () => Promise<Coded> };
}) => Promise<Coded>;

/** The original copies each request twice through zero-filled buffers of the next power of two. */
function frameInOneCopy(): void {
  replace<Framing>('protocol/request', () => async ({ correlationId, clientId, request }) => {
    const payload = (await request.encode()).buffer;
    const name = Buffer.from(clientId);
    const buffer = Buffer.allocUnsafe(14 + name.length + payload.length);
    buffer.writeInt32BE(buffer.length - 4, 0);
    buffer.writeInt16BE(request.apiKey, 4);
    buffer.writeInt16BE(request.apiVersion, 6);
    buffer.writeInt32BE(correlationId, 8);
    buffer.writeInt16BE(name.length, 12);
    buffer.set(name, 14);
    buffer.set(payload, 14 + name.length);
    return { buffer };
  });
}

type Decoder = { readonly buffer: Buffer; offset: number };
const MAGIC_AT = 16;
const BATCH_HEADER_BYTES = 61;

/**
 * The original makes several BigInts and buffers per record, and overflows the stack on batches of
 * 100,000 records.
 */
function decodeInOnePass(): void {
  const { lookupCodecByAttributes } = own('protocol/message/compression') as {
    lookupCodecByAttributes: (a: number) => { decompress: (b: Buffer) => Promise<Buffer> } | null;
  };
  replace<(decoder: Decoder) => Promise<unknown[]>>(
    'protocol/requests/fetch/v4/decodeMessages',
    (original) => async (decoder) => {
      const { buffer, offset } = decoder;
      const size = buffer.readInt32BE(offset);
      const end = offset + 4 + size;
      if (size <= 0 || end > buffer.length) return original(decoder); // nothing
      const magic = size > MAGIC_AT ? buffer[offset + 4 + MAGIC_AT] : 2;
      if (magic !== 2) return original(decoder); // an older format
      decoder.offset = end;
      const records: FetchedRecord[] = [];
      let at = offset + 4;
      while (at + BATCH_HEADER_BYTES <= end) {
        const next = at + 12 + buffer.readInt32BE(at + 8);
        if (next > end) break; // the broker cuts off the last batch where maxBytes ends
        const batch = buffer.subarray(at, next);
        const codec = lookupCodecByAttributes(batch.readInt16BE(21));
        const body = batch.subarray(BATCH_HEADER_BYTES);
        decodeBatch(batch, codec === null ? body : await codec.decompress(body), records);
        at = next;
      }
      return records;
    },
  );
}

assertVersion();
guardIdleTimer();
refuseOffsetReset();
bindCommitToGeneration();
addZstd();
groupInOnePass();
encodeProduceInOnePass();
keepPartitionResults();
frameInOneCopy();
decodeInOnePass();

/** kafkajs with the patches in place. */
export const kafkajs = load('kafkajs') as typeof kafkajsModule;
