// What the contract's tests share: the implementation under test, and records to write. See
// contract.ts.
import type { Log, LogBatch, LogReader, OutRecord, ReaderOptions } from './port.ts';

/** An implementation under test. */
export type ContractSubject = {
  /** A connection of its own, as another process would have. */
  connect(): Promise<Log>;
  /** As short as the implementation lets a session be. */
  readonly sessionTimeoutMs: number;
  /** Leaves at least one offset without a visible record. */
  makeGap(topic: string, partition: number): Promise<void>;
  /** Deletes the records before an offset. */
  deleteBefore(topic: string, partition: number, offset: number): Promise<void>;
  close(): Promise<void>;
};

/** What the tests of one suite share. Everything opened through it is closed after the test. */
export type ContractTools = {
  readonly subject: ContractSubject;
  connect(): Promise<Log>;
  /** A fresh topic; returns its name. */
  topic(partitions: number, config?: Record<string, string>): Promise<string>;
  group(): string;
  /** A reader with short times, on a connection of its own. */
  reader(groupId: string, topic: string, more?: Partial<ReaderOptions>): Promise<LogReader>;
  write(records: readonly OutRecord[]): Promise<void>;
};

export function record(topic: string, partition: number, text: string): OutRecord {
  return { topic, partition, key: `key of ${text}`, value: Buffer.from(text) };
}

export function records(topic: string, partition: number, count: number, from = 0): OutRecord[] {
  return Array.from({ length: count }, (_, i) => record(topic, partition, String(from + i)));
}

export function textsOf(batch: LogBatch): string[] {
  return batch.records.map(({ value }) => value?.toString() ?? '');
}

export function numbersTo(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(from + i));
}

/** Waits for a condition, and fails with its description when it does not come. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 4_000; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never came: ${what}`);
}
