// The log in memory: the twin of the real one for unit tests, the simulator and a demo without a
// JVM. Both pass contract.ts.
// Guarantees: the port's promises, within one process and one run; time and timers only from the
// given clock; bounded by maxRecordsPerPartition, beyond which the oldest go, as by retention.
// process() gives a part of it that can be killed as a process is: nothing it awaits ever settles,
// and its members leave only when their sessions run out.
// Example: const log = createMemoryLog(); await (await log.admin()).createTopics([{ name: 't',
// partitions: 2, … }]).
import { SpineError } from '@agentspine/outcome/errors';
import { checkRange } from './check-range.ts';
import { systemClock, type Clock } from './memory-clock.ts';
import { MemoryGroup } from './memory-group.ts';
import { MemoryPartition } from './memory-partition.ts';
import { nameOf } from './ownership.ts';
import { MemoryReader } from './memory-reader.ts';
import { withSession, type ReaderWorld } from './memory-world.ts';
import type { Committed, Log, LogAdmin, LogRecord, LogWriter } from './port.ts';
import type { OutRecord, ReaderOptions, TopicOffsets, TopicSpec } from './port.ts';

export type MemoryLogOptions = {
  readonly clock?: Clock;
  /** Instead of what readers ask for; a simulator makes sessions short with it. */
  readonly sessionTimeoutMs?: number;
  readonly maxRecordsPerPartition?: number;
  /** How long an acknowledgement takes. 0: the next microtask. */
  readonly ackDelayMs?: number;
};

export type MemoryProcess = { readonly log: Log; kill(): void };

export interface MemoryLog extends Log {
  /** Readers and writers that live and die together. */
  process(): MemoryProcess;
  /** Offsets without a record, as control records and compaction leave. */
  appendGap(topic: string, partition: number, count: number): void;
  /** What retention does. */
  deleteBefore(topic: string, partition: number, offset: number): void;
  /** While false, nothing is read, sent, committed or answered. */
  setAvailable(available: boolean): void;
  /** The next send is appended twice, as after an acknowledgement that got lost. */
  repeatNextSend(): void;
}

const MAX_RECORDS = 1_000_000;
/** The broker's default max.message.bytes. */
const MAX_MESSAGE_BYTES = 1_048_588;

type Topic = { readonly partitions: readonly MemoryPartition[]; readonly maxBytes: number };

export function createMemoryLog(options: MemoryLogOptions = {}): MemoryLog {
  const cluster = new MemoryCluster(options);
  return Object.assign(cluster.process().log, {
    process: () => cluster.process(),
    appendGap: (topic: string, partition: number, count: number) =>
      cluster.partition(topic, partition).appendGap(count),
    deleteBefore: (topic: string, partition: number, offset: number) =>
      cluster.partition(topic, partition).deleteBefore(offset),
    setAvailable: (available: boolean) => cluster.setAvailable(available),
    repeatNextSend: () => {
      cluster.repeatNext = true;
    },
  });
}

/** The life of one process: once dead, whatever it waits for never comes. */
type Life = {
  dead: boolean;
  readonly readers: Set<MemoryReader>;
  readonly members: Map<string, MemoryGroup>;
};

class MemoryCluster {
  repeatNext = false;
  readonly #options: MemoryLogOptions;
  readonly #clock: Clock;
  readonly #topics = new Map<string, Topic>();
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #lives = new Set<Life>();
  #available = true;
  #onAvailable: (() => void)[] = [];
  #lastMember = 0;

  constructor(options: MemoryLogOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  process(): MemoryProcess {
    const life: Life = { dead: false, readers: new Set(), members: new Map() };
    this.#lives.add(life);
    return {
      log: this.#log(life),
      kill: () => {
        life.dead = true;
        this.#lives.delete(life);
        for (const [id, group] of life.members) group.busy(id); // silent from now on
      },
    };
  }

  partition(topic: string, partition: number): MemoryPartition {
    const found = this.#topics.get(topic)?.partitions[partition];
    if (found !== undefined) return found;
    const where = nameOf(topic, partition);
    throw new SpineError('SPINE_KAFKA_TOPIC', { wanted: 'a partition that exists', where });
  }

  setAvailable(available: boolean): void {
    this.#available = available;
    if (!available) return;
    for (const resolve of this.#onAvailable.splice(0)) resolve();
    this.#pump();
  }

  #pump(): void {
    for (const life of this.#lives) for (const reader of life.readers) reader.pump();
  }

  async #reach(life: Life): Promise<void> {
    while (!this.#available && !life.dead) {
      await new Promise<void>((resolve) => this.#onAvailable.push(resolve));
    }
    if (life.dead) await new Promise<never>(() => {});
  }

  #log(life: Life): Log {
    return {
      reader: async (given) => this.#reader(life, given),
      writer: async () => this.#writer(life),
      admin: async () => this.#admin(life),
      readRange: (topic, partition, from, to) => this.#readRange(life, topic, partition, from, to),
      ping: () => this.#reach(life),
      close: async () => {
        await Promise.all([...life.readers].map((reader) => reader.stop()));
      },
    };
  }

  #reader(life: Life, given: ReaderOptions): MemoryReader {
    const options = withSession(given, this.#options.sessionTimeoutMs);
    const id = `member-${String(++this.#lastMember).padStart(6, '0')}`;
    const group = this.#group(options.groupId);
    const world: ReaderWorld = {
      id,
      clock: this.#clock,
      group,
      partition: (topic, partition) => this.#topics.get(topic)?.partitions[partition],
      hasTopic: (topic) => this.#topics.has(topic),
      reach: () => this.#reach(life),
      isReachable: () => this.#available && !life.dead,
      isDead: () => life.dead,
      forget: () => {
        life.readers.delete(reader);
        life.members.delete(id);
      },
    };
    const reader = new MemoryReader(world, options);
    life.readers.add(reader);
    life.members.set(id, group);
    return reader;
  }

  #group(groupId: string): MemoryGroup {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      const partitionsOf = (topic: string): number =>
        this.#topics.get(topic)?.partitions.length ?? 0;
      group = new MemoryGroup(this.#clock, partitionsOf);
      this.#groups.set(groupId, group);
    }
    return group;
  }

