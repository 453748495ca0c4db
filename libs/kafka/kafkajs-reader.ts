// A member of a consumer group that stays one: supervises consumer lives (kafkajs-life.ts) one
// after the other.
// Guarantees: while the cluster is away it waits, says so once, and reads on from the committed
// offset when it is back; an error that will not change ends it through closed(); an offset the
// broker no longer has is such an error, with its place, and never a silent jump.
// Example: await reader.run(async (batch) => { … await reader.commit([…]) }).
import type { Kafka } from 'kafkajs';
import { SpineError } from '@agentspine/outcome/errors';
import { createBackoff } from './backoff.ts';
import { ConsumerLife, type Assignment } from './kafkajs-life.ts';
import { nameOf } from './ownership.ts';
import type { KafkaLogger } from './logger.ts';
import { mapError } from './map-error.ts';
import { checkReaderOptions } from './options.ts';
import type { BatchHandler, LogAdmin, LogReader, ReaderOptions } from './port.ts';

/** A topic created a moment ago may not be known everywhere yet. */
const MISSING_TOPIC_TRIES = 5;
const LEAVE_TIMEOUT_MS = 10_000;

export type ReaderParts = {
  /** A client of its own: kafkajs shares committed offsets among the consumers of one client. */
  readonly kafka: Kafka;
  readonly admin: Pick<LogAdmin, 'committed' | 'offsets'>;
  readonly logger: KafkaLogger;
};

export function createKafkaReader(parts: ReaderParts, options: ReaderOptions): LogReader {
  checkReaderOptions(options);
  const listeners: ((assigned: Assignment) => void)[] = [];
  const firstJoin = Promise.withResolvers<void>();
  const joined = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  // Both may be awaited late or never.
  joined.promise.catch(() => undefined);
  closed.promise.catch(() => undefined);
  const supervisor = new Supervisor(parts, options, (assigned) => {
    for (const listener of listeners) listener(assigned);
    firstJoin.resolve();
  });
  let running = false;

  const lifeOr = (doing: string): ConsumerLife => {
    if (supervisor.life !== null) return supervisor.life;
    const found = 'a reader that is not in the group';
    throw new SpineError('SPINE_KAFKA_FENCED', { found, where: doing });
  };

  return {
    run: (handler) => {
      if (!running) {
        running = true;
        const whole = supervisor.supervise(handler);
        joined.resolve(Promise.race([firstJoin.promise, whole]));
        closed.resolve(whole);
      }
      return joined.promise;
    },
    onAssigned: (listener) => {
      listeners.push(listener);
    },
    commit: async (commits) => {
      if (commits.length > 0) await lifeOr('commit').commit(commits);
    },
    committed: async (topic, partition) =>
      (await parts.admin.committed(options.groupId, topic)).get(partition) ?? null,
    pause: (topic, partitions) => lifeOr('pause').pause(topic, partitions),
    resume: (topic, partitions) => supervisor.life?.resume(topic, partitions),
    stop: async () => {
      if (!running) closed.resolve();
      running = true;
      await supervisor.stop();
      await closed.promise.catch(() => undefined);
    },
    closed: () => closed.promise,
  };
}

class Supervisor {
  life: ConsumerLife | null = null;
  readonly #parts: ReaderParts;
  readonly #options: ReaderOptions;
  readonly #onAssigned: (assigned: Assignment) => void;
  readonly #backoff = createBackoff({ firstMs: 250, lastMs: 3_000 });
  #stopping = false;
  #missing = 0;
  #said: string | null = null;

  constructor(
    parts: ReaderParts,
    options: ReaderOptions,
    onAssigned: (assigned: Assignment) => void,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#onAssigned = onAssigned;
  }

  /** Resolves after stop(), rejects with an error that a repetition would not change. */
  async supervise(handler: BatchHandler): Promise<void> {
    while (!this.#stopping) {
      const life = new ConsumerLife(this.#parts.kafka, this.#options, {
        handler,
        onAssigned: (assigned) => {
          this.#missing = 0;
          this.#onAssigned(assigned);
        },
        onProgress: () => this.#onProgress(),
      });
      this.life = life;
      const error = await life.start().then(
        () => life.ended,
        (failure: unknown) => failure,
      );
      this.life = null;
      await end(life);
      if (this.#stopping) return;
      await this.#judge(mapError(error, { where: this.#options.groupId, wanted: 'records' }));
      await this.#backoff.wait();
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#backoff.wake();
    if (this.life !== null) await end(this.life);
  }

  #onProgress(): void {
    this.#backoff.reset();
    if (this.#said === null) return;
    this.#said = null;
    this.#parts.logger.info({ group: this.#options.groupId }, 'reading again');
  }

  /** Throws what ends the reader; returns for what a new life may get past. */
  async #judge(error: SpineError): Promise<void> {
    if (error.code === 'SPINE_DELIVERY_HOLE' && (await this.#isUncommitted(error))) return;
    if (error.code === 'SPINE_KAFKA_TOPIC' && ++this.#missing < MISSING_TOPIC_TRIES) return;
    if (!error.retryable) throw error;
    if (error.code === 'SPINE_KAFKA_FENCED' || this.#said === error.code) return;
    this.#said = error.code;
    this.#parts.logger.warn(
      { group: this.#options.groupId, code: error.code, error: error.message },
      'reading is interrupted, trying again',
    );
  }

  /**
   * Out of range. Where nothing is committed the partition is read from its oldest record, and that
   * moved while reading began: no hole. Else records between the committed offset and the log's are
   * gone: throws with the place.
   */
  async #isUncommitted(error: SpineError): Promise<boolean> {
    const place = placeOf(error.facts.cause);
    if (place === null) return false;
    const { topic, partition } = place;
    const { admin } = this.#parts;
    const committed = (await admin.committed(this.#options.groupId, topic)).get(partition) ?? null;
    if (committed === null) return true;
    const range = (await admin.offsets(topic))?.find((row) => row.partition === partition);
    throw new SpineError('SPINE_DELIVERY_HOLE', {
      wanted: `records from the committed offset ${committed.offset}`,
      found: range === undefined ? 'no such partition' : `offsets ${range.low} to ${range.high}`,
      where: nameOf(topic, partition),
      cause: error.facts.cause,
      hint:
        'Records were deleted before they were read, or the topic was made anew. Raise its retention; to go on ' +
        `knowingly, set the offset of group ${this.#options.groupId} by hand.`,
    });
  }
}

function placeOf(error: unknown): { topic: string; partition: number } | null {
  let current = error;
  for (let depth = 0; depth < 10 && current instanceof Error; depth++) {
    const { topic, partition } = current as { topic?: unknown; partition?: unknown };
    if (typeof topic === 'string' && typeof partition === 'number') return { topic, partition };
    current = current.cause;
  }
  return null;
}

/** As long as the handlers need, then as long as a broker that is there needs. */
async function end(life: ConsumerLife): Promise<void> {
  await life.drain();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LEAVE_TIMEOUT_MS);
  });
  await Promise.race([life.leave().catch(() => undefined), late]);
  clearTimeout(timer);
}
