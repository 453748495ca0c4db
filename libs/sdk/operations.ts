// The operations of an agent: what run and spine offer alike. Each finds its parent through the
// control flow, so that branches of Promise.all and nested calls need no handing around of
// anything.
// Guarantees: functions given run exactly once per try and their results and errors come back
// unchanged; nothing here throws of its own; outside of a run the function still runs, and the loss
// is counted.
// Example: await run.toolCall({ name: 'lookup_order', effect: 'read', input: { id } }, () =>
//   orders.find(id))
import type { AsyncLocalStorage } from 'node:async_hooks';
import type { AgentEvent, Kind } from '@agentspine/event/agent-event';
import { carrierOf, type Carrier } from './carrier.ts';
import type { Context } from './context.ts';
import type * as given from './fields.ts';
import { runSpan, type Span } from './open-span.ts';
import * as particulars from './particulars.ts';
import { readError } from './read-error.ts';
import { outsideContext, recordPoint, type Sent } from './record-point.ts';
import type { Recorder } from './recorder.ts';
import { retry } from './retry.ts';

type Work<F, T> = (span: Span<F>) => T | Promise<T>;
type Common = Partial<given.CommonFields & given.AboutFields>;

export type Parts = {
  readonly recorder: Recorder;
  readonly storage: AsyncLocalStorage<Context>;
  /** Whether operations other than runs record their start too. */
  readonly starts: boolean;
};

const NOWHERE: Carrier = Object.freeze({
  traceparent: '',
  runId: '',
  conversationId: null,
  causationId: null,
  agentId: null,
});

export class Operations {
  readonly #parts: Parts;
  readonly #home: Context | null;

  /** `home` is the context of a run; null makes operations that follow the control flow alone. */
  constructor(parts: Parts, home: Context | null) {
    this.#parts = parts;
    this.#home = home;
  }

  /** Any piece of work worth seeing on its own. */
  step<T>(name: string, fn: Work<given.SpanFields, T>): Promise<T> {
    return this.#span('step', { name }, fn, () => ({}));
  }

