// The idempotent writer: all waiting sends go together into one request at a time (acks=all, one in flight).
// Guarantees: a resolved send is in the log, in order per partition; what the broker did not name in its answer counts as
// not sent (kafkajs can leave out a partition whose leader moved between two tries). On any failure a new producer
// sends the same records again, so a record may be in the log twice, never missing; readers skip repeats by protocol.
// While the broker is away it waits and says so once; only an answer that will not change rejects a send.
import type { Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import { SpineError } from '@agentspine/outcome/errors';
import { createBackoff, type Backoff } from './backoff.ts';
import type { KafkaLogger } from './logger.ts';
import { brokerAnswer, mapError } from './map-error.ts';
import { checkWriterLimits, WRITER_DEFAULTS, type WriterLimits } from './options.ts';
import type { LogWriter, OutRecord } from './port.ts';
import { WriterQueue, type Run } from './writer-queue.ts';

const ACK_TIMEOUT_MS = 30_000;
/** A topic created a moment ago may not be known everywhere yet. */
const MISSING_TOPIC_TRIES = 8;
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

class Sender {
  readonly #kafka: Kafka;
  readonly #logger: KafkaLogger;
  readonly #backoff: Backoff = createBackoff({ firstMs: 100, lastMs: 5_000 });
  #producer: Promise<Producer> | null = null;
  #said = false;

  constructor(kafka: Kafka, logger: KafkaLogger) {
    this.#kafka = kafka;
    this.#logger = logger;
  }

  wake(): void {
    this.#backoff.wake();
  }

  /** Brings the runs into the log and settles them in the queue. */
  async deliver(
    request: readonly Run[],
    queue: WriterQueue,
    isClosing: () => boolean,
  ): Promise<void> {
    let open = request;
    let missing = 0;
    while (open.length > 0) {
      const attempt = await this.#attempt(open);
      for (const run of attempt.acknowledged) queue.acknowledge(run);
      open = open.filter((run) => !attempt.acknowledged.includes(run));
      if (open.length === 0) break;
      const { error } = attempt;
      if (
        isAboutRecords(error) ||
        error.code === 'SPINE_KAFKA_DENIED' ||
        error.code === 'SPINE_INTERNAL'
      ) {
        await this.#separate(open, queue, error, isClosing);
        return;
      }
      missing = error.code === 'SPINE_KAFKA_TOPIC' ? missing + 1 : 0;
      if (missing === MISSING_TOPIC_TRIES || isClosing()) {
        for (const run of open) queue.refuse(run, error);
        return;
      }
      this.#say(error);
      await this.#backoff.wait();
    }
    if (this.#said) this.#logger.info({}, 'Kafka takes records again');
    this.#said = false;
    this.#backoff.reset();
  }

  /** Finds what the broker will not take: partition by partition, then half by half. Order per partition is kept. */
  async #separate(
    runs: readonly Run[],
    queue: WriterQueue,
    error: SpineError,
    isClosing: () => boolean,
  ): Promise<void> {
    const [only] = runs;
    if (runs.length > 1) {
      for (const run of runs) await this.deliver([run], queue, isClosing);
    } else if (only !== undefined && only.records.length > 1 && isAboutRecords(error)) {
      const middle = only.records.length >> 1;
      const first = { ...only, records: only.records.slice(0, middle) };
      // What is left of the run stays at the head of its lane and comes with the next request.
      await this.deliver([first], queue, isClosing);
    } else if (only !== undefined) {
      queue.refuse(only, error);
    }
  }

  /** One request. What is not in `acknowledged` failed with `error`. */
  async #attempt(runs: readonly Run[]): Promise<{ acknowledged: Run[]; error: SpineError }> {
    const where = [...new Set(runs.map((run) => `${run.topic}/${run.partition}`))].join(' ');
    try {
      const producer = await (this.#producer ??= connect(this.#kafka));
      const answer = await producer.sendBatch({
        acks: -1,
        timeout: ACK_TIMEOUT_MS,
        topicMessages: byTopic(runs),
      });
      const named = new Set(answer.map((row) => `${row.topicName}/${row.partition}`));
      const acknowledged = runs.filter((run) => named.has(`${run.topic}/${run.partition}`));
      if (acknowledged.length < runs.length) await this.disconnect();
      const wanted = 'an acknowledgement for each partition';
      const error = new SpineError('SPINE_KAFKA_TOPIC', { wanted, found: 'none', where });
      return { acknowledged, error };
    } catch (error) {
      // Sequence numbers are uncertain now: a new producer starts them afresh.
      await this.disconnect();
      return { acknowledged: [], error: mapError(error, { where, wanted: 'an acknowledgement' }) };
    }
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

/** kafkajs wants one list of messages per topic; it sorts them by partition. The records are its messages as they are. */
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
