// Watches every call of the pipeline as it is made, and says what breaks the protocol at once.
//   - a worker commits only source records whose fates were acknowledged
//   - the sealed dead letter is acknowledged before its marker is sent
//   - a sink commits only what is in the store; its mark is the highest source offset before it
//   - accepted commits and marks never move back; nothing is in the store twice
// Guarantees: looks at calls and at the store, never into the code under test, and decodes with its
// own reader.
// Example: observer.asks(role, process.name, commit); await reader.commit([commit]);
// observer.accepted(…)
import type { Commit, LogBatch, OutRecord } from '@agentspine/kafka/port';
import { readGoverned, type StoredRow } from './governed-codec.ts';
import type { Role } from './scenario.ts';
import { TOPICS, type World } from './world.ts';

type SinkNote = { readonly mark: number; readonly pending?: readonly [number, number] };
type WorkerNote = { readonly previous: number };

export const TABLES = ['events', 'dead_letters'] as const;

export class Observer {
  readonly violations: string[] = [];
  /** Copies that must be in the store of each fate: one per generation. */
  copies = 1;
  readonly #world: World;
  /** partition:offset of source records that were handed to a worker. */
  readonly #handed = new Map<number, Set<number>>();
  /** partition → source offsets whose fates were acknowledged. */
  readonly #fates = new Map<number, Set<number>>();
  /** partition → governed offset → source offset, as handed to sinks. */
  readonly #governed = new Map<number, Map<number, number>>();
  readonly #sealed = new Set<string>();
  readonly #stored = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  readonly #accepted = new Map<string, { offset: number; height: number; text: string }>();
  readonly #owners = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  violated(what: string): void {
    this.violations.push(what);
    this.#world.tell(`VIOLATION ${what}`);
  }

  /** A batch was handed out. */
  handed(role: Role, { partition, records }: LogBatch): void {
    if (role === 'worker') {
      for (const { offset } of records) entry(this.#handed, partition).add(offset);
      return;
    }
    let known = this.#governed.get(partition);
    if (known === undefined) this.#governed.set(partition, (known = new Map()));
    for (const { offset, value } of records) {
      known.set(offset, readGoverned(value as Buffer).source_offset);
    }
  }

  /** A process has read what is committed: it takes itself for the partition's owner. */
  owns(role: Role, partition: number, process: string): void {
    this.#owners.set(`${role} ${partition}`, process);
  }

  isZombie(role: Role, partition: number, process: string): boolean {
    const owner = this.#owners.get(`${role} ${partition}`);
    return owner !== undefined && owner !== process;
  }

  sends(process: string, records: readonly OutRecord[]): void {
    for (const { topic, partition, value } of records) {
      if (topic !== TOPICS.governed) continue;
      const { fate, source_offset } = readGoverned(value);
      if (fate === 'row' || this.#sealed.has(`${partition}/${source_offset}`)) continue;
      this.violated(
        `${process} marks ${partition}/${source_offset} as a dead letter before it is sealed`,
      );
    }
  }

  acknowledged(records: readonly OutRecord[]): void {
    for (const { topic, partition, value } of records) {
      if (topic === TOPICS.governed) {
        const { source_partition, source_offset } = readGoverned(value);
        entry(this.#fates, source_partition).add(source_offset);
      }
      if (topic === TOPICS.deadletters) {
        const { offset } = JSON.parse(value.toString()) as { offset: number };
        this.#sealed.add(`${partition}/${offset}`);
      }
    }
  }

  /** A commit leaves a process, whatever becomes of it. */
  asks(role: Role, process: string, commit: Commit): void {
    const who = `${process} commits ${commit.partition} at ${commit.offset} ${commit.metadata}`;
    if (role === 'worker') this.#checkWorker(who, commit);
    else this.#checkSink(who, commit);
  }

  accepted(group: string, role: Role, commit: Commit): void {
    const { partition, offset, metadata } = commit;
    const note = JSON.parse(metadata) as SinkNote & WorkerNote;
    const height = role === 'sink' ? note.mark : note.previous;
    const key = `${group} ${partition}`;
    const last = this.#accepted.get(key);
    const text = `${offset} ${metadata}`;
    if (last !== undefined && (offset < last.offset || height < last.height)) {
      this.violated(`${group} moves back on partition ${partition}: ${last.text} → ${text}`);
    }
    this.#accepted.set(key, { offset, height, text });
  }

  /** What is committed, and no range is pending. */
  settledAt(group: string, partition: number): number {
    const last = this.#accepted.get(`${group} ${partition}`);
    return last === undefined || last.text.includes('"pending"') ? 0 : last.offset;
  }

  /** Reads what has come into the store since. */
  lookAtStore(): void {
    for (const table of TABLES) {
      const rows = this.#world.store.rows(table) as unknown as StoredRow[];
      for (let at = this.#seen.get(table) ?? 0; at < rows.length; at++) {
        const { source_partition, source_offset } = rows[at] as StoredRow;
        const key = `${source_partition}/${source_offset}`;
        const copies = (this.#stored.get(key) ?? 0) + 1;
        this.#stored.set(key, copies);
        if (copies > this.copies) this.violated(`${key} is in the store ${copies} times`);
      }
      this.#seen.set(table, rows.length);
    }
  }

  #checkWorker(who: string, { partition, offset, metadata }: Commit): void {
    const before = [...entry(this.#handed, partition)].filter((each) => each < offset);
    const fates = entry(this.#fates, partition);
    const missing = before.find((each) => !fates.has(each));
    if (missing !== undefined) this.violated(`${who}, but the fate of ${missing} is not acked`);
    const { previous } = JSON.parse(metadata) as WorkerNote;
    if (previous !== Math.max(-1, ...before)) this.violated(`${who}, the chain is wrong`);
  }

  #checkSink(who: string, { partition, offset, metadata }: Commit): void {
    this.lookAtStore();
    const { mark, pending } = JSON.parse(metadata) as SinkNote;
    let high = -1;
    for (const [at, source] of this.#governed.get(partition) ?? []) {
      if (at >= offset) continue;
      high = Math.max(high, source);
      if ((this.#stored.get(`${partition}/${source}`) ?? 0) >= this.copies) continue;
      return this.violated(`${who}, but source offset ${source} is not stored`);
    }
    if (mark !== high) this.violated(`${who}, but ${high} is the highest source offset before it`);
    if (pending !== undefined && pending[0] !== offset) {
      this.violated(`${who}, but the pending range begins elsewhere`);
    }
  }
}

function entry(sets: Map<number, Set<number>>, key: number): Set<number> {
  let found = sets.get(key);
  if (found === undefined) sets.set(key, (found = new Set()));
  return found;
}
