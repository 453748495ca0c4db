// Decodes the records of one record batch (format v2), numbers as numbers and headers only when
// asked for. kafkajs turns every offset and time into several BigInts and strings.
// Source of the layout: https://kafka.apache.org/documentation/#recordbatch.
// Guarantees: the same records as kafkajs gives (patch-kafkajs.test.ts); a length that points
// outside the batch throws.
// Example: decodeBatch(bytes, bytes.subarray(61), into) appends the batch's records to `into`.

export type BatchContext = {
  readonly firstOffset: number;
  /** Text, as kafkajs compares it with its list of aborted transactions. */
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly appendTimeMs: number | null;
  readonly firstTimeMs: number;
};

/**
 * A record as kafkajs passes it through: `offset` and `timestamp` are text there, so the numbers
 * have other names.
 */
export class FetchedRecord {
  readonly position: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly batchContext: BatchContext;
  readonly #bytes: Buffer;
  readonly #headersAt: number;
  #headers: Record<string, Buffer> | undefined;

  constructor(bytes: Buffer, from: number, end: number, batch: BatchContext) {
    const cursor = { at: from + 1 }; // after the attributes, which are unused
    const timeDelta = readVarint(bytes, cursor);
    this.position = batch.firstOffset + readVarint(bytes, cursor);
    this.timestampMs = batch.appendTimeMs ?? batch.firstTimeMs + timeDelta;
    this.key = readBytes(bytes, cursor, end);
    this.value = readBytes(bytes, cursor, end);
    this.batchContext = batch;
    this.#bytes = bytes;
    this.#headersAt = cursor.at;
  }

  get offset(): string {
    return String(this.position);
  }

  get timestamp(): string {
    return String(this.timestampMs);
  }

  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch;
  }

  /** Of a name given twice the last counts; a header without a value is left out. */
  get headers(): Readonly<Record<string, Buffer>> {
    return (this.#headers ??= readHeaders(this.#bytes, this.#headersAt));
  }
}

/** Appends the records of a batch. `batch` is the whole batch, `records` its records, inflated. */
export function decodeBatch(batch: Buffer, records: Buffer, into: FetchedRecord[]): void {
  const attributes = batch.readInt16BE(21);
  const context: BatchContext = {
    firstOffset: Number(batch.readBigInt64BE(0)),
    producerId: String(batch.readBigInt64BE(43)),
    inTransaction: (attributes & 0x10) !== 0,
    isControlBatch: (attributes & 0x20) !== 0,
    appendTimeMs: (attributes & 0x08) === 0 ? null : Number(batch.readBigInt64BE(35)),
    firstTimeMs: Number(batch.readBigInt64BE(27)),
  };
  const count = batch.readInt32BE(57);
  const cursor = { at: 0 };
  for (let i = 0; i < count; i++) {
    const size = readVarint(records, cursor);
    const end = cursor.at + size;
    if (!(size > 0) || end > records.length) throw new RangeError('record outside its batch');
    into.push(new FetchedRecord(records, cursor.at, end, context));
    cursor.at = end;
  }
}

type Cursor = { at: number };

/** Zigzag varint or varlong. Exact up to 2^53. */
function readVarint(bytes: Buffer, cursor: Cursor): number {
  let byte = bytes[cursor.at++]!;
  let value = byte & 0x7f;
  let factor = 128;
  while (byte > 0x7f) {
    if (factor > 2 ** 63 || cursor.at >= bytes.length) throw new RangeError('varint without end');
    byte = bytes[cursor.at++]!;
    value += (byte & 0x7f) * factor;
    factor *= 128;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function readBytes(bytes: Buffer, cursor: Cursor, end: number): Buffer | null {
  const size = readVarint(bytes, cursor);
  if (size < 0) return null;
  const from = cursor.at;
  cursor.at = from + size;
  if (cursor.at > end) throw new RangeError('field outside its record');
  return bytes.subarray(from, cursor.at);
}

function readHeaders(bytes: Buffer, from: number): Record<string, Buffer> {
  const cursor = { at: from };
  const headers: Record<string, Buffer> = {};
  const count = readVarint(bytes, cursor);
  for (let i = 0; i < count; i++) {
    const name = readBytes(bytes, cursor, bytes.length)?.toString() ?? '';
    const value = readBytes(bytes, cursor, bytes.length);
    // defineProperty, so that a header named __proto__ is only a name.
    if (value !== null) {
      Object.defineProperty(headers, name, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }
  return headers;
}
