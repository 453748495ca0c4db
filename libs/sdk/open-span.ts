// One operation that takes time, from its start to its end: opens, runs the agent's function as its
// child context, records the end with status, duration and output, and hands result or error on
// unchanged.
// Guarantees: the function runs exactly once whatever becomes of the recording; its error is
// re-thrown as it was.
// Example: await runSpan({ recorder, storage, context, kind: 'step', given, rest, starts: false },
//   fn)
import type { AsyncLocalStorage } from 'node:async_hooks';
import type { AgentEvent, Content, Kind, Link } from '@agentspine/event/agent-event';
import type { Context } from './context.ts';
import type { SpanFields, SpanRef } from './fields.ts';
import { readError } from './read-error.ts';
import type { Recorder } from './recorder.ts';

/** The operation under way, for the function that does it. */
export interface Span<F> {
  /** How others refer to it; null where it is not recorded. */
  readonly ref: SpanRef | null;
  /** Adds what becomes known on the way: tokens, documents, a status. The last word counts. */
  set(fields: Partial<F>): void;
}

export type SpanPlan<F extends SpanFields> = {
  readonly recorder: Recorder;
  readonly storage: AsyncLocalStorage<Context>;
  /** Null outside of any run: the function runs, unrecorded. */
  readonly context: Context | null;
  readonly kind: Kind;
  readonly given: Partial<F>;
  /** The record of the kind, from what is known. */
  readonly rest: (fields: Partial<F>) => Partial<AgentEvent>;
  readonly starts: boolean;
};

export async function runSpan<T, F extends SpanFields>(
  plan: SpanPlan<F>,
  fn: (span: Span<F>) => T | Promise<T>,
): Promise<T> {
  if (typeof fn !== 'function') {
    plan.recorder.lose('bad_argument', `a ${plan.kind} without a function`);
    return undefined as T;
  }
  const span = new OpenSpan(plan);
  let result: T;
  try {
    const inside = span.inside;
    result = await (inside === null ? fn(span) : plan.storage.run(inside, () => fn(span)));
  } catch (error) {
    span.fail(error);
    throw error;
  }
  span.succeed(result);
  return result;
}

type Opened = {
  readonly context: Context;
  readonly spanId: string;
  readonly startUs: number;
  readonly startNs: bigint;
  readonly input: Content | null;
};

class OpenSpan<F extends SpanFields> implements Span<F> {
  readonly ref: SpanRef | null;
  /** The context of what runs inside; null when nothing is recorded. */
  readonly inside: Context | null;
  readonly #plan: SpanPlan<F>;
  readonly #opened: Opened | null;
  #fields: Partial<F>;

  constructor(plan: SpanPlan<F>) {
    this.#plan = plan;
    this.#fields = plan.given;
    this.#opened = this.#open();
    this.ref = null;
    this.inside = null;
    if (this.#opened === null) return;
    const { context, spanId } = this.#opened;
    this.ref = { traceId: context.run.traceId, spanId };
    this.inside = { run: context.run, spanId, isRemote: false, tries: null };
  }

  set(fields: Partial<F>): void {
    try {
      this.#fields = { ...this.#fields, ...fields };
    } catch {
      this.#plan.recorder.options.read.unreadable('span.set()');
    }
  }

  succeed(result: unknown): void {
    this.#end({ status: 'ok', error_type: null, error_message: null }, result);
  }

  fail(error: unknown): void {
    const facts = readError(error);
    if (this.#opened?.context.tries && this.ref) {
      this.#opened.context.tries.failed = retryLink(this.ref);
    }
    this.#end(
      { status: facts.status, error_type: facts.errorType, error_message: facts.errorMessage },
      undefined,
    );
  }

  #open(): Opened | null {
    const { recorder, context, kind, given, starts } = this.#plan;
    if (context === null) {
      recorder.lose('outside_run', `${kind} outside of run()`);
      return null;
    }
    try {
      const { clock, ids } = recorder.options;
      const opened: Opened = {
        context,
        spanId: ids.spanId(),
        startUs: Math.trunc(clock.nowUs()),
        startNs: clock.monotonicNs(),
        input: recorder.content(given.input),
      };
      if (starts) this.#record(opened, 'start', { input: opened.input });
      return opened;
    } catch {
      recorder.lose('bad_argument', `a ${kind} could not be opened`);
      return null;
    }
  }

  #end(outcome: Pick<AgentEvent, 'status' | 'error_type' | 'error_message'>, result: unknown) {
    const opened = this.#opened;
    if (opened === null) return;
    const { recorder, given, starts, kind } = this.#plan;
    try {
      const fields = this.#fields;
      const { clock, read } = recorder.options;
      const hasNewInput = fields.input !== given.input;
      this.#record(opened, 'end', {
        start_time: opened.startUs,
        duration_ns: Math.max(Number(clock.monotonicNs() - opened.startNs), 0),
        // A start event has carried the input already.
        input: hasNewInput ? recorder.content(fields.input) : starts ? null : opened.input,
        output: recorder.content(fields.output === undefined ? result : fields.output),
        status: fields.status ?? outcome.status,
        error_type: read.text(fields.errorType, 'error_type') ?? outcome.error_type,
        error_message: read.text(fields.errorMessage, 'error_message') ?? outcome.error_message,
      });
    } catch {
      recorder.lose('bad_argument', `a ${kind} could not be ended`);
    }
  }

  #record(opened: Opened, phase: 'start' | 'end', rest: Partial<AgentEvent>): void {
    const { recorder, kind } = this.#plan;
    const { context, spanId } = opened;
    const previous = context.tries?.previous ?? null;
    recorder.record({
      kind,
      phase,
      run: context.run,
      spanId,
      parentSpanId: context.spanId,
      parentRemote: context.spanId === null ? null : context.isRemote,
      common: this.#fields,
      rest: { ...this.#plan.rest(this.#fields), ...rest },
      ...(context.tries && { attempt: context.tries.attempt }),
      ...(previous && { links: [previous] }),
    });
  }
}

function retryLink(ref: SpanRef): Link {
  return { trace_id: ref.traceId, span_id: ref.spanId, rel: 'retry_of' };
}
