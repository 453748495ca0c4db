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

/** Byte → bits of the alphabets it belongs to. */
const HEX = 1;
const TENANT = 2;
const RUN = 4;
const AGENT = 8;
const ALPHABETS = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const ch = String.fromCharCode(c);
  if (/[0-9a-f]/.test(ch)) ALPHABETS[c]! |= HEX;
  if (/[a-z0-9_-]/.test(ch)) ALPHABETS[c]! |= TENANT;
  if (/[A-Za-z0-9._:-]/.test(ch)) ALPHABETS[c]! |= RUN;
  if (/[A-Za-z0-9._:/-]/.test(ch)) ALPHABETS[c]! |= AGENT;
}

/** True when every character from `start` to `end` is of the alphabet. */
function isOf(alphabet: number, value: string, start: number, end: number): boolean {
  let common = alphabet;
  for (let at = start; at < end; at++) {
    const c = value.charCodeAt(at);
    if (c > 127) return false;
    common &= ALPHABETS[c]!;
  }
  return common !== 0;
}

const DASH = 45;

/** 8-4-4-4-12 lower-case hex digits. */
function isUuid(value: string): boolean {
  return (
    value.length === 36 &&
    value.charCodeAt(8) === DASH &&
    value.charCodeAt(13) === DASH &&
    value.charCodeAt(18) === DASH &&
    value.charCodeAt(23) === DASH &&
    isOf(HEX, value, 0, 8) &&
    isOf(HEX, value, 9, 13) &&
    isOf(HEX, value, 14, 18) &&
    isOf(HEX, value, 19, 23) &&
    isOf(HEX, value, 24, 36)
  );
}

/** So many lower-case hex digits, not all of them 0. */
function isHexId(value: string, digits: number): boolean {
  if (value.length !== digits || !isOf(HEX, value, 0, digits)) return false;
  for (let at = 0; at < digits; at++) if (value.charCodeAt(at) !== 48) return true;
  return false;
}

function isTenantId(value: string): boolean {
  const { length } = value;
  if (length < 1 || length > 63 || !isOf(TENANT, value, 0, length)) return false;
  const first = value.charCodeAt(0);
  return first !== DASH && first !== 95;
}

function isName(alphabet: number, value: string): boolean {
  return value.length > 0 && value.length <= 128 && isOf(alphabet, value, 0, value.length);
}

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
  if (!isUuid(event.event_id)) return form('event_id', 'a lower-case UUID', event.event_id);
  if (!isTenantId(event.tenant_id)) {
    return form('tenant_id', '[a-z0-9][a-z0-9_-]{0,62}', event.tenant_id);
  }
  if (!isHexId(event.trace_id, 32))
    return form('trace_id', '32 lower-case hex digits', event.trace_id);
  if (!isHexId(event.span_id, 16))
    return form('span_id', '16 lower-case hex digits', event.span_id);
  if (event.parent_span_id !== null && !isHexId(event.parent_span_id, 16)) {
    return form('parent_span_id', '16 lower-case hex digits or null', event.parent_span_id);
  }
  if (!isName(RUN, event.run_id)) return form('run_id', '[A-Za-z0-9._:-]{1,128}', event.run_id);
  if (event.causation_id !== null && !isUuid(event.causation_id)) {
    return form('causation_id', 'a lower-case UUID or null', event.causation_id);
  }
  const agentId = event.agent?.id ?? null;
  if (agentId !== null && !isName(AGENT, agentId)) {
    return form('agent.id', '[A-Za-z0-9._:/-]{1,128}', agentId);
  }
  for (const link of event.links) {
    if (!isHexId(link.trace_id, 32)) {
      return form('links[].trace_id', '32 lower-case hex digits', link.trace_id);
    }
    if (link.span_id !== null && !isHexId(link.span_id, 16)) {
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