  /** A call to a model; the function sets tokens and the model that answered through its span. */
  modelCall<T>(fields: given.ModelFields, fn: Work<given.ModelFields, T>): Promise<T> {
    const { read } = this.#parts.recorder.options;
    return this.#span('model_call', fields, fn, (f) => ({
      name: read.text(f.name ?? f.model, 'name'),
      model: particulars.modelRecord(read, f),
    }));
  }

  toolCall<T>(fields: given.ToolFields, fn: Work<given.ToolFields, T>): Promise<T> {
    const { read } = this.#parts.recorder.options;
    return this.#span('tool_call', fields, fn, (f) => ({
      tool: particulars.toolRecord(read, f),
    }));
  }

  retrieval<T>(fields: given.RetrievalFields, fn: Work<given.RetrievalFields, T>): Promise<T> {
    const { read } = this.#parts.recorder.options;
    return this.#span('retrieval', fields, fn, (f) => ({
      name: read.text(f.name ?? f.sourceId, 'name'),
      retrieval: particulars.retrievalRecord(read, f),
    }));
  }

  memory<T>(fields: given.MemoryFields, fn: Work<given.MemoryFields, T>): Promise<T> {
    const { read } = this.#parts.recorder.options;
    return this.#span('memory', fields, fn, (f) => ({
      memory: particulars.memoryRecord(read, f),
    }));
  }

  /** Records a choice and returns its id, for the outcome and the feedback to name. */
  decision(fields: given.DecisionFields): string {
    return this.#safely('decision', '', () => {
      const { recorder } = this.#parts;
      const id = `dec_${recorder.options.ids.spanId()}`;
      const f = recorder.options.read.fields(fields, 'decision');
      const decision = particulars.decisionRecord(recorder.options.read, f, id, (value) =>
        recorder.content(value),
      );
      this.#point('decision', f, { decision, input: recorder.content(f.input), status: 'ok' });
      return decision.id;
    });
  }

  guardrail(fields: given.GuardrailFields): void {
    this.#safely('guardrail', undefined, () => {
      const { read } = this.#parts.recorder.options;
      const f = read.fields(fields, 'guardrail');
      this.#point('guardrail', f, { guardrail: particulars.guardrailRecord(read, f) });
    });
  }

  /** Hands over to another agent; the carrier goes to its run({ continuing }), by whatever way. */
  handoff(fields: given.HandoffFields): Carrier {
    return this.#safely('handoff', NOWHERE, () => {
      const { recorder } = this.#parts;
      const context = this.#context();
      const f = recorder.options.read.fields(fields, 'handoff');
      const from = context?.run.agent?.id ?? null;
      const handoff = particulars.handoffRecord(recorder.options.read, f, from);
      const sent = this.#point('handoff', f, { handoff, input: recorder.content(f.input) });
      if (context === null || sent === null) return NOWHERE;
      return carrierOf(context.run, sent.spanId, sent.eventId);
    });
  }

  /** A business result, in the run or days later with `about`. */
  outcome(fields: given.OutcomeFields): void {
    this.#safely('outcome', undefined, () => {
      const { read } = this.#parts.recorder.options;
      const f = read.fields(fields, 'outcome');
      this.#fact('outcome', f, { outcome: particulars.outcomeRecord(read, f) });
    });
  }

  evaluation(fields: given.EvaluationFields): void {
    this.#safely('evaluation', undefined, () => {
      const { read } = this.#parts.recorder.options;
      const f = read.fields(fields, 'evaluation');
      this.#fact('evaluation', f, { evaluation: particulars.evaluationRecord(read, f) });
    });
  }

  feedback(fields: given.FeedbackFields): void {
    this.#safely('feedback', undefined, () => {
      const { recorder } = this.#parts;
      const f = recorder.options.read.fields(fields, 'feedback');
      const feedback = particulars.feedbackRecord(recorder.options.read, f, (value) =>
        recorder.content(value),
      );
      this.#fact('feedback', f, { feedback });
    });
  }

  stateChange(fields: given.StateChangeFields): void {
    this.#safely('state_change', undefined, () => {
      const { read } = this.#parts.recorder.options;
      const f = read.fields(fields, 'state_change');
      this.#fact('state_change', f, { state_change: particulars.stateChangeRecord(read, f) });
    });
  }

  /** An error the agent dealt with itself; errors that leave an operation are recorded by it. */
  error(error: unknown, fields?: given.ErrorFields): void {
    this.#safely('error', undefined, () => {
      const { recorder } = this.#parts;
      const { read } = recorder.options;
      const f = read.fields(fields, 'error');
      const facts = readError(error);
      this.#fact('error', f, {
        status: f.status ?? facts.status,
        error_type: read.text(facts.errorType, 'error_type'),
        error_message: read.text(facts.errorMessage, 'error_message'),
        input: recorder.content(f.input),
      });
    });
  }

  /**
   * Tries again when the function fails; the operation called in it carries its attempt and links
   * to the one before.
   */
  retry<T>(options: given.RetryOptions, fn: (attempt: number) => T | Promise<T>): Promise<T> {
    const { recorder, storage } = this.#parts;
    const context = this.#context();
    return retry(recorder.options.clock, options, (tries) =>
      context === null
        ? fn(tries.attempt)
        : storage.run({ ...context, tries }, () => fn(tries.attempt)),
    );
  }

  /** Where the control flow is, for another process or a later day; null outside of a run. */
  carrier(): Carrier | null {
    const context = this.#context();
    if (context === null || context.spanId === null) return null;
    return carrierOf(context.run, context.spanId, null);
  }

  /**
   * A run's own operations belong to it even where the control flow was lost, as in old event
   * emitters.
   */
  #context(): Context | null {
    const here = this.#parts.storage.getStore() ?? null;
    if (this.#home === null) return here;
    return here?.run === this.#home.run ? here : this.#home;
  }

  #span<T, F extends given.SpanFields>(
    kind: Kind,
    fields: F,
    fn: Work<F, T>,
    rest: (fields: Partial<F>) => Partial<AgentEvent>,
  ): Promise<T> {
    const { recorder, storage, starts } = this.#parts;
    return runSpan(
      {
        recorder,
        storage,
        context: this.#context(),
        kind,
        given: recorder.options.read.fields(fields, kind),
        rest,
        starts,
      },
      fn,
    );
  }

  /** A moment of the run; null outside of one. */
  #point(kind: Kind, common: Common, rest: Partial<AgentEvent>): Sent | null {
    const context = this.#context();
    if (context !== null) return recordPoint(this.#parts.recorder, context, kind, common, rest);
    this.#parts.recorder.lose('outside_run', `${kind} outside of run()`);
    return null;
  }

  /** A moment that may lie outside of any run. */
  #fact(kind: Kind, common: Common, rest: Partial<AgentEvent>): void {
    const { recorder } = this.#parts;
    const here = common.about === undefined ? this.#context() : null;
    const context = here ?? outsideContext(recorder.options.ids, common.about);
    recordPoint(recorder, context, kind, common, rest);
  }

  #safely<T>(kind: Kind, otherwise: T, action: () => T): T {
    try {
      return action();
    } catch {
      this.#parts.recorder.lose('bad_argument', `the arguments of a ${kind} could not be read`);
      return otherwise;
    }
  }
}
