// From text to events: which format a file is, JSON lines, and what is refused.
// Guarantees: each refusal names its place and quotes no value.
// Example: vitest run --project unit libs/otel/import-trace.test.ts
import { describe, expect, it } from 'vitest';
import { importTrace } from './import-trace.ts';

const span = {
  traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
  spanId: '051581bf3cb55c13',
  name: 'a span',
  startTimeUnixNano: '1758026586341103001',
  endTimeUnixNano: '1758026586853189999',
};

function otlp(fields: object = {}): object {
  return { resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, ...fields }] }] }] };
}

describe('importTrace', () => {
  const at = { tenantId: 'acme', source: 'trace.json', baseTimeUs: 0 };

  it('refuses a file of no supported format, naming what it found', () => {
    const wanted = 'wanted tau-bench runs (objects with traj) or OpenTelemetry spans';
    expect(() => importTrace('[]', at)).toThrow(`trace.json $: ${wanted}`);
    expect(() => importTrace('"x"', at)).toThrow('found a string');
    expect(() => importTrace('[{"id": 1}]', at)).toThrow('found only "id"');
    expect(() => importTrace('{}', at)).toThrow('found an empty object');
    expect(() => importTrace('\ufeffnonsense', at)).toThrow('trace.json:1:1');
  });

  it('tells tau-bench by its trajectories', () => {
    const imported = importTrace('[{"traj": [{"role": "user", "content": "hi"}]}]', at);
    expect(imported).toMatchObject({ format: 'tau-bench', runs: 1 });
  });

  it('refuses values nested beyond the stack instead of crashing', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(() => importTrace(`{"spans": ${deep}}`, at)).toThrow('SPINE_IMPORT_FORMAT');
  });

  it('reads JSON lines, one request per line, and names the line that is broken', () => {
    const lines = [otlp(), otlp({ spanId: '051581bf3cb55c19' })];
    const file = lines.map((line) => JSON.stringify(line)).join('\n');
    const imported = importTrace(`${file}\n\n`, at);
    expect(imported).toMatchObject({ format: 'otel-genai', runs: 1 });
    expect(imported.events).toHaveLength(2);
    expect(() => importTrace(`${file}\n{"a":`, at)).toThrow(
      'trace.json:3:6: wanted a value, found the end of the text',
    );
    expect(() => importTrace(`${file}\n{"resourceSpans": 1}`, at)).toThrow(
      'trace.json $[2].resource',
    );
  });
});
