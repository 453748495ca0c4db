// The records a writer has taken and not yet sent, per partition, in order. Pure bookkeeping: no
// client, no clock.
// Guarantees: a request holds at most one run of each partition, within the limits (a larger record
// goes alone); a send is settled once all its records are; when a record is refused for good, what
// waits behind it on that partition is refused too, so that no reader sees a later record without
// the earlier one.
// Example: queue.add(records, resolve, reject); const request = queue.take();
// queue.acknowledge(request[0]);
import type { OutRecord } from './port.ts';
import type { WriterLimits } from './options.ts';

type Send = {
  open: number;
  failed: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
};
type Lane = {
  readonly topic: string;
  readonly partition: number;
  records: OutRecord[];
  sends: Send[];
  bytes: number[];
  head: number;
};
/** A run of records of one partition, to go in one request. */
export type Run = {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutRecord[];
};

/** Bytes of a record's frame: lengths, attributes and deltas at their largest. */
const FRAME_BYTES = 24;

export class WriterQueue {
  readonly #limits: WriterLimits;
  readonly #lanes = new Map<string, Lane>();
  readonly #busy = new Set<Lane>();
  #waitingBytes = 0;

  constructor(limits: WriterLimits) {
    this.#limits = limits;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get isEmpty(): boolean {
    return this.#busy.size === 0;
  }

  add(records: readonly OutRecord[], resolve: () => void, reject: (error: Error) => void): void {
    const send: Send = { open: records.length, failed: false, resolve, reject };
    for (const record of records) {
      const lane = this.#lane(record.topic, record.partition);
      const bytes = sizeOf(record);
      lane.records.push(record);
      lane.sends.push(send);
      lane.bytes.push(bytes);
      this.#waitingBytes += bytes;
      this.#busy.add(lane);
    }
  }

  /**
   * The next request: the head of every lane, oldest lane first, within the limits. Records stay
   * until settled.
   */
  take(): Run[] {
    const runs: Run[] = [];
    let left = this.#limits.maxRequestBytes;
    for (const lane of this.#busy) {
      const room = Math.min(left, this.#limits.maxBatchBytes);
      let end = lane.head;
      let bytes = 0;
      while (end < lane.records.length && (bytes + lane.bytes[end]! <= room || mustGo(end))) {
        bytes += lane.bytes[end++]!;
      }
      if (end === lane.head) continue;
      const { topic, partition } = lane;
      runs.push({ topic, partition, records: lane.records.slice(lane.head, end) });
      left -= bytes;
      if (left <= 0) break;
      // A record above the limits goes alone, as the only one of its request.
      function mustGo(at: number): boolean {
        return runs.length === 0 && at === lane.head;
      }
    }
    return runs;
  }

  /** The run's records are in the log. */
  acknowledge(run: Run): void {
    const lane = this.#lane(run.topic, run.partition);
    for (let i = 0; i < run.records.length; i++) {
      const send = lane.sends[lane.head]!;
      this.#waitingBytes -= lane.bytes[lane.head]!;
      lane.head++;
      if (--send.open === 0 && !send.failed) send.resolve();
    }
    this.#tidy(lane);
    // Behind the others, so that a busy partition does not hold up the rest.
    this.#busy.delete(lane);
    if (lane.records.length > 0) this.#busy.add(lane);
  }

  /**
   * The record at the head of the partition is refused for good: so is everything waiting behind
   * it.
   */
  refuse(run: Pick<Run, 'topic' | 'partition'>, error: Error): void {
    const lane = this.#lane(run.topic, run.partition);
    for (let i = lane.head; i < lane.records.length; i++) {
      const send = lane.sends[i]!;
      this.#waitingBytes -= lane.bytes[i]!;
      send.open--;
      if (!send.failed) send.reject(error);
      send.failed = true;
    }
    lane.head = lane.records.length;
    this.#tidy(lane);
    this.#busy.delete(lane);
  }

  refuseAll(error: Error): void {
    for (const lane of this.#busy) this.refuse(lane, error);
  }

  #lane(topic: string, partition: number): Lane {
    const name = `${partition}/${topic}`;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { topic, partition, records: [], sends: [], bytes: [], head: 0 };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #tidy(lane: Lane): void {
    if (lane.head === lane.records.length) {
      lane.records = [];
      lane.sends = [];
      lane.bytes = [];
      lane.head = 0;
    } else if (lane.head > 1024 && lane.head * 2 > lane.records.length) {
      lane.records.splice(0, lane.head);
      lane.sends.splice(0, lane.head);
      lane.bytes.splice(0, lane.head);
      lane.head = 0;
    }
  }
}

/** Bytes of a record in a request, rounded up. */
export function sizeOf(record: OutRecord): number {
  let bytes = FRAME_BYTES + record.value.length;
  if (record.key !== null) bytes += Buffer.byteLength(record.key);
  for (const name in record.headers) {
    bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(record.headers[name]!);
  }
  return bytes;
}
