// A reader of the in-memory log: the port's rules, driven by the log's changes and the injected
// clock alone.
// Guarantees: as kafkajs-reader.ts, held by the same contract. A batch is whatever is there when it
// is handed out, so a simulator varies batches by when it lets things happen.
import { SpineError } from '@agentspine/outcome/errors';
import { mapError } from './map-error.ts';
import type { ReaderWorld } from './memory-world.ts';
import { checkReaderOptions } from './options.ts';
import { checkMetadata, fenced, nameOf, placesOf } from './ownership.ts';
import type { BatchControl, BatchHandler, Commit, Committed } from './port.ts';
import type { LogReader, ReaderOptions } from './port.ts';

type Assignment = ReadonlyMap<string, readonly number[]>;
type Place = { readonly topic: string; readonly partition: number };

const RETRY_MS = 250;
const LOST = 'a lost membership';

export class MemoryReader implements LogReader {
  readonly #world: ReaderWorld;
  readonly #options: ReaderOptions;
  readonly #listeners: ((assigned: Assignment) => void)[] = [];
  readonly #joined = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #paused = new Set<string>();
  readonly #positions = new Map<string, Place & { next: number }>();
  readonly #working = new Map<string, number>();
  #handler: BatchHandler | null = null;
  #generation = -1;
  /** Learned from the group, or from a failure: give up the batches at work and join again. */
  #lost = false;
  #away = false;
  #stopping = false;
  #ended = false;
  #pumpAsked = false;
  #waited = false;
  #cancelWait: (() => void) | null = null;
  #failure: SpineError | null = null;
  #onIdle: (() => void)[] = [];

  constructor(world: ReaderWorld, options: ReaderOptions) {
    checkReaderOptions(options);
    this.#world = world;
    this.#options = options;
    this.#joined.promise.catch(() => undefined);
    this.#closed.promise.catch(() => undefined);
  }

  async run(handler: BatchHandler): Promise<void> {
    if (this.#handler === null && !this.#ended) {
      this.#handler = handler;
      const missing = this.#options.topics.find((topic) => !this.#world.hasTopic(topic));
      if (missing === undefined) this.#join();
      else
        this.#end(new SpineError('SPINE_KAFKA_TOPIC', { found: 'no such topic', where: missing }));
    }
    return this.#joined.promise;
  }

  onAssigned(listener: (assigned: Assignment) => void): void {
    this.#listeners.push(listener);
  }

