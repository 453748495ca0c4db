// Simulated time: what is to happen, in order. Nothing looks at the wall clock or waits for it.
// Guarantees: equal histories for equal calls; things due at the same moment happen in the order
// they were asked for. A thing may be asked to happen in the middle of another: after so many
// microtasks of whatever is due next, so that a crash can hit any await of the code under test.
// Example: const time = new SimulatedTime(0); time.after(5, run); while (await time.step()) …
import type { Clock } from '@agentspine/kafka/memory-clock';

type Due = {
  readonly atMs: number;
  readonly order: number;
  /** 0: by itself; otherwise after so many microtasks of what is due next. */
  readonly amid: number;
  readonly run: () => void;
};

export class SimulatedTime implements Clock {
  steps = 0;
  #nowMs: number;
  #order = 0;
  /** Latest first, so that the next one is popped. */
  readonly #due: Due[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void, amid = 0): () => void {
    const due = { atMs: this.#nowMs + delayMs, order: this.#order++, amid, run };
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // Equal times: what was asked for first is nearer to the end.
      if ((this.#due[middle] as Due).atMs > due.atMs) low = middle + 1;
      else high = middle;
    }
    this.#due.splice(low, 0, due);
    return () => {
      const at = this.#due.indexOf(due);
      if (at !== -1) this.#due.splice(at, 1);
    };
  }

  /** Lets the next thing happen, with all that follows from it at once; false when none is due. */
  async step(): Promise<boolean> {
    const due = this.#due.pop();
    if (due === undefined) return false;
    this.steps++;
    this.#nowMs = due.atMs;
    const next = due.amid > 0 ? this.#due.pop() : undefined;
    if (next !== undefined) {
      this.#nowMs = next.atMs;
      next.run();
      for (let tick = 0; tick < due.amid; tick++) await Promise.resolve();
    }
    due.run();
    await settled();
    return true;
  }
}

/** One turn of the event loop: every microtask has run by then, and no time has passed. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
