// The whole way from a file's text to AgentEvents: parse without loss, tell the format, map. Pure:
// the caller reads the file and publishes the events. A file is taken whole or refused whole, with
// the place and the reason. JSON lines are read too, one value per line (the OpenTelemetry
// Collector's file exporter writes them).
// Example: importTrace(text, { tenantId: 'acme', source: 'AGNO_trace.json', baseTimeUs
// }).events.length
import type { AgentEvent } from '@agentspine/event/agent-event';
import { SpineError } from '@agentspine/outcome/errors';
import { detectFormat } from './detect-format.ts';
import type { TraceFormat } from './detect-format.ts';
import { nestedTooDeep, parseExactJson } from './exact-json.ts';
import { mapOtelSpans } from './otel-genai.ts';
import { mapTauBench } from './tau-bench.ts';
import type { TauOptions } from './tau-bench.ts';

export type ImportedTrace = {
  readonly format: TraceFormat;
  readonly runs: number;
  readonly events: readonly AgentEvent[];
};

/** @throws SpineError SPINE_IMPORT_FORMAT naming the place, what was wanted and what was found */
export function importTrace(text: string, options: TauOptions): ImportedTrace {
  try {
    const value = parseTraceFile(text, options.source);
    const format = detectFormat(value, options.source);
    const events =
      format === 'tau-bench' ? mapTauBench(value, options) : mapOtelSpans(value, options);
    return { format, events, runs: new Set(events.map((event) => event.run_id)).size };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SpineError('SPINE_IMPORT_FORMAT', nestedTooDeep(options.source));
  }
}

/** One JSON value, or an array of the values when the text has one on each line. */
export function parseTraceFile(text: string, file: string): unknown {
  if (!isJsonLines(text)) return parseExactJson(text, file);
  return text.split('\n').flatMap((line, index) => {
    return line.trim() === '' ? [] : [parseExactJson(line, file, index + 1)];
  });
}

/** True when the first line that says anything is a whole object and another line follows it. */
function isJsonLines(text: string): boolean {
  const start = text.search(/[^\s\ufeff]/);
  const end = text.indexOf('\n', Math.max(start, 0));
  if (start < 0 || end < 0 || text[start] !== '{') return false;
  if (text.slice(end).trim() === '') return false;
  try {
    JSON.parse(text.slice(start, end));
    return true;
  } catch {
    return false;
  }
}
