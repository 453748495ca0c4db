// One process of the simulation: it can be killed, or frozen and thawed as by SIGSTOP and SIGCONT.
// Guarantees: code of a dead process never goes on from a wait, code of a frozen one only after the
// thaw; what it had asked of others (an insert on its way) takes its course without it.
// Example: await process.wait(5); await store.insert(batch); await process.wait(5)
import type { Log } from '@agentspine/kafka/port';
import type { MemoryProcess } from '@agentspine/kafka/memory-log';
import type { SimulatedTime } from './simulated-time.ts';

export class SimulatedProcess {
  readonly name: string;
  isDead = false;
  /** When it was frozen; null while it runs. */
  frozenAtMs: number | null = null;
  readonly #time: SimulatedTime;
  readonly #memory: MemoryProcess;
  readonly #held: (() => void)[] = [];

  constructor(name: string, time: SimulatedTime, memory: MemoryProcess) {
    this.name = name;
    this.#time = time;
    this.#memory = memory;
  }

  get log(): Log {
    return this.#memory.log;
  }

  /** Simulated time of this process passes; 0 goes on at once, unless it is dead or frozen. */
  async wait(ms: number): Promise<void> {
    if (ms === 0 && !this.isDead && this.frozenAtMs === null) return;
    await new Promise<void>((resolve) => {
      this.#time.after(ms, () => this.#goOn(resolve));
    });
  }

  kill(): void {
    this.isDead = true;
    this.#memory.kill();
  }

  freeze(): void {
    this.frozenAtMs ??= this.#time.nowMs();
  }

  thaw(): void {
    this.frozenAtMs = null;
    for (const resolve of this.#held.splice(0)) this.#goOn(resolve);
  }

  #goOn(resolve: () => void): void {
    if (this.isDead) return;
    if (this.frozenAtMs === null) resolve();
    else this.#held.push(resolve);
  }
}
