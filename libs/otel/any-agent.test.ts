// The seven real any-agent traces, compared with ids, times and names taken from the raw text by
// regular expressions and BigInt alone.
// Guarantees: the mapping has no part in what is wanted.
// Example: SPINE_SHARED_DIR=../shared vitest run --project unit libs/otel/any-agent.test.ts
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from './exact-json.ts';
import { importTrace } from './import-trace.ts';
import { leaves, leavesWithin } from './leaves.ts';
import { mapOtelSpans } from './otel-genai.ts';

const shared = process.env['SPINE_SHARED_DIR'] ?? resolve(import.meta.dirname, '../../../shared');
const folder = resolve(shared, 'data/traces/any-agent-otel');
const options = { tenantId: 'acme', source: 'trace.json' };

const skipped = !existsSync(folder);
const title = skipped ? ' (skipped: no shared data; set SPINE_SHARED_DIR)' : '';
const files = skipped ? [] : readdirSync(folder).filter((name) => name.endsWith('_trace.json'));

// Skipped where the real traces are not at hand: they are never committed; the title says so.
describe.skipIf(skipped)(`mapOtelSpans on seven real any-agent traces${title}`, () => {
  it('finds all seven', () => {
    expect(files).toHaveLength(7);
  });

  it.each(files)(
    '%s: ids exact, times exact to the microsecond, durations to the nanosecond',
    (name) => {
      const raw = readFileSync(resolve(folder, name), 'utf8');
      const { events } = importTrace(raw, { tenantId: 'acme', source: name, baseTimeUs: 0 });
      const hex = (decimal: string, digits: number): string =>
        BigInt(decimal).toString(16).padStart(digits, '0');
      const all = (pattern: RegExp): string[] =>
        [...raw.matchAll(pattern)].map(([, one]) => one ?? '');
      const starts = all(/"start_time": (\d+)/g).map(BigInt);
      const ends = all(/"end_time": (\d+)/g).map(BigInt);
      const inContext = '"context": \\{\\s*"trace_id": (\\d+),\\s*"span_id": (\\d+)';
      const contexts = [...raw.matchAll(new RegExp(inContext, 'g'))];
      const parents = all(/"parent": \{\s*"trace_id": (?:\d+|null),\s*"span_id": (\d+|null)/g);
      expect(events.length).toBe(starts.length);
      expect(contexts.length).toBe(starts.length);
      for (const [index, event] of events.entries()) {
        const [, trace = '', span = ''] = contexts[index] ?? [];
        const [start = 0n, end = 0n] = [starts[index], ends[index]];
        const parent = parents[index];
        expect(event.trace_id).toBe(hex(trace, 32));
        expect(event.span_id).toBe(hex(span, 16));
        expect(event.parent_span_id).toBe(parent === 'null' ? null : hex(parent ?? '', 16));
        expect(BigInt(event.start_time ?? 0)).toBe(start / 1000n);
        expect(BigInt(event.event_time)).toBe(end / 1000n);
        expect(BigInt(event.duration_ns ?? 0)).toBe(end - start);
      }
    },
  );

  it('counts operations, tokens and cost as the raw text does', () => {
    let cost = 0n;
    let tokens = 0;
    const kinds: Record<string, number> = {};
    for (const name of files) {
      const raw = readFileSync(resolve(folder, name), 'utf8');
      for (const event of mapOtelSpans(parseExactJson(raw, name), { ...options, source: name })) {
        kinds[event.kind] = (kinds[event.kind] ?? 0) + 1;
        tokens += event.model?.input_tokens ?? 0;
        cost += BigInt(event.model?.cost_nano_usd ?? 0);
        expect(event.agent?.id).toBe('any_agent');
      }
      for (const [, number] of raw.matchAll(/usage\.input_tokens": (\d+)/g))
        tokens -= Number(number);
      for (const [, number = ''] of raw.matchAll(/put_cost": ([\d.e-]+)/g)) {
        cost -= BigInt(Math.round(Number(number) * 1e9));
      }
    }
    expect(kinds).toEqual({ model_call: 25, tool_call: 18, agent_run: 7 });
    expect(tokens).toBe(0);
    expect(cost).toBe(0n);
  });

  it.each(files)('%s: drops no value of the source', (name) => {
    const raw = readFileSync(resolve(folder, name), 'utf8');
    const file = parseExactJson(raw, name) as {
      spans: Record<string, unknown>[];
      final_output: unknown;
    };
    const events = mapOtelSpans(file, { ...options, source: name });
    // ids and times are compared above; the parent's trace is the span's own
    const converted = new Set(['context', 'parent', 'start_time', 'end_time', 'status']);
    for (const [index, span] of file.spans.entries()) {
      const found = leavesWithin([events[index]]);
      const kept = Object.entries(span).filter(([key]) => !converted.has(key));
      expect([...leaves(Object.fromEntries(kept))].filter((leaf) => !found.has(leaf))).toEqual([]);
      const { status_code: status } = span['status'] as { status_code: string };
      expect(events[index]?.status).toBe(status);
    }
    const root = leavesWithin(events.filter((event) => event.kind === 'agent_run'));
    expect([...leaves(file.final_output)].filter((leaf) => !root.has(leaf))).toEqual([]);
  });
});
