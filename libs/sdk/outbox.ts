// The bounded buffer between the agent and the transport: batches, one in flight, retried with
// backoff until it is acknowledged, so that events leave in the order they came. When it is full
// the newest event is dropped: what is already held stays an unbroken beginning of every run, and
// an event once taken is lost to nothing but the deadline of close(). The gap shows in `seq`.
// Example: const outbox = new Outbox({ transport, clock, … }); outbox.offer(event, 800); await
//   outbox.flush(1000);
import type { AgentEvent } from '@agentspine/event/agent-event';
import { SpineError } from '@agentspine/outcome/errors';
import type { Clock } from './clock.ts';
import { Deque } from './deque.ts';
import type { Drops } from './drops.ts';
import { isRefusal, type Transport } from './transport.ts';

export type Limits = { readonly maxEvents: number; readonly maxBytes: number };

export type OutboxOptions = {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly drops: Drops;
  readonly buffer: Limits;
  readonly batch: Limits & { readonly maxWaitMs: number };
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  /** A number in [0, 1), for jitter. */
  readonly fraction: () => number;
};

/**
 * What a flush or close came to: events acknowledged meanwhile, and events that were not when it
 * returned.
 */
export type FlushResult = { readonly delivered: number; readonly left: number };

type Item = { readonly event: AgentEvent; readonly bytes: number };
type Waiter = { readonly upTo: number; readonly done: () => void };

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queue = new Deque<Item>();
  readonly #waiters = new Set<Waiter>();
  #bytes = 0;
  #taken = 0;
  #settled = 0;
  #delivered = 0;
  #retries = 0;
  #failures = 0;
  #pumping = false;
  #isAway = false;
  #closed: Promise<FlushResult> | null = null;
  #isOver = false;
  #cancelTimer: (() => void) | null = null;
  #wake: (() => void) | null = null;
  #batchLimit: number;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#batchLimit = options.batch.maxEvents;
  }

  get delivered(): number {
    return this.#delivered;
  }
  get retries(): number {
    return this.#retries;
  }
  /** Events held, those in flight included. */
  get length(): number {
    return this.#queue.length;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes an event, or drops and counts it. `bytes` is what it is reckoned to weigh. */
  offer(event: AgentEvent, bytes: number): boolean {
    const { buffer, drops } = this.#options;
    if (this.#closed !== null) {
      drops.count('closed', 1, 'recorded after close()');
      return false;
    }
    if (this.#queue.length >= buffer.maxEvents || this.#bytes + bytes > buffer.maxBytes) {
      const held = `${this.#queue.length} events of about ${this.#bytes} bytes are held`;
      drops.count('buffer_full', 1, `${held}; is the transport away or too slow?`);
      return false;
    }
    this.#queue.push({ event, bytes });
    this.#bytes += bytes;
    this.#taken += 1;
    this.#schedule();
    return true;
  }

  /** Sends what is held now; returns at the latest after the deadline. Never rejects. */
  async flush(deadlineMs: number): Promise<FlushResult> {
    const before = this.#delivered;
    const upTo = this.#taken;
    if (this.#settled < upTo && !this.#isOver) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.after(deadlineMs, () => waiter.done(), true);
        const waiter: Waiter = {
          upTo,
          done: () => {
            cancel();
            this.#waiters.delete(waiter);
            resolve();
          },
        };
        this.#waiters.add(waiter);
        this.#wake?.();
        this.#start();
      });
    }
    return { delivered: this.#delivered - before, left: this.#queue.length };
  }

  /**
   * Flushes, drops what is left, closes the transport within what remains of the deadline. Safe to
   * repeat.
   */
  close(deadlineMs: number): Promise<FlushResult> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  async #close(deadlineMs: number): Promise<FlushResult> {
    const { clock, drops, transport } = this.#options;
    const startNs = clock.monotonicNs();
    const result = await this.flush(deadlineMs);
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#wake?.();
    if (result.left > 0) {
      drops.count('deadline', result.left, `not acknowledged within ${deadlineMs} ms of close()`);
      this.#queue.drop(result.left);
      this.#bytes = 0;
    }
    const spentMs = Number(clock.monotonicNs() - startNs) / 1e6;
    let cancel = (): void => {};
    const isLate = new Promise<void>((resolve) => {
      cancel = clock.after(Math.max(deadlineMs - spentMs, 0), resolve, true);
    });
    await Promise.race([attempt(() => transport.close()), isLate]);
    cancel();
    return result;
  }

  #isDue(): boolean {
    const { batch } = this.#options;
    const isFull = this.#queue.length >= batch.maxEvents || this.#bytes >= batch.maxBytes;
    return this.#queue.length > 0 && (isFull || this.#waiters.size > 0);
  }

  #schedule(): void {
    if (this.#pumping || this.#isOver || this.#queue.length === 0) return;
    if (this.#isDue()) this.#start();
    this.#cancelTimer ??= this.#options.clock.after(
      this.#options.batch.maxWaitMs,
      () => {
        this.#cancelTimer = null;
        this.#start();
      },
      false,
    );
  }

  #start(): void {
    if (this.#pumping || this.#isOver || this.#queue.length === 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#pumping = true;
    void this.#pump().finally(() => {
      this.#pumping = false;
      this.#schedule();
    });
  }

  /** Sends batch after batch while one is due; the first was due when the pump started. */
  async #pump(): Promise<void> {
    do {
      const batch = this.#nextBatch();
      const error = await attempt(() =>
        this.#options.transport.send(batch.map((item) => item.event)),
      );
      if (this.#isOver) return;
      if (error === null) this.#settle(batch, true);
      else if (isRefusal(error)) this.#narrow(batch, error);
      else await this.#backOff(error);
    } while (!this.#isOver && (this.#isDue() || (this.#failures > 0 && this.#queue.length > 0)));
  }

  #nextBatch(): readonly Item[] {
    const { maxBytes } = this.#options.batch;
    const most = Math.min(this.#batchLimit, this.#queue.length);
    let count = 0;
    let bytes = 0;
    while (count < most) {
      bytes += this.#queue.at(count)?.bytes ?? 0;
      if (count > 0 && bytes > maxBytes) break;
      count += 1;
    }
    return this.#queue.peek(count);
  }

  #settle(batch: readonly Item[], isDelivered: boolean): void {
    this.#queue.drop(batch.length);
    for (const item of batch) this.#bytes -= item.bytes;
    this.#settled += batch.length;
    if (isDelivered) {
      this.#delivered += batch.length;
      this.#isAway = false;
    }
    this.#failures = 0;
    this.#batchLimit = Math.min(this.#batchLimit * 2, this.#options.batch.maxEvents);
    for (const waiter of this.#waiters) if (waiter.upTo <= this.#settled) waiter.done();
  }

  /** One event of the batch cannot be taken: halve until it stands alone, then drop it. */
  #narrow(batch: readonly Item[], error: unknown): void {
    if (batch.length > 1) {
      this.#batchLimit = Math.ceil(batch.length / 2);
      this.#failures = Math.max(this.#failures, 1);
      return;
    }
    this.#settle(batch, false);
    this.#options.drops.count('refused', 1, messageOf(error));
  }

  async #backOff(error: unknown): Promise<void> {
    const { backoff, clock, drops, fraction } = this.#options;
    if (!this.#isAway) drops.problem(asProblem(error));
    this.#isAway = true;
    this.#failures += 1;
    this.#retries += 1;
    // Exponential backoff with full jitter, but never less than a fifth of it: a retry at once is
    // no backoff.
    const ceilingMs = Math.min(backoff.firstMs * 2 ** (this.#failures - 1), backoff.maxMs);
    const delayMs = ceilingMs * (0.2 + 0.8 * fraction());
    await new Promise<void>((resolve) => {
      const cancel = clock.after(delayMs, resolve, false);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = null;
  }
}

/** Runs something that may throw or reject; returns the error, or null. */
async function attempt(action: () => Promise<void>): Promise<unknown> {
  try {
    await action();
    return null;
  } catch (error) {
    return error ?? new Error('rejected without a reason');
  }
}

function asProblem(error: unknown): SpineError {
  if (error instanceof SpineError) return error;
  return new SpineError('SPINE_KAFKA_UNREACHABLE', {
    wanted: 'a transport that takes events',
    found: messageOf(error),
    hint: 'Events are held and sent again until the buffer is full; see stats().',
  });
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that cannot be read';
  }
}
