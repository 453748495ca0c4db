// Encodes the body of a Produce request (versions 3 to 7, record batch v2) in one pass into one
// buffer of exactly the right size. kafkajs makes several growing, zero-filled buffers per record;
// the bytes are the same (patch-kafkajs.test.ts).
// Source of the layout: https://kafka.apache.org/protocol#The_Messages_Produce and
// /documentation/#recordbatch. Covers what the writer sends: no compression, no transaction,
// timestamps left to the broker. Returns null for the rest.
import { crc32c } from './crc32c.ts';

export type ProduceMessage = {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly timestamp?: unknown;
};

export type ProducePartition = {
  readonly partition: number;
  readonly messages: readonly ProduceMessage[];
  readonly firstSequence: number;
};

export type ProduceBody = {
  readonly acks: number;
  readonly timeout: number;
  readonly producerId: unknown;
  readonly producerEpoch: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly ProducePartition[];
  }[];
};

/** Bytes of a record batch before its first record: base offset up to and with the record count. */
const BATCH_HEADER_BYTES = 61;
const CRC_AT = 17;
const CRC_FROM = 21;

/** The request's bytes, or null when a message needs what this encoder leaves out. */
export function encodeProduce(body: ProduceBody, nowMs: number): Buffer | null {
  const sizes: number[] = [];
  const total = sizeOf(body, sizes);
  if (total < 0) return null;
  const out = Buffer.allocUnsafe(total);
  const cursor = { sizes, next: 0 };
  let at = out.writeInt16BE(-1, 0);
  at = out.writeInt16BE(body.acks, at);
  at = out.writeInt32BE(body.timeout, at);
  at = out.writeInt32BE(body.topicData.length, at);
  for (const { topic, partitions } of body.topicData) {
    const nameAt = at + 2;
    at = nameAt + out.write(topic, nameAt);
    out.writeInt16BE(at - nameAt, nameAt - 2);
    at = out.writeInt32BE(partitions.length, at);
    for (const part of partitions) at = writePartition(out, at, part, body, nowMs, cursor);
  }
  return out;
}

type Cursor = { readonly sizes: readonly number[]; next: number };

/**
 * Total bytes; pushes each record's body size, in order. -1 when this encoder does not cover a
 * message.
 */
function sizeOf(body: ProduceBody, sizes: number[]): number {
  let total = 12;
  for (const { topic, partitions } of body.topicData) {
    total += 6 + Buffer.byteLength(topic);
    for (const { messages } of partitions) {
      total += 8 + BATCH_HEADER_BYTES;
      for (let i = 0; i < messages.length; i++) {
        const size = sizeOfRecord(messages[i]!, i);
        if (size < 0) return -1;
        sizes.push(size);
        total += varintBytes(size) + size;
      }
    }
  }
  return total;
}

/** attributes, timestamp delta (0), offset delta, key, value, headers. */
function sizeOfRecord(message: ProduceMessage, offsetDelta: number): number {
  if (message.timestamp !== undefined && message.timestamp !== null) return -1;
  let size =
    2 + varintBytes(offsetDelta) + sizeOfBytes(message.key ?? null) + sizeOfBytes(message.value);
  const headers = message.headers;
  if (headers === undefined) return size + 1;
  let count = 0;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string' && !Buffer.isBuffer(value)) return -1;
    size += sizeOfBytes(name) + sizeOfBytes(value);
    count++;
  }
  return size + varintBytes(count);
}

function sizeOfBytes(value: Buffer | string | null): number {
  if (value === null) return 1;
  const bytes = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
  return varintBytes(bytes) + bytes;
}

function writePartition(
  out: Buffer,
  from: number,
  part: ProducePartition,
  body: ProduceBody,
  nowMs: number,
  cursor: Cursor,
): number {
  const { messages } = part;
  out.writeInt32BE(part.partition, from);
  const batch = from + 8;
  let at = batch + BATCH_HEADER_BYTES;
  for (let i = 0; i < messages.length; i++) {
    at = writeRecord(out, at, messages[i]!, i, cursor.sizes[cursor.next++]!);
  }
  out.writeInt32BE(at - batch, from + 4); // record set size
  out.writeBigInt64BE(0n, batch); // base offset
  out.writeInt32BE(at - batch - 12, batch + 8); // length after this field
  out.writeInt32BE(0, batch + 12); // partition leader epoch
  out.writeInt8(2, batch + 16); // magic
  out.writeInt16BE(0, batch + 21); // attributes: uncompressed, create time, not transactional
  out.writeInt32BE(messages.length - 1, batch + 23); // last offset delta
  out.writeBigInt64BE(BigInt(nowMs), batch + 27);
  out.writeBigInt64BE(BigInt(nowMs), batch + 35);
  out.writeBigInt64BE(BigInt(String(body.producerId)), batch + 43);
  out.writeInt16BE(body.producerEpoch, batch + 51);
  out.writeInt32BE(part.firstSequence, batch + 53);
  out.writeInt32BE(messages.length, batch + 57);
  out.writeUInt32BE(crc32c(out, batch + CRC_FROM, at), batch + CRC_AT);
  return at;
}

function writeRecord(
  out: Buffer,
  from: number,
  message: ProduceMessage,
  offsetDelta: number,
  size: number,
): number {
  let at = writeVarint(out, from, size);
  out[at++] = 0; // attributes
  out[at++] = 0; // timestamp delta
  at = writeVarint(out, at, offsetDelta);
  at = writeBytes(out, at, message.key ?? null);
  at = writeBytes(out, at, message.value);
  const headers = message.headers;
  if (headers === undefined) {
    out[at++] = 0;
    return at;
  }
  let count = 0;
  for (const _ in headers) count++;
  at = writeVarint(out, at, count);
  for (const name in headers) {
    at = writeBytes(out, at, name);
    at = writeBytes(out, at, headers[name] as Buffer | string);
  }
  return at;
}

function writeBytes(out: Buffer, from: number, value: Buffer | string | null): number {
  if (value === null) {
    out[from] = 1; // zigzag of -1
    return from + 1;
  }
  if (typeof value === 'string') {
    const at = writeVarint(out, from, Buffer.byteLength(value));
    return at + out.write(value, at);
  }
  const at = writeVarint(out, from, value.length);
  out.set(value, at);
  return at + value.length;
}

/** Zigzag varint of a number from 0 to 2^30 - 1. */
function writeVarint(out: Buffer, from: number, value: number): number {
  let at = from;
  let rest = value << 1;
  while (rest > 0x7f) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

function varintBytes(value: number): number {
  if (value < 64) return 1;
  if (value < 8192) return 2;
  if (value < 1_048_576) return 3;
  return value < 134_217_728 ? 4 : 5;
}
