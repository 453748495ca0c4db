// Reckons what an event weighs, for the bounds of the buffer: its long texts plus a fixed part for
// the rest. Cheap on purpose, and never less than a third of the bytes on the wire for text outside
// of ASCII.
// Example: approximateBytes(event) → 812
import type { AgentEvent, Content } from '@agentspine/event/agent-event';

/** Ids, enums, numbers, the producer and the agent. */
const FIXED_BYTES = 400;
const ENTRY_BYTES = 16;

export function approximateBytes(event: AgentEvent): number {
  return (
    FIXED_BYTES +
    contentBytes(event.input) +
    contentBytes(event.output) +
    contentBytes(event.decision?.rationale ?? null) +
    contentBytes(event.feedback?.comment ?? null) +
    (event.error_message?.length ?? 0) +
    (event.evaluation?.explanation?.length ?? 0) +
    (event.guardrail?.reason?.length ?? 0) +
    mapBytes(event.attributes) +
    mapBytes(event.correlation) +
    mapBytes(event.features) +
    ENTRY_BYTES * 8 * (event.data_context.length + event.links.length) +
    ENTRY_BYTES * 4 * (event.decision?.alternatives.length ?? 0) +
    ENTRY_BYTES * 4 * (event.retrieval?.documents.length ?? 0)
  );
}

function contentBytes(content: Content | null): number {
  return content === null ? 0 : ENTRY_BYTES * 2 + (content.inline?.length ?? 0);
}

function mapBytes(map: Readonly<Record<string, string | number>>): number {
  let bytes = 0;
  for (const key in map) {
    const value = map[key];
    bytes += ENTRY_BYTES + key.length + (typeof value === 'string' ? value.length : 0);
  }
  return bytes;
}
