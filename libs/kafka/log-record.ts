// A fetched record in the port's shape. Headers are decoded when first read: most readers need few
// of them.
import type { FetchedRecord } from './decode-batch.ts';
import type { LogHeaders, LogRecord } from './port.ts';

class ReadRecord implements LogRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly #fetched: FetchedRecord;

  constructor(fetched: FetchedRecord) {
    this.offset = fetched.position;
    this.timestampMs = fetched.timestampMs;
    this.key = fetched.key;
    this.value = fetched.value;
    this.#fetched = fetched;
  }

  get headers(): LogHeaders {
    return this.#fetched.headers;
  }
}

export function toLogRecord(fetched: FetchedRecord): LogRecord {
  return new ReadRecord(fetched);
}
