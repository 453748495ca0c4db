// Maps OpenTelemetry GenAI spans to AgentEvents, one event of phase end per span (phase start for a
// span that never ended): any-agent's JSON and OTLP/JSON. Ids become hex, times microseconds (cut,
// not rounded), durations stay exact nanoseconds; the run is the trace. Parents are kept even when
// no span of the file has that id.
// Guarantees: no attribute is dropped (what no field fits is in attributes by its original key),
// and importing twice gives the same ids. docs/import.md has the field table.
// Example: mapOtelSpans(parseExactJson(text, name), { tenantId: 'acme', source: name })
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Place } from './json-shape.ts';
import { isObject, inside } from './json-shape.ts';
import { readAnyAgent } from './read-any-agent.ts';
import { readOtlp } from './read-otlp.ts';
import type { SourceSpan } from './source-span.ts';
import { spanAgents } from './span-agents.ts';
import { spanEvent } from './span-event.ts';

export type OtelOptions = {
  readonly tenantId: string;
  /**
   * Name of the file, without folders; does not enter the ids, which come from the spans
   * themselves.
   */
  readonly source: string;
};

/**
 * @param file one document, or an array of documents (JSON lines)
 * @throws SpineError SPINE_IMPORT_FORMAT naming the place, what was wanted and what was found
 */
export function mapOtelSpans(file: unknown, options: OtelOptions): AgentEvent[] {
  const root = { file: options.source, path: '$' };
  const spans = Array.isArray(file)
    ? file.flatMap((document, index) => readDocument(document, inside(root, index)))
    : readDocument(file, root);
  const agents = spanAgents(spans);
  const repeats = new Map<string, number>();
  return spans.map((span) => {
    const key = `${span.traceId}/${span.spanId}`;
    const repeat = repeats.get(key) ?? 0;
    repeats.set(key, repeat + 1);
    return spanEvent(span, { ...options, agent: agents.get(span) ?? null, repeat });
  });
}

function readDocument(document: unknown, place: Place): SourceSpan[] {
  return isObject(document) && 'resourceSpans' in document
    ? readOtlp(document, place)
    : readAnyAgent(document, place);
}