  async commit(commits: readonly Commit[]): Promise<void> {
    if (commits.length === 0) return;
    await this.#world.reach();
    const where = placesOf(commits);
    for (const commit of commits) {
      checkMetadata(commit, where);
      const { topic, partition } = commit;
      const name = nameOf(topic, partition);
      const epoch = this.#working.get(name) ?? this.#generation;
      if (!this.#positions.has(name) || epoch !== this.#generation) throw fenced(where, LOST);
    }
    const rows = commits.map((c) => ({ ...c, name: nameOf(c.topic, c.partition) }));
    if (this.#world.group.commit(this.#world.id, this.#generation, rows)) return;
    this.#lost = true;
    this.pump();
    throw fenced(where, LOST);
  }

  async committed(topic: string, partition: number): Promise<Committed> {
    await this.#world.reach();
    return this.#world.group.committed(nameOf(topic, partition));
  }

  pause(topic: string, partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(nameOf(topic, partition));
  }

  resume(topic: string, partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(nameOf(topic, partition));
    this.pump();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#working.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    this.#end(null);
  }

  closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Something may have changed: hand out what can be handed out. Never calls a handler before it
   * returns.
   */
  pump(): void {
    if (this.#pumpAsked) return;
    this.#pumpAsked = true;
    queueMicrotask(() => {
      this.#pumpAsked = false;
      this.#handOut();
    });
  }

  #join(): void {
    this.#lost = false;
    this.#generation = -1;
    this.#positions.clear();
    const { topics, sessionTimeoutMs } = this.#options;
    this.#world.group.join(this.#world.id, topics, sessionTimeoutMs, {
      onRebalance: () => {
        if (this.#working.size === 0 && !this.#world.isDead()) this.#rejoin();
      },
      onAssigned: (assigned, generation) => {
        if (!this.#world.isDead()) this.#onAssigned(assigned, generation);
      },
    });
  }

  #rejoin(): void {
    if (!this.#stopping && !this.#ended && !this.#away) this.#join();
  }

  #onAssigned(assigned: Assignment, generation: number): void {
    if (this.#ended || this.#away) return;
    this.#generation = generation;
    this.#paused.clear();
    for (const [topic, partitions] of assigned) {
      for (const partition of partitions) {
        const name = nameOf(topic, partition);
        const low = this.#world.partition(topic, partition)?.low ?? 0;
        const next = this.#world.group.committed(name)?.offset ?? low;
        this.#positions.set(name, { topic, partition, next });
      }
    }
    for (const listener of this.#listeners) listener(assigned);
    this.#joined.resolve();
    this.pump();
  }

  #handOut(): void {
    const { group, id } = this.#world;
    if (this.#stopping || this.#ended || this.#away || this.#handler === null) return;
    if (!this.#world.isReachable() || this.#generation === -1) return;
    if (this.#working.size === 0 && !group.heartbeat(id, this.#generation)) {
      this.#rejoin();
      return;
    }
    const ready = [...this.#positions].filter(([name, place]) => this.#isReady(name, place));
    if (ready.length === 0 || this.#lost || !this.#hasEnough(ready.map(([, place]) => place)))
      return;
    for (const [name, place] of ready) {
      if (this.#working.size >= this.#options.partitionsConcurrently) break;
      // Behind the others, so that a busy partition does not starve the rest.
      this.#positions.delete(name);
      this.#positions.set(name, place);
      void this.#work(name, place);
    }
  }

  #isReady(name: string, place: Place & { next: number }): boolean {
    const partition = this.#world.partition(place.topic, place.partition);
    if (partition === undefined || this.#paused.has(name) || this.#working.has(name)) return false;
    if (place.next < partition.low || place.next > partition.high) {
      const committed = this.#world.group.committed(name);
      if (committed !== null) {
        this.#end(
          new SpineError('SPINE_DELIVERY_HOLE', {
            wanted: `records from the committed offset ${committed.offset}`,
            found: `offsets ${partition.low} to ${partition.high}`,
            where: name,
          }),
        );
        return false;
      }
      place.next = partition.low;
    }
    return partition.hasFrom(place.next);
  }

  /** minBytes and maxWaitMs, as a broker holds back a fetch. */
  #hasEnough(places: readonly (Place & { next: number })[]): boolean {
    const { minBytes, maxWaitMs } = this.#options;
    let bytes = 0;
    for (const { topic, partition, next } of places) {
      bytes += this.#world.partition(topic, partition)?.bytesFrom(next, minBytes) ?? 0;
    }
    if (bytes >= minBytes || this.#waited) {
      this.#waited = false;
      this.#cancelWait?.();
      this.#cancelWait = null;
      return true;
    }
    this.#cancelWait ??= this.#world.clock.after(maxWaitMs, () => {
      this.#cancelWait = null;
      this.#waited = true;
      this.pump();
    });
    return false;
  }

  async #work(name: string, place: Place & { next: number }): Promise<void> {
    const { topic, partition, next } = place;
    const { group, id } = this.#world;
    const epoch = this.#generation;
    const source = this.#world.partition(topic, partition)!;
    const records = source.read(next, this.#options.maxBytesPerPartition);
    this.#working.set(name, epoch);
    group.busy(id);
    try {
      const batch = { topic, partition, records, highWatermark: source.high };
      await this.#handler!(batch, this.#control(name, epoch));
      if (this.#world.isDead()) return;
      if (epoch === this.#generation && !this.#lost) place.next = records.at(-1)!.offset + 1;
    } catch (error) {
      if (this.#world.isDead()) return;
      this.#lost = true;
      const mapped = mapError(error, { where: name, wanted: 'the batch to be handled' });
      if (mapped.code !== 'SPINE_KAFKA_FENCED') this.#failure ??= mapped;
    }
    this.#working.delete(name);
    // As a client's loop does between batches; in a rebalance or after the session it says so.
    if (!group.heartbeat(id, epoch)) this.#lost = true;
    if (this.#working.size === 0) this.#onAllDone();
    this.pump();
  }

  #onAllDone(): void {
    this.#world.group.idle(this.#world.id);
    for (const resolve of this.#onIdle.splice(0)) resolve();
    const failure = this.#failure;
    this.#failure = null;
    if (failure === null) return this.#lost ? this.#rejoin() : undefined;
    if (!failure.retryable) return this.#end(failure);
    this.#world.group.leave(this.#world.id);
    this.#positions.clear();
    this.#away = true;
    this.#world.clock.after(RETRY_MS, () => {
      this.#away = false;
      if (!this.#world.isDead()) this.#rejoin();
    });
  }

  #control(name: string, epoch: number): BatchControl {
    return {
      heartbeat: async () => {
        await this.#world.reach();
        const { group, id } = this.#world;
        if (!this.#lost && epoch === this.#generation && group.heartbeat(id, epoch)) return;
        this.#lost = true;
        throw fenced(name, LOST);
      },
      isStale: () => this.#lost || this.#stopping || epoch !== this.#generation,
    };
  }

  #end(error: SpineError | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelWait?.();
    this.#world.group.leave(this.#world.id);
    this.#world.forget();
    if (error === null) {
      this.#joined.resolve();
      this.#closed.resolve();
    } else {
      this.#joined.reject(error);
      this.#closed.reject(error);
    }
  }
}
