// What one agent hands to another, or a case file keeps for the day its outcome is known: enough to
// go on with the trace. Plain JSON; the trace context is a W3C traceparent. Comes from
// run.carrier() and handoff(), goes into run({ continuing }) and outcome({ about }).
// Example: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', runId:
//   'run-7', … }
import type { RunState } from './context.ts';

export type Carrier = {
  readonly traceparent: string;
  readonly runId: string;
  readonly conversationId: string | null;
  /** The event that hands over. */
  readonly causationId: string | null;
  /** The agent that hands over. */
  readonly agentId: string | null;
};

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const RUN_ID = /^[A-Za-z0-9._:-]{1,128}$/;

export function traceparent(traceId: string, spanId: string): string {
  return `00-${traceId}-${spanId}-01`;
}

export function carrierOf(run: RunState, spanId: string, causationId: string | null): Carrier {
  return {
    traceparent: traceparent(run.traceId, spanId),
    runId: run.runId,
    conversationId: run.conversationId,
    causationId,
    agentId: run.agent?.id ?? null,
  };
}

export type Origin = {
  readonly traceId: string;
  readonly spanId: string;
  readonly runId: string | null;
  readonly conversationId: string | null;
  readonly causationId: string | null;
};

/** Reads a carrier that may have come from anywhere; null when it holds no valid trace context. */
export function readCarrier(value: unknown): Origin | null {
  if (typeof value !== 'object' || value === null) return null;
  const carrier = value as Partial<Record<keyof Carrier, unknown>>;
  const match = TRACEPARENT.exec(textOrEmpty(carrier.traceparent));
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return {
    traceId: match[1],
    spanId: match[2],
    runId: matching(RUN_ID, carrier.runId),
    conversationId: textOrEmpty(carrier.conversationId) || null,
    causationId: matching(UUID, carrier.causationId),
  };
}

export function isEventId(value: unknown): value is string {
  return matching(UUID, value) !== null;
}

function matching(form: RegExp, value: unknown): string | null {
  return typeof value === 'string' && form.test(value) ? value : null;
}

function textOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
