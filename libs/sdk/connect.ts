// The way in: connect() gives a Spine, on which agents run. Never throws into the agent: what
// cannot be recorded is dropped, counted by reason in stats() and said once through onDrop; the
// agent's own results and errors pass unchanged.
// Example:
//   const spine = connect({ tenantId, service: 'concierge', environment: 'prod', transport });
//   await spine.run({ input: question }, (run) => run.step('answer', () => answer(question)));
//   await spine.close(5000);
import { AsyncLocalStorage } from 'node:async_hooks';
import { producer } from '@agentspine/event/build';
import { SpineError } from '@agentspine/outcome/errors';
import type { Context } from './context.ts';
import { createDrops, type DropReason, type Drops } from './drops.ts';
import type { RunFields } from './fields.ts';
import { createIds } from './ids.ts';
import { Operations, type Parts } from './operations.ts';
import { resolveOptions, type Resolved, type SpineOptions } from './options.ts';
import { Outbox, type FlushResult } from './outbox.ts';
import { Reader } from './read-values.ts';
import { Recorder } from './recorder.ts';
import { startRun, type Run } from './run.ts';

export const SDK = 'agentspine-js/0.1.0';

/** recorded = delivered + buffered + the sum of dropped, at any moment. */
export type SpineStats = {
  readonly recorded: number;
  readonly delivered: number;
  readonly buffered: number;
  readonly bufferedBytes: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Values that did not fit their field and were left out of their event. */
  readonly repaired: number;
  /** Batches that were sent again. */
  readonly retries: number;
};

const DEFAULT_DEADLINE_MS = 5000;

/** All operations of Operations, which act on the run the control flow is in, and: */
export class Spine extends Operations {
  readonly #parts: Parts;
  readonly #options: SpineOptions;
  readonly #outbox: Outbox | null;
  readonly #drops: Drops;
  readonly #repaired: () => number;

  constructor(
    parts: Parts,
    rest: { options: SpineOptions; outbox: Outbox | null; drops: Drops; repaired: () => number },
  ) {
    super(parts, null);
    this.#parts = parts;
    this.#options = rest.options;
    this.#outbox = rest.outbox;
    this.#drops = rest.drops;
    this.#repaired = rest.repaired;
  }

  /** Runs an agent: records start and end, and gives the function a Run to work with. */
  run<T>(fields: RunFields, fn: (run: Run) => T | Promise<T>): Promise<T> {
    return startRun(this.#parts, this.#options.agent ?? {}, fields, fn);
  }

  /**
   * Sends what is buffered; returns at the latest after the deadline, saying what is left. Never
   * rejects.
   */
  async flush(deadlineMs: number = DEFAULT_DEADLINE_MS): Promise<FlushResult> {
    return (await this.#outbox?.flush(deadline(deadlineMs))) ?? { delivered: 0, left: 0 };
  }

  /**
   * Flushes, drops and counts what is left, and closes the transport. Safe to repeat. Never
   * rejects.
   */
  async close(deadlineMs: number = DEFAULT_DEADLINE_MS): Promise<FlushResult> {
    return (await this.#outbox?.close(deadline(deadlineMs))) ?? { delivered: 0, left: 0 };
  }

  stats(): SpineStats {
    return {
      recorded: this.#parts.recorder.recorded,
      delivered: this.#outbox?.delivered ?? 0,
      buffered: this.#outbox?.length ?? 0,
      bufferedBytes: this.#outbox?.bytes ?? 0,
      dropped: this.#drops.counts(),
      repaired: this.#repaired(),
      retries: this.#outbox?.retries ?? 0,
    };
  }
}

export function connect(given: SpineOptions): Spine {
  // Plain JavaScript may pass nothing at all; that turns the SDK off and says so.
  const options = (given as SpineOptions | undefined) ?? ({} as SpineOptions);
  const drops = createDrops(options);
  const resolved = resolveOptions(options, drops.problem);
  const ids = createIds(resolved.random);
  const outbox = openOutbox(options, resolved, drops, ids.fraction);
  const repairs = createRepairs(drops);
  const read = new Reader(repairs.onRepair);
  const recorder = new Recorder({
    tenantId: options.tenantId,
    producer: producer({
      service: read.text(options.service, 'service') ?? '',
      service_version: read.text(options.serviceVersion, 'serviceVersion'),
      instance: read.text(options.instance, 'instance'),
      environment: read.text(options.environment, 'environment'),
      sdk: SDK,
    }),
    clock: resolved.clock,
    ids,
    read,
    drops,
    outbox,
    content: resolved.content,
    maxEventBytes: resolved.maxEventBytes,
    redact: options.redact ?? null,
  });
  const storage = new AsyncLocalStorage<Context>();
  return new Spine(
    { recorder, storage, starts: options.starts === true },
    { options, outbox, drops, repaired: repairs.count },
  );
}

function openOutbox(
  { transport }: SpineOptions,
  { isUsable, clock, buffer, batch, backoff }: Resolved,
  drops: Drops,
  fraction: () => number,
): Outbox | null {
  if (!isUsable || transport === undefined) return null;
  return new Outbox({ transport, clock, drops, buffer, batch, backoff, fraction });
}

function createRepairs(drops: Drops) {
  let count = 0;
  return {
    count: () => count,
    onRepair(field: string, found: string) {
      count += 1;
      if (count > 1) return;
      drops.problem(
        new SpineError('SPINE_EVENT_VALUE', {
          where: field,
          wanted: 'the form that schemas/agent-event.avsc gives the field',
          found,
          hint: 'The event goes on without the value. Later ones are only counted: stats().repaired.',
        }),
      );
    },
  };
}

/** A deadline that is no number is the default; setTimeout knows none beyond 24 days. */
function deadline(deadlineMs: number): number {
  return deadlineMs >= 0 ? Math.min(deadlineMs, 2_147_483_647) : DEFAULT_DEADLINE_MS;
}