  #writer(life: Life): LogWriter {
    let last: Promise<void> = Promise.resolve();
    let closed = false;
    return {
      send: (records) => {
        if (closed) {
          const facts = { wanted: 'an open writer', found: 'a closed one', where: 'writer' };
          return Promise.reject(new SpineError('SPINE_KAFKA_REFUSED', facts));
        }
        const sent = last.then(() => this.#send(life, records));
        last = sent.catch(() => undefined);
        return sent;
      },
      close: async () => {
        closed = true;
        await last;
      },
    };
  }

  async #send(life: Life, records: readonly OutRecord[]): Promise<void> {
    await this.#reach(life);
    const times = this.repeatNext ? 2 : 1;
    this.repeatNext = false;
    let refusal: SpineError | null = null;
    for (let time = 0; time < times; time++) refusal = this.#append(records);
    this.#pump();
    const { ackDelayMs = 0 } = this.#options;
    if (ackDelayMs > 0) {
      await new Promise<void>((resolve) => this.#clock.after(ackDelayMs, resolve));
    }
    await this.#reach(life);
    if (refusal !== null) throw refusal;
  }

  /** Behind a record that is refused nothing of its partition is appended. */
  #append(records: readonly OutRecord[]): SpineError | null {
    const nowMs = this.#clock.nowMs();
    const stopped = new Set<string>();
    let refusal: SpineError | null = null;
    for (const { topic, partition, key, value, headers = {} } of records) {
      const name = nameOf(topic, partition);
      if (stopped.has(name)) continue;
      const spec = this.#topics.get(topic);
      const target = spec?.partitions[partition];
      if (spec === undefined || target === undefined || value.length > spec.maxBytes) {
        stopped.add(name);
        refusal ??= refuse(spec, value.length, name);
        continue;
      }
      const texts = Object.entries(headers).map(([k, v]): [string, Buffer] => [k, Buffer.from(v)]);
      const keyBytes = key === null ? null : Buffer.from(key);
      target.append(keyBytes, Buffer.from(value), Object.fromEntries(texts), nowMs);
    }
    return refusal;
  }

  #admin(life: Life): LogAdmin {
    return {
      createTopics: async (specs) => {
        await this.#reach(life);
        return specs.filter((spec) => this.#create(spec)).map((spec) => spec.name);
      },
      offsets: async (topic) => {
        await this.#reach(life);
        return this.#offsets(topic);
      },
      committed: async (groupId, topic) => {
        await this.#reach(life);
        const group = this.#group(groupId);
        const rows = this.#topics
          .get(topic)
          ?.partitions.map((_, partition): [number, Committed] => [
            partition,
            group.committed(nameOf(topic, partition)),
          ]);
        return new Map(rows);
      },
      close: async () => undefined,
    };
  }

  #create({ name, partitions, config }: TopicSpec): boolean {
    if (this.#topics.has(name)) return false;
    const maxRecords = this.#options.maxRecordsPerPartition ?? MAX_RECORDS;
    this.#topics.set(name, {
      partitions: Array.from({ length: partitions }, () => new MemoryPartition(maxRecords)),
      maxBytes: Number(config['max.message.bytes'] ?? MAX_MESSAGE_BYTES),
    });
    return true;
  }

  #offsets(topic: string): TopicOffsets[] | null {
    const rows = this.#topics.get(topic)?.partitions;
    return rows?.map(({ low, high }, partition) => ({ partition, low, high })) ?? null;
  }

  async *#readRange(
    life: Life,
    topic: string,
    partition: number,
    from: number,
    to?: number,
  ): AsyncGenerator<LogRecord> {
    await this.#reach(life);
    const end = checkRange({ topic, partition, from, to }, this.#offsets(topic));
    const source = this.partition(topic, partition);
    for (let next = from; next < end;) {
      const records = source.read(next, MAX_MESSAGE_BYTES).filter(({ offset }) => offset < end);
      yield* records;
      next = (records.at(-1)?.offset ?? end) + 1;
    }
  }
}

function refuse(topic: Topic | undefined, bytes: number, where: string): SpineError {
  if (topic === undefined || bytes <= topic.maxBytes) {
    return new SpineError('SPINE_KAFKA_TOPIC', { wanted: 'a partition that exists', where });
  }
  const wanted = `at most ${topic.maxBytes} bytes`;
  return new SpineError('SPINE_RECORD_TOO_LARGE', { wanted, found: `${bytes}`, where });
}
