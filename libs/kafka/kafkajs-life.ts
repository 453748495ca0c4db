// One life of a group member: one kafkajs consumer from joining to its end. The reader
// (kafkajs-reader.ts) starts the next.
// Guarantees: a partition has at most one handler at work; nothing is resolved after the assignment
// changed under it; a commit counts only when the broker confirmed it (kafkajs resolves without
// sending while it stops); a rebalance seen by one heartbeat makes every handler stale. Rebalances
// are joined again within the life; any other error ends it.
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { SpineError } from '@agentspine/outcome/errors';
import type { FetchedRecord } from './decode-batch.ts';
import { toLogRecord } from './log-record.ts';
import { brokerAnswer, mapError } from './map-error.ts';
import { MAX_FETCH_BYTES, REBALANCE_TIMEOUT_MS } from './options.ts';
import { checkMetadata, fenced, nameOf, placesOf } from './ownership.ts';
import { kafkajs } from './patch-kafkajs.ts';
import type { BatchControl, BatchHandler, Commit, LogBatch, ReaderOptions } from './port.ts';

export type Assignment = ReadonlyMap<string, readonly number[]>;

export type LifeHooks = {
  readonly handler: BatchHandler;
  readonly onAssigned: (assigned: Assignment) => void;
  /** A handler came back without an error: the reader makes progress. */
  readonly onProgress: () => void;
};

/** Answers after which kafkajs's runner joins the group again by itself. */
const REJOINED = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
]);

export class ConsumerLife {
  /** Settles with the error that ended this life. */
  readonly ended: Promise<unknown>;
  readonly #consumer: Consumer;
  readonly #options: ReaderOptions;
  readonly #hooks: LifeHooks;
  readonly #paused = new Set<string>();
  readonly #assigned = new Set<string>();
  /** Partitions with a handler at work, and the assignment it began under. */
  readonly #working = new Map<string, number>();
  readonly #confirmed = new Map<string, number>();
  readonly #expected = new Map<string, number>();
  #epoch = 0;
  /**
   * The broker's word that the partitions are lost; kafkajs joins again when it is thrown to it.
   */
  #fence: Error | null = null;
  #failure: unknown;
  #lastBeatMs = performance.now();
  #stopping = false;
  #over = false;
  #end!: (error: unknown) => void;
  #onIdle: (() => void)[] = [];

