// Facts without a duration: decisions, guardrail verdicts, hand-overs, outcomes. Each gets a span
// id of its own below the operation around it. Business facts may come days after the run; a
// carrier says which run they are about.
// Example: recordPoint(recorder, outsideContext(ids, carrier), 'outcome', {}, { outcome })
import type { AgentEvent, Kind } from '@agentspine/event/agent-event';
import { readCarrier, type Carrier } from './carrier.ts';
import type { Context } from './context.ts';
import type { CommonFields } from './fields.ts';
import type { Ids } from './ids.ts';
import type { Recorder } from './recorder.ts';

/** `eventId` is null when the event was dropped. */
export type Sent = { readonly spanId: string; readonly eventId: string | null };

export function recordPoint(
  recorder: Recorder,
  context: Context,
  kind: Kind,
  common: Partial<CommonFields>,
  rest: Partial<AgentEvent>,
): Sent {
  const spanId = recorder.options.ids.spanId();
  const eventId = recorder.record({
    kind,
    phase: 'point',
    run: context.run,
    spanId,
    parentSpanId: context.spanId,
    parentRemote: context.spanId === null ? null : context.isRemote,
    common,
    rest,
  });
  return { spanId, eventId };
}

/**
 * The place of a fact outside of any run: that of the carrier, else a trace of its own. Such facts
 * have no agent (a business system says them) and no position in the run.
 */
export function outsideContext(ids: Ids, about: Carrier | null | undefined): Context {
  const origin = readCarrier(about);
  const traceId = origin?.traceId ?? ids.traceId();
  return {
    run: {
      traceId,
      runId: origin?.runId ?? `outside:${traceId}`,
      conversationId: origin?.conversationId ?? null,
      causationId: origin?.causationId ?? null,
      agent: null,
      actor: null,
      correlation: {},
      nextSeq: null,
    },
    spanId: origin?.spanId ?? null,
    isRemote: true,
    tries: null,
  };
}
