// The log as the services see it. kafkajs sits behind this port (kafkajs-log.ts), and so does the
// in-memory twin (memory-log.ts); both pass contract.ts, so another client can be put in.
// Guarantees: records of a partition arrive in order and without a gap the reader is not told of; a
// commit made by a member that lost its partition is refused (SPINE_KAFKA_FENCED); a resolved send
// has been acknowledged by all in-sync replicas.

export type LogHeaders = Readonly<Record<string, Buffer>>;

/** One record as read. Offsets are exact up to 2^53. */
export type LogRecord = {
  readonly offset: number;
  /** Broker's LogAppendTime in milliseconds. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: LogHeaders;
};

export type LogBatch = {
  readonly topic: string;
  readonly partition: number;
  /** In offset order, never empty. Control records and compacted offsets are left out. */
  readonly records: readonly LogRecord[];
  /** Offset after the newest record of the partition, for lag. */
  readonly highWatermark: number;
};

/** A commit: the next offset to read, and up to 4 KB of text that comes back with it. */
export type Commit = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
};

export type Committed = { readonly offset: number; readonly metadata: string } | null;

export type BatchControl = {
  /**
   * Keeps the membership alive during long work; throws SPINE_KAFKA_FENCED when the partition
   * is lost.
   */
  heartbeat(): Promise<void>;
  /** True once the partition is lost or the reader is stopping; stop work and return. */
  isStale(): boolean;
};

export type BatchHandler = (batch: LogBatch, control: BatchControl) => Promise<void>;

export type ReaderOptions = {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** The broker answers a fetch when this many bytes are there… */
  readonly minBytes: number;
  /** …or after this long. */
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  readonly partitionsConcurrently: number;
};

export interface LogReader {
  /**
   * Joins the group and hands batches to the handler, one at a time per partition, starting at the
   * committed offset (at the beginning where none is committed). A handler that returns moves the
   * reading position on; nothing is committed but by commit(). A handler that throws makes the
   * reader leave the position where it was; the promise returned by closed() rejects when the error
   * is not retryable, otherwise the reader rejoins and reads again from the committed offset.
   * Resolves when the group is joined for the first time, however long the cluster is away; rejects
   * as closed() does.
   */
  run(handler: BatchHandler): Promise<void>;
  /**
   * Called with the partitions of each new assignment, before any batch of it. All of them are read
   * from their committed offsets, also those that were there before: drop what is in the works.
   */
  onAssigned(listener: (assigned: ReadonlyMap<string, readonly number[]>) => void): void;
  /**
   * Commits as a member of the group. Throws SPINE_KAFKA_FENCED when refused: treat the partition
   * as lost; SPINE_KAFKA_UNREACHABLE when nobody knows whether it was made.
   */
  commit(commits: readonly Commit[]): Promise<void>;
  /** What is committed for a partition, or null. */
  committed(topic: string, partition: number): Promise<Committed>;
  /** No more batches of these, until resume() or the next assignment. */
  pause(topic: string, partitions: readonly number[]): void;
  resume(topic: string, partitions: readonly number[]): void;
  /**
   * Leaves the group after the running handlers have returned, which may still commit. Safe to
   * repeat; never awaited inside a handler.
   */
  stop(): Promise<void>;
  /** Resolves when the reader has stopped, rejects with the error that stopped it. */
  closed(): Promise<void>;
}

export type OutRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | string | null;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

export interface LogWriter {
  /**
   * Appends records in the order given, per partition; idempotent producer, acks=all, calls are
   * serialised and gathered into few requests. Resolves when all of them are acknowledged. Rejects
   * only for what a repetition would not change; then nothing that was waiting behind the refused
   * record on its partition is appended, and those sends reject too. What came before it is in the
   * log, and so may be records of other partitions: sending again makes repeats.
   */
  send(records: readonly OutRecord[]): Promise<void>;
  /** Delivers what was sent before it; while the cluster is away, rejects it instead. */
  close(): Promise<void>;
}

export type TopicSpec = {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
};

export type TopicOffsets = {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
};

export interface LogAdmin {
  /** Creates those that are missing and names them; those that exist are left as they are. */
  createTopics(specs: readonly TopicSpec[]): Promise<readonly string[]>;
  /** Offsets per partition; null when the topic does not exist. */
  offsets(topic: string): Promise<readonly TopicOffsets[] | null>;
  committed(groupId: string, topic: string): Promise<ReadonlyMap<number, Committed>>;
  close(): Promise<void>;
}

/** A connected log: opens readers, writers and the admin on one cluster. */
export interface Log {
  reader(options: ReaderOptions): Promise<LogReader>;
  writer(): Promise<LogWriter>;
  admin(): Promise<LogAdmin>;
  /**
   * Reads a partition from an offset to the offset that is the end when it is called, outside any
   * group. For tools and the auditor; bounded by the range. Throws SPINE_DELIVERY_HOLE when the
   * start has been deleted: offsets() says what is there.
   */
  readRange(topic: string, partition: number, from: number, to?: number): AsyncIterable<LogRecord>;
  /** Resolves after a real round trip, throws SPINE_KAFKA_UNREACHABLE. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
