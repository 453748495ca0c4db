// What all parts of one simulated run share: time, chance, the log, the store, the observer, and
// what is told of the history.
// Example: if (world.strikes('torn produce', process)) …
import type { MemoryClickHouse } from '@agentspine/clickhouse/memory-clickhouse';
import type { MemoryLog } from '@agentspine/kafka/memory-log';
import type { Observer } from './observer.ts';
import type { Random } from './random.ts';
import type { CallFault, Scenario } from './scenario.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { SimulatedTime } from './simulated-time.ts';

export const TOPICS = {
  events: 'agent.events',
  governed: 'agent.governed',
  deadletters: 'agent.deadletters',
  violations: 'agent.violations',
} as const;

const HISTORY_LINES_MAX = 20_000;

export class World {
  readonly scenario: Scenario;
  readonly time: SimulatedTime;
  readonly log: MemoryLog;
  readonly counts = new Map<string, number>();
  readonly history: string[] = [];
  /** No more faults: everything is to drain. */
  isCalm = false;
  store!: MemoryClickHouse;
  observer!: Observer;
  readonly #away = { log: 0, store: 0 };
  readonly #random: Random;
  readonly #startMs: number;

  constructor(scenario: Scenario, time: SimulatedTime, log: MemoryLog, random: Random) {
    this.scenario = scenario;
    this.time = time;
    this.log = log;
    this.#random = random;
    this.#startMs = time.nowMs();
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  tell(what: string): void {
    if (this.history.length >= HISTORY_LINES_MAX) return;
    this.history.push(`${String(this.time.nowMs() - this.#startMs).padStart(6)} ms  ${what}`);
  }

  /** Whether a call fails by itself this time; told and counted if so. */
  strikes(fault: CallFault, who: string): boolean {
    if (this.isCalm || !this.#random.chance(this.scenario.likelihood[fault])) return false;
    this.count(fault);
    this.tell(`${who}: ${fault}`);
    return true;
  }

  /** How long one way of a call takes, in milliseconds. */
  latency(who: string): number {
    if (this.#random.chance(0.6)) return 0;
    if (this.strikes('slow call', who)) return this.#random.int(100, 1_500);
    return this.#random.int(1, 20);
  }

  get isLogAway(): boolean {
    return this.#away.log > 0;
  }

  get isStoreAway(): boolean {
    return this.#away.store > 0;
  }

  /** Log or store cannot be reached for a while; such times may overlap. */
  away(what: 'log' | 'store', forMs: number): void {
    this.count(`${what} away`);
    this.tell(`the ${what} is away for ${forMs} ms`);
    this.#away[what]++;
    this.log.setAvailable(!this.isLogAway);
    this.time.after(forMs, () => {
      this.#away[what]--;
      this.log.setAvailable(!this.isLogAway);
      this.tell(`the ${what} is ${this.#away[what] === 0 ? 'back' : 'still away'}`);
    });
  }

  async travel(process: SimulatedProcess): Promise<void> {
    await process.wait(this.latency(process.name));
  }

  int(min: number, max: number): number {
    return this.#random.int(min, max);
  }
}
