// A consumer group of the in-memory log, as Kafka's group coordinator keeps it (eager rebalancing,
// KIP-62 sessions): a join or a departure starts a rebalance; members learn of it, finish or give
// up their batch, and join again; when all have, the generation rises and partitions are dealt out
// round robin over the members in the order of their names.
// Guarantees: a commit of a member that is not in the group, or of an older generation, is refused.
import type { Clock } from './memory-clock.ts';
import type { Committed } from './port.ts';

export type MemberHooks = {
  /** A rebalance has begun: come back with join() as soon as no batch is at work. */
  readonly onRebalance: () => void;
  readonly onAssigned: (
    assigned: ReadonlyMap<string, readonly number[]>,
    generation: number,
  ) => void;
};

type Member = {
  readonly id: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly hooks: MemberHooks;
  /** Waiting for the new generation. */
  joined: boolean;
  /** Null while idle: an idle member keeps itself alive. */
  lastSeenMs: number | null;
  cancelExpiry: () => void;
};

export class MemoryGroup {
  generation = 0;
  readonly #clock: Clock;
  readonly #partitionsOf: (topic: string) => number;
  readonly #members = new Map<string, Member>();
  readonly #commits = new Map<string, Committed>();
  #rebalancing = false;
  #settling = false;

  constructor(clock: Clock, partitionsOf: (topic: string) => number) {
    this.#clock = clock;
    this.#partitionsOf = partitionsOf;
  }

  /** Joins, or joins again in a rebalance. */
  join(id: string, topics: readonly string[], sessionTimeoutMs: number, hooks: MemberHooks): void {
    const known = this.#members.get(id);
    if (known === undefined) {
      const lastSeenMs = null;
      const member = { id, topics, sessionTimeoutMs, hooks, lastSeenMs, cancelExpiry: () => {} };
      this.#members.set(id, { ...member, joined: true });
    } else {
      known.joined = true;
      this.idle(id);
    }
    this.#rebalance();
  }

  leave(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.cancelExpiry();
    this.#members.delete(id);
    this.#rebalance();
  }

  /** True while the member may go on: in the group, in this generation, no rebalance under way. */
  heartbeat(id: string, generation: number): boolean {
    const member = this.#members.get(id);
    if (member === undefined || generation !== this.generation) return false;
    if (member.lastSeenMs !== null) this.busy(id);
    return !this.#rebalancing;
  }

  /** A batch is at work: from now on only heartbeats keep the member in. */
  busy(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.cancelExpiry();
    member.lastSeenMs = this.#clock.nowMs();
    member.cancelExpiry = this.#clock.after(member.sessionTimeoutMs, () => this.leave(id));
  }

  idle(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.cancelExpiry();
    member.lastSeenMs = null;
  }

  /**
   * Kafka takes commits of the current generation also while a rebalance is gathering its members.
   */
  commit(
    id: string,
    generation: number,
    commits: readonly { name: string; offset: number; metadata: string }[],
  ): boolean {
    const member = this.#members.get(id);
    if (member === undefined || generation !== this.generation) return false;
    for (const { name, offset, metadata } of commits) this.#commits.set(name, { offset, metadata });
    if (member.lastSeenMs !== null) this.busy(id);
    return true;
  }

  committed(name: string): Committed {
    return this.#commits.get(name) ?? null;
  }

  #rebalance(): void {
    if (!this.#rebalancing) {
      this.#rebalancing = true;
      for (const member of this.#members.values()) if (!member.joined) member.hooks.onRebalance();
    }
    if (this.#settling) return;
    this.#settling = true;
    // A microtask later, so that members that join together share one generation.
    queueMicrotask(() => {
      this.#settling = false;
      this.#settle();
    });
  }

  #settle(): void {
    const members = [...this.#members.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    if (!this.#rebalancing || members.some((member) => !member.joined)) return;
    this.#rebalancing = false;
    this.generation++;
    const assignments = this.#deal(members);
    for (const member of members) member.joined = false;
    for (const member of members) {
      member.hooks.onAssigned(assignments.get(member.id)!, this.generation);
    }
  }

  #deal(members: readonly Member[]): Map<string, Map<string, number[]>> {
    const dealt = new Map(members.map((member) => [member.id, new Map<string, number[]>()]));
    const topics = [...new Set(members.flatMap((member) => member.topics))].toSorted();
    let turn = 0;
    for (const topic of topics) {
      const takers = members.filter((member) => member.topics.includes(topic));
      for (let partition = 0; partition < this.#partitionsOf(topic); partition++) {
        const own = dealt.get(takers[turn++ % takers.length]!.id)!;
        own.set(topic, [...(own.get(topic) ?? []), partition]);
      }
    }
    return dealt;
  }
}