  constructor(kafka: Kafka, options: ReaderOptions, hooks: LifeHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.ended = new Promise((resolve) => {
      this.#end = (error) => {
        this.#over = true;
        resolve(this.#failure ?? error);
      };
    });
    this.#consumer = kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: options.heartbeatIntervalMs,
      rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, options.sessionTimeoutMs),
      minBytes: options.minBytes,
      maxWaitTimeInMs: options.maxWaitMs,
      maxBytesPerPartition: options.maxBytesPerPartition,
      maxBytes: Math.max(options.maxBytesPerPartition, MAX_FETCH_BYTES),
      allowAutoTopicCreation: false,
      retry: {
        retries: 3,
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        restartOnFailure: async () => false, // the reader decides
      },
    });
    this.#listen();
  }

  /**
   * Joins the group. Throws when the cluster or the topics cannot be reached; later errors go to
   * `ended`.
   */
  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.partitionsConcurrently,
      eachBatch: (payload) => this.#onBatch(payload),
    });
  }

  async commit(commits: readonly Commit[]): Promise<void> {
    const epoch = this.#epoch;
    const where = placesOf(commits);
    for (const commit of commits) this.#checkCommit(commit, where);
    const mark = markOf(commits);
    try {
      await this.#consumer.commitOffsets(
        commits.map(({ offset, ...rest }) => ({ ...rest, offset: String(offset) })),
      );
    } catch (error) {
      const mapped = mapError(error, { where, wanted: 'the commit to be accepted' });
      const answered = brokerAnswer(error) !== null && mapped.code !== 'SPINE_KAFKA_DENIED';
      this.#lose(error, mapped, epoch);
      throw answered ? fenced(where, mapped.facts.found ?? 'a refusal', error) : mapped;
    }
    const confirmations = this.#confirmed.get(mark) ?? 0;
    if (confirmations === 0) throw fenced(where, 'a reader that is leaving the group');
    if (confirmations === 1) this.#confirmed.delete(mark);
    else this.#confirmed.set(mark, confirmations - 1);
  }

  pause(topic: string, partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(nameOf(topic, partition));
    this.#consumer.pause([{ topic, partitions: [...partitions] }]);
  }

  resume(topic: string, partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(nameOf(topic, partition));
    this.#consumer.resume([{ topic, partitions: [...partitions] }]);
  }

  /** Hands out no more batches and waits for the handlers at work; they can still commit. */
  drain(): Promise<void> {
    this.#stopping = true;
    return this.#idle();
  }

  /** Leaves the group; after drain(). */
  async leave(): Promise<void> {
    await this.#consumer.disconnect();
    this.#end(undefined);
  }

  #listen(): void {
    const { GROUP_JOIN, CRASH, COMMIT_OFFSETS, HEARTBEAT } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#onJoin(payload.memberAssignment));
    this.#consumer.on(CRASH, ({ payload }) => this.#end(payload.error));
    this.#consumer.on(HEARTBEAT, () => {
      this.#lastBeatMs = performance.now();
    });
    this.#consumer.on(COMMIT_OFFSETS, ({ payload }) => {
      this.#lastBeatMs = performance.now();
      const mark = markOf(
        payload.topics.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
        ),
      );
      this.#confirmed.set(mark, (this.#confirmed.get(mark) ?? 0) + 1);
    });
  }

  #onJoin(assignment: Record<string, number[]>): void {
    this.#epoch++;
    this.#fence = null;
    this.#lastBeatMs = performance.now();
    this.#assigned.clear();
    this.#expected.clear();
    for (const name of this.#paused) {
      const cut = name.lastIndexOf('/');
      this.resume(name.slice(0, cut), [Number(name.slice(cut + 1))]);
    }
    const assigned = new Map<string, readonly number[]>();
    for (const topic of this.#options.topics) {
      const partitions = (assignment[topic] ?? []).toSorted((a, b) => a - b);
      if (partitions.length > 0) assigned.set(topic, partitions);
      for (const partition of partitions) this.#assigned.add(nameOf(topic, partition));
    }
    try {
      this.#hooks.onAssigned(assigned);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  async #onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset } = payload;
    const name = nameOf(batch.topic, batch.partition);
    if (this.#stopping) return this.#idle(); // do not fetch in circles meanwhile
    this.#throwFailure();
    if (this.#fence !== null) throw this.#fence;
    if (this.#paused.has(name)) return; // read again when resumed
    const epoch = this.#epoch;
    this.#working.set(name, epoch);
    try {
      const records = batch.messages as unknown as readonly FetchedRecord[];
      this.#checkOrder(name, records);
      await this.#hooks.handler(toLogBatch(batch, records), this.#control(payload, epoch));
    } catch (error) {
      if (this.#fence === null || epoch !== this.#epoch) this.#failure ??= error;
    } finally {
      this.#working.delete(name);
      if (this.#working.size === 0) for (const done of this.#onIdle.splice(0)) done();
    }
    this.#throwFailure();
    if (epoch !== this.#epoch) return; // the position is the new assignment's
    if (this.#fence !== null) throw this.#fence;
    resolveOffset(batch.messages.at(-1)!.offset);
    this.#expected.set(name, Number(batch.lastOffset()) + 1);
    this.#hooks.onProgress();
  }

  #control(payload: EachBatchPayload, epoch: number): BatchControl {
    const where = nameOf(payload.batch.topic, payload.batch.partition);
    const isLost = (): boolean => this.#over || this.#fence !== null || epoch !== this.#epoch;
    return {
      heartbeat: async () => {
        if (isLost()) throw fenced(where, 'a partition that was taken away');
        try {
          await payload.heartbeat();
        } catch (error) {
          const mapped = mapError(error, { where, wanted: 'a heartbeat to be answered' });
          this.#lose(error, mapped, epoch);
          throw mapped;
        }
        if (isLost()) throw fenced(where, 'a partition that was taken away');
      },
      // A process that was stopped longer than its session has lost the partition, whether it heard
      // of it or not.
      isStale: () =>
        isLost() ||
        this.#stopping ||
        performance.now() - this.#lastBeatMs > this.#options.sessionTimeoutMs,
    };
  }

  /**
   * The membership is gone: kafkajs joins again on the answers it knows; anything else ends this
   * life.
   */
  #lose(error: unknown, mapped: SpineError, epoch: number): void {
    if (epoch !== this.#epoch) return;
    const answer = brokerAnswer(error);
    if (answer !== null && REJOINED.has(answer.type)) this.#fence ??= answer;
    else this.#failure ??= mapped;
  }

  /**
   * kafkajs must never move back within an assignment; forward gaps are control records and
   * compaction.
   */
  #checkOrder(name: string, records: readonly FetchedRecord[]): void {
    let next = this.#expected.get(name) ?? 0;
    for (const { position } of records) {
      if (position < next) {
        throw new SpineError('SPINE_DELIVERY_HOLE', {
          wanted: `offset ${next} or later`,
          found: `offset ${position}`,
          where: name,
          hint: 'The client read records a second time; report it with the versions of broker and client.',
        });
      }
      next = position + 1;
    }
  }

  #checkCommit(commit: Commit, where: string): void {
    const name = nameOf(commit.topic, commit.partition);
    checkMetadata(commit, where);
    if (this.#over || !this.#assigned.has(name)) throw fenced(where, `${name} is not assigned`);
    if ((this.#working.get(name) ?? this.#epoch) !== this.#epoch) {
      throw fenced(where, `${name} was assigned anew since the batch was read`);
    }
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return;
    // Not retryable for kafkajs, so that it ends at once; `ended` has the real error.
    throw new kafkajs.KafkaJSNonRetriableError('A batch handler failed');
  }

  #idle(): Promise<void> {
    if (this.#working.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }
}

function markOf(commits: readonly { topic: string; partition: number; offset: unknown }[]): string {
  return commits.map((c) => `${c.topic}/${c.partition}@${String(c.offset)}`).join(' ');
}

function toLogBatch(batch: EachBatchPayload['batch'], records: readonly FetchedRecord[]): LogBatch {
  return {
    topic: batch.topic,
    partition: batch.partition,
    records: records.map(toLogRecord),
    highWatermark: Number(batch.highWatermark),
  };
}
