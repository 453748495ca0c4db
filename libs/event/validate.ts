// Checks what Avro cannot: forms of ids, ranges of times and numbers.
// Guarantees: pure; the cause names the field and the form wanted, never the value found beyond its
// length and shape.
// Example: const checked = validate(event, { ingestedAtUs, futureMaxUs, pastMaxUs })
import { deadLetter, ok, type DeadLetter, type Outcome } from '@agentspine/outcome/outcome';
import type { AgentEvent } from './agent-event.ts';

export type ValidateContext = {
  /** When Kafka took the record, in microseconds since 1970. */
  readonly ingestedAtUs: number;
  /** How far ahead of ingestion an event may claim to be, in microseconds. */
  readonly futureMaxUs: number;
  /** How far back an event may lie, in microseconds. */
  readonly pastMaxUs: number;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const TENANT_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const RUN_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const AGENT_ID = /^[A-Za-z0-9._:/-]{1,128}$/;

export function validate(event: AgentEvent, context: ValidateContext): Outcome<AgentEvent> {
  return badId(event) ?? badTime(event, context) ?? badNumber(event) ?? ok(event);
}

function form(field: string, wanted: string, value: string): DeadLetter {
  return deadLetter('SPINE_EVENT_ID', `${field}: wanted ${wanted}, found ${shapeOf(value)}`);
}

/** Says what a value looks like without saying what it is. */
function shapeOf(value: string): string {
  if (value === '') return 'nothing';
  const kinds = [
    /[a-z]/.test(value) && 'lower-case letters',
    /[A-Z]/.test(value) && 'upper-case letters',
    /[0-9]/.test(value) && 'digits',
    /[^A-Za-z0-9]/.test(value) && 'other characters',
  ].filter(Boolean);
  return `${value.length} characters (${kinds.join(', ')})`;
}

function badId(event: AgentEvent): DeadLetter | undefined {
  if (!UUID.test(event.event_id)) return form('event_id', 'a lower-case UUID', event.event_id);
  if (!TENANT_ID.test(event.tenant_id)) {
    return form('tenant_id', '[a-z0-9][a-z0-9_-]{0,62}', event.tenant_id);
  }
  if (!TRACE_ID.test(event.trace_id))
    return form('trace_id', '32 lower-case hex digits', event.trace_id);
  if (!SPAN_ID.test(event.span_id))
    return form('span_id', '16 lower-case hex digits', event.span_id);
  if (event.parent_span_id !== null && !SPAN_ID.test(event.parent_span_id)) {
    return form('parent_span_id', '16 lower-case hex digits or null', event.parent_span_id);
  }
  if (!RUN_ID.test(event.run_id)) return form('run_id', '[A-Za-z0-9._:-]{1,128}', event.run_id);
  if (event.causation_id !== null && !UUID.test(event.causation_id)) {
    return form('causation_id', 'a lower-case UUID or null', event.causation_id);
  }
  const agentId = event.agent?.id ?? null;
  if (agentId !== null && !AGENT_ID.test(agentId)) {
    return form('agent.id', '[A-Za-z0-9._:/-]{1,128}', agentId);
  }
  for (const link of event.links) {
    if (!TRACE_ID.test(link.trace_id)) {
      return form('links[].trace_id', '32 lower-case hex digits', link.trace_id);
    }
    if (link.span_id !== null && !SPAN_ID.test(link.span_id)) {
      return form('links[].span_id', '16 lower-case hex digits or null', link.span_id);
    }
  }
  return undefined;
}

function badTime(event: AgentEvent, context: ValidateContext): DeadLetter | undefined {
  const { ingestedAtUs, futureMaxUs, pastMaxUs } = context;
  const ahead = event.event_time - ingestedAtUs;
  if (!(ahead <= futureMaxUs)) {
    return deadLetter(
      'SPINE_EVENT_TIME',
      `event_time: wanted at most ${futureMaxUs / 1e6} s after ingestion, found ${ahead / 1e6} s`,
    );
  }
  if (!(-ahead <= pastMaxUs)) {
    return deadLetter(
      'SPINE_EVENT_TIME',
      `event_time: wanted at most ${pastMaxUs / 86_400e6} days before ingestion, ` +
        `found ${Math.round(-ahead / 86_400e6)} days; are these microseconds?`,
    );
  }
  if (
    event.start_time !== null &&
    !(event.start_time <= event.event_time && event.start_time >= 0)
  ) {
    return deadLetter(
      'SPINE_EVENT_TIME',
      `start_time: wanted 0 ≤ start_time ≤ event_time, found ${event.start_time - event.event_time} µs after it`,
    );
  }
  return undefined;
}

function badNumber(event: AgentEvent): DeadLetter | undefined {
  const { decision, model } = event;
  return (
    below('duration_ns', event.duration_ns) ??
    below('seq', event.seq) ??
    outside('decision.confidence', decision?.confidence) ??
    outside('decision.propensity', decision?.propensity) ??
    below('model.input_tokens', model?.input_tokens) ??
    below('model.output_tokens', model?.output_tokens) ??
    below('model.cache_read_tokens', model?.cache_read_tokens) ??
    below('model.cache_write_tokens', model?.cache_write_tokens) ??
    below('model.cost_nano_usd', model?.cost_nano_usd) ??
    below('model.ttft_ns', model?.ttft_ns) ??
    (event.attempt >= 1
      ? undefined
      : deadLetter('SPINE_EVENT_VALUE', `attempt: wanted at least 1, found ${event.attempt}`))
  );
}

function below(field: string, value: number | null | undefined): DeadLetter | undefined {
  if (value === null || value === undefined || value >= 0) return undefined;
  return deadLetter('SPINE_EVENT_VALUE', `${field}: wanted at least 0, found ${value}`);
}

function outside(field: string, value: number | null | undefined): DeadLetter | undefined {
  if (value === null || value === undefined || (value >= 0 && value <= 1)) return undefined;
  return deadLetter('SPINE_EVENT_VALUE', `${field}: wanted 0 to 1, found ${value}`);
}
