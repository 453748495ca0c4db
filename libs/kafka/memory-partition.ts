// One partition of the in-memory log: records in offset order, gaps allowed, the oldest dropped
// beyond a bound.
// Example: partition.append({ key, value, headers }, nowMs); partition.read(from, maxBytes) →
// records from `from` on.
import type { LogHeaders, LogRecord } from './port.ts';

export class MemoryPartition {
  /** Offset of the oldest record that is kept. */
  low = 0;
  /** Offset the next record gets. */
  high = 0;
  readonly #maxRecords: number;
  #records: LogRecord[] = [];
  #first = 0;

  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords;
  }

  append(key: Buffer | null, value: Buffer, headers: LogHeaders, timestampMs: number): number {
    const offset = this.high++;
    this.#records.push({ offset, timestampMs, key, value, headers });
    if (this.#records.length - this.#first > this.#maxRecords) {
      this.deleteBefore(this.#records[this.#first]!.offset + 1);
    }
    return offset;
  }

  /** Offsets that no record has, as control records and compaction leave them. */
  appendGap(count: number): void {
    this.high += count;
  }

  /** What retention does. */
  deleteBefore(offset: number): void {
    this.low = Math.max(this.low, Math.min(offset, this.high));
    while (this.#first < this.#records.length && this.#records[this.#first]!.offset < this.low) {
      this.#first++;
    }
    if (this.#first > 1024 && this.#first * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Records from an offset on, at least one if there is any, then as many as fit. */
  read(from: number, maxBytes: number): LogRecord[] {
    const taken: LogRecord[] = [];
    let bytes = 0;
    for (let i = this.#indexOf(from); i < this.#records.length; i++) {
      const record = this.#records[i]!;
      bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0);
      if (taken.length > 0 && bytes > maxBytes) break;
      taken.push(record);
    }
    return taken;
  }

  /** Bytes waiting from an offset on, counted up to a limit. */
  bytesFrom(from: number, limit: number): number {
    let bytes = 0;
    for (let i = this.#indexOf(from); i < this.#records.length && bytes < limit; i++) {
      bytes += (this.#records[i]!.value?.length ?? 0) + (this.#records[i]!.key?.length ?? 0) + 1;
    }
    return bytes;
  }

  hasFrom(from: number): boolean {
    return (this.#records.at(-1)?.offset ?? -1) >= from;
  }

  #indexOf(offset: number): number {
    let low = this.#first;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#records[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
