// The idempotent writer: all waiting sends go together into one request at a time (acks=all, one in
// flight).
// Guarantees: a resolved send is in the log, in order per partition; what the broker did not name
// in its answer counts as not sent (kafkajs can leave out a partition whose leader moved between
// two tries). On any failure a new producer sends the same records again, so a record may be in the
// log twice, never missing; readers skip repeats by protocol. While the broker is away it waits and
// says so once; only an answer that will not change rejects a send.
import type { Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import { SpineError } from '@agentspine/outcome/errors';
import { createBackoff, type Backoff } from './backoff.ts';
import type { KafkaLogger } from './logger.ts';
import { brokerAnswer, mapError } from './map-error.ts';
import { checkWriterLimits, WRITER_DEFAULTS, type WriterLimits } from './options.ts';
import { nameOf } from './ownership.ts';
import { partitionResults } from './partition-results.ts';
import type { LogWriter, OutRecord } from './port.ts';
import { WriterQueue, type Run } from './writer-queue.ts';

/**
 * Below the broker's socket.request.max.bytes of 100 MB, above which it hangs up without a word.
 */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const ACK_TIMEOUT_MS = 30_000;
/** A topic created a moment ago may not be known everywhere yet. */
const MISSING_TOPIC_TRIES = 5;
/** Answers about the records themselves that no repetition changes. */
const BAD_RECORD = new Set([
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'INVALID_TIMESTAMP',
  'POLICY_VIOLATION',
]);

export function createKafkaWriter(
  kafka: Kafka,
  logger: KafkaLogger,
  limits: WriterLimits = WRITER_DEFAULTS,
): LogWriter {
  checkWriterLimits(limits);
  const queue = new WriterQueue(limits);
  const sender = new Sender(kafka, logger);
  let pumping: Promise<void> | null = null;
  let closed = false;

  /** Sends until nothing waits. One run at a time. */
  async function pump(): Promise<void> {
    while (!queue.isEmpty) {
      try {
        await sender.deliver(queue.take(), queue, () => closed);
      } catch (error) {
        queue.refuseAll(mapError(error, { where: 'writer' }));
      }
    }
    pumping = null;
  }

  return {
    send: (records) => {
      if (records.length === 0) return Promise.resolve();
      const large = records.find(({ value }) => value.length > MAX_RECORD_BYTES);
      if (large !== undefined) return Promise.reject(tooLarge(large));
      if (closed) return Promise.reject(refused('an open writer', 'a closed one'));
      if (queue.waitingBytes > limits.maxWaitingBytes) {
        const found = `${queue.waitingBytes} bytes`;
        return Promise.reject(refused(`at most ${limits.maxWaitingBytes} bytes waiting`, found));
      }
      return new Promise((resolve, reject) => {
        queue.add(records, resolve, reject);
        // A microtask later, so that sends made together leave together.
        pumping ??= Promise.resolve().then(pump);
      });
    },
    close: async () => {
      closed = true;
      sender.wake();
      await pumping;
      await sender.disconnect();
    },
  };
}

function refused(wanted: string, found: string): SpineError {
  const hint = 'Await the promises of earlier sends: they resolve when the log has the records.';
  return new SpineError('SPINE_KAFKA_REFUSED', { wanted, found, where: 'writer', hint });
}

function tooLarge({ topic, partition, value }: OutRecord): SpineError {
  const where = nameOf(topic, partition);
  const wanted = `at most ${MAX_RECORD_BYTES} bytes`;
  return new SpineError('SPINE_RECORD_TOO_LARGE', { wanted, found: `${value.length}`, where });
}

class Sender {
  readonly #kafka: Kafka;
  readonly #logger: KafkaLogger;
  readonly #backoff: Backoff = createBackoff({ firstMs: 100, lastMs: 3_000 });
  #producer: Promise<Producer> | null = null;
  #said = false;

  constructor(kafka: Kafka, logger: KafkaLogger) {
    this.#kafka = kafka;
    this.#logger = logger;
  }

  wake(): void {
    this.#backoff.wake();
  }

  /** Brings the runs into the log, or has them refused, and settles them in the queue. */
  async deliver(
    request: readonly Run[],
    queue: WriterQueue,
    isClosing: () => boolean,
  ): Promise<void> {
    let open = request;
    let missing = 0;
    while (open.length > 0) {
      const failures = await this.#attempt(open);
      const again: Run[] = [];
      for (const run of open) {
        const error = failures.get(run);
        if (error === undefined) queue.acknowledge(run);
        else if (isFinal(error)) await this.#narrow(run, error, queue, isClosing);
        else again.push(run);
      }
      open = again;
      const [first] = again;
      if (first === undefined) break;
      const error = failures.get(first)!;
      missing = error.code === 'SPINE_KAFKA_TOPIC' ? missing + 1 : 0;
      if (missing === MISSING_TOPIC_TRIES || isClosing()) {
        for (const run of again) queue.refuse(run, failures.get(run)!);
        return;
      }
      this.#say(error);
      await this.#backoff.wait();
    }
    if (this.#said) this.#logger.info({}, 'Kafka takes records again');
    this.#said = false;
    this.#backoff.reset();
  }

  /**
   * Finds the record the broker will not take, half by half, in order; what is before it goes into
   * the log.
   */
  async #narrow(
    run: Run,
    error: SpineError,
    queue: WriterQueue,
    isClosing: () => boolean,
  ): Promise<void> {
    if (run.records.length === 1 || !isAboutRecords(error)) {
      queue.refuse(run, error);
      return;
    }
    const half = run.records.slice(0, run.records.length >> 1);
    // The other half stays at the head of its lane and comes with the next request.
    await this.deliver([{ ...run, records: half }], queue, isClosing);
  }

  /** One request; returns what failed and why. */
  async #attempt(runs: readonly Run[]): Promise<ReadonlyMap<Run, SpineError>> {
    let results: ReadonlyMap<string, Error | null>;
    let failure: unknown;
    try {
      const producer = await (this.#producer ??= connect(this.#kafka));
      const rows = await producer.sendBatch({
        acks: -1,
        timeout: ACK_TIMEOUT_MS,
        topicMessages: byTopic(runs),
      });
      results = new Map(rows.map((row) => [nameOf(row.topicName, row.partition), null]));
    } catch (error) {
      failure = error;
      results = partitionResults(error);
    }
    const failures = new Map<Run, SpineError>();
    for (const run of runs) {
      const where = nameOf(run.topic, run.partition);
      const result = results.get(where);
      if (result === null) continue;
      const wanted = 'an acknowledgement';
      const error =
        result === undefined && failure === undefined
          ? new SpineError('SPINE_KAFKA_TOPIC', { wanted, found: 'no answer for it', where })
          : mapError(result ?? failure, { wanted, where });
      failures.set(run, error);
    }
    // Sequence numbers are uncertain now: a new producer starts them afresh.
    if (failures.size > 0) await this.disconnect();
    return failures;
  }

  async disconnect(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.then((open) => open.disconnect()).catch(() => undefined);
  }

  #say(error: SpineError): void {
    if (this.#said) return;
    this.#said = true;
    this.#logger.warn(
      { code: error.code, error: error.message },
      'waiting for Kafka to take records',
    );
  }
}

/** No repetition of the same records will be taken. */
function isFinal(error: SpineError): boolean {
  if (error.code === 'SPINE_KAFKA_DENIED' || error.code === 'SPINE_INTERNAL') return true;
  return isAboutRecords(error);
}

function isAboutRecords(error: SpineError): boolean {
  if (error.code === 'SPINE_RECORD_TOO_LARGE') return true;
  return BAD_RECORD.has(brokerAnswer(error.facts.cause)?.type ?? '');
}

async function connect(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  await producer.connect();
  return producer;
}

/**
 * kafkajs wants one list of messages per topic; it sorts them by partition. The records are its
 * messages as they are.
 */
function byTopic(runs: readonly Run[]): TopicMessages[] {
  const topics = new Map<string, OutRecord[]>();
  for (const { topic, records } of runs) {
    const known = topics.get(topic);
    topics.set(topic, known === undefined ? records : known.concat(records));
  }
  return [...topics].map(([topic, records]) => ({
    topic,
    messages: records as unknown as Message[],
  }));
}
