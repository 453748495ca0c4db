// A clock whose time moves only when it is told to, from timer to timer: a week of agents runs in a
// second, and the same way every time. step() lets all work that is ready run to its next wait
// before it moves on.
// Example: const clock = new SimulatedClock({ startUs }); const done = agents(clock); await
//   clock.runUntil(endUs); await done
import type { Clock } from './clock.ts';

type Timer = { readonly dueUs: number; readonly order: number; callback: (() => void) | null };

export class SimulatedClock implements Clock {
  readonly #startUs: number;
  readonly #tickUs: number;
  /** A binary heap: the earliest first, equal ones in the order they were set. */
  readonly #timers: Timer[] = [];
  #nowUs: number;
  #order = 0;

  /**
   * `tickUs` passes with every look at the clock, so that facts one after the other differ in time.
   */
  constructor(options: { readonly startUs: number; readonly tickUs?: number }) {
    this.#startUs = options.startUs;
    this.#nowUs = options.startUs;
    this.#tickUs = options.tickUs ?? 0;
  }

  /** The next timer's moment; null when nothing waits. */
  get nextUs(): number | null {
    this.#skipCancelled();
    return this.#timers[0]?.dueUs ?? null;
  }

  nowUs(): number {
    this.#nowUs += this.#tickUs;
    return this.#nowUs;
  }

  monotonicNs(): bigint {
    return BigInt(this.#nowUs - this.#startUs) * 1000n;
  }

  after(delayMs: number, callback: () => void, _keepAlive = false): () => void {
    const dueUs = this.#nowUs + Math.max(Math.round(delayMs * 1000), 0);
    const timer: Timer = { dueUs, order: this.#order++, callback };
    this.#push(timer);
    return () => {
      timer.callback = null;
    };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /**
   * Runs what is ready, then moves to the next timer and fires it. False when nothing waits, or not
   * until `untilUs`.
   */
  async step(untilUs: number = Infinity): Promise<boolean> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    const nextUs = this.nextUs;
    if (nextUs === null || nextUs > untilUs) return false;
    const timer = this.#pop();
    this.#nowUs = Math.max(this.#nowUs, nextUs);
    timer?.callback?.();
    return true;
  }

  /** Steps until nothing waits up to that moment, then moves there. */
  async runUntil(untilUs: number): Promise<void> {
    while (await this.step(untilUs));
    this.#nowUs = Math.max(this.#nowUs, untilUs);
  }

  #skipCancelled(): void {
    while (this.#timers[0]?.callback === null) this.#pop();
  }

  #push(timer: Timer): void {
    const timers = this.#timers;
    let at = timers.length;
    timers.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = timers[above];
      if (parent === undefined || isBefore(parent, timer)) break;
      timers[at] = parent;
      at = above;
    }
    timers[at] = timer;
  }

  #pop(): Timer | undefined {
    const timers = this.#timers;
    const [first] = timers;
    const last = timers.pop();
    if (first === undefined || last === undefined || timers.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = timers[2 * at + 1];
      const right = timers[2 * at + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || isBefore(last, child)) break;
      timers[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    timers[at] = last;
    return first;
  }
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.dueUs === right.dueUs ? left.order < right.order : left.dueUs < right.dueUs;
}
