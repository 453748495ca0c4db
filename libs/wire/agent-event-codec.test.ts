// Decoding is total: whatever bytes come, the answer is an Outcome, soon.
import { agentEvent, content, producer } from '@agentspine/event/build';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAgentEventDecoder, createAgentEventEncoder } from './agent-event-codec.ts';
import { createEncoder } from './avro-encoder.ts';
import { createMemoryRegistry } from './memory-registry.ts';
import { loadSchemas, subjectOf, type SchemaJson } from './schemas.ts';

const schema = loadSchemas().agentEvent;
const event = agentEvent({
  event_id: '0199a1b2-0000-7000-8000-000000000001',
  tenant_id: 'acme',
  kind: 'tool_call',
  event_time: 1_758_026_593_210_770,
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  run_id: 'run-1',
  producer: producer({ service: 'test' }),
  input: content('{"q":"Grüße ✓"}'),
  attributes: { a: '1', __proto__x: 'y' },
  finish: undefined,
} as never);

function decoderFor(writer: SchemaJson = schema, id = 7) {
  const decoder = createAgentEventDecoder(schema);
  decoder.add(id, writer);
  return decoder;
}

type Field = { name: string; type: unknown; default?: unknown };
const fieldsOf = (json: SchemaJson): Field[] => (json as unknown as { fields: Field[] }).fields;

describe('the AgentEvent codec', () => {
  it('gives back what was encoded', () => {
    const bytes = createEncoder(schema, 7)(event);
    const decoded = decoderFor().decode(7, bytes);
    expect(decoded).toMatchObject({ is: 'ok', value: JSON.parse(JSON.stringify(event)) });
  });

  it('encodes under the id the registry has, and only looks up', async () => {
    const registry = createMemoryRegistry();
    await expect(createAgentEventEncoder(registry)).rejects.toMatchObject({
      code: 'SPINE_REGISTRY_MISSING',
    });
    expect(await registry.idOf(subjectOf('agent', 'events'), schema)).toBeNull();
    const id = await registry.register(subjectOf('agent', 'events'), schema);
    const bytes = (await createAgentEventEncoder(registry))(event);
    expect(bytes.readUInt32BE(1)).toBe(id);
  });

  it('reads a record of an older schema with the defaults of today', () => {
    const older = {
      ...schema,
      fields: fieldsOf(schema).filter(
        (field) => field.name !== 'integrity' && field.name !== 'attempt',
      ),
    } as SchemaJson;
    const decoded = decoderFor(older).decode(7, createEncoder(older, 7)(event));
    expect(decoded).toMatchObject({
      is: 'ok',
      value: { attempt: 1, integrity: null, run_id: 'run-1' },
    });
  });

  it('reads a symbol of a newer schema as unknown', () => {
    const newer = structuredClone(schema);
    const kind = fieldsOf(newer).find((field) => field.name === 'kind')?.type as {
      symbols: string[];
    };
    kind.symbols.push('dream');
    const decoded = decoderFor(newer).decode(
      7,
      createEncoder(newer, 7)({ ...event, kind: 'dream' }),
    );
    expect(decoded).toMatchObject({ is: 'ok', value: { kind: 'unknown' } });
  });

  it('refuses a schema AgentEvent cannot be read from, by name', () => {
    const foreign: SchemaJson = {
      type: 'record',
      name: 'Order',
      fields: [{ name: 'n', type: 'long' }],
    };
    expect(decoderFor(foreign).decode(7, Buffer.from([0, 0, 0, 0, 7, 2]))).toMatchObject({
      is: 'deadLetter',
      code: 'SPINE_RECORD_SCHEMA_INCOMPATIBLE',
    });
  });

  it('refuses every truncation of a record', () => {
    const bytes = createEncoder(schema, 7)(event);
    const decoder = decoderFor();
    for (let length = 5; length < bytes.length; length++) {
      expect(decoder.decode(7, bytes.subarray(0, length))).toMatchObject({
        is: 'deadLetter',
        code: 'SPINE_RECORD_AVRO',
      });
    }
  });

  it('answers for any bytes, and never asks for more items than there are bytes', () => {
    const decoder = decoderFor();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        const outcome = decoder.decode(7, Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), noise]));
        expect(['ok', 'deadLetter']).toContain(outcome.is);
      }),
      { numRuns: 2_000 },
    );
    const bytes = createEncoder(schema, 7)(event);
    fc.assert(
      fc.property(fc.nat(bytes.length - 6), fc.nat(255), (at, value) => {
        const bent = Buffer.from(bytes);
        bent[at + 5] = value;
        expect(['ok', 'deadLetter']).toContain(decoder.decode(7, bent).is);
      }),
      { numRuns: 5_000 },
    );
  });

  it('keeps a map key named __proto__', () => {
    const attributes = JSON.parse('{"__proto__":"kept","b":"2"}') as Record<string, string>;
    const bytes = createEncoder(schema, 7)({ ...event, attributes });
    const decoded = decoderFor().decode(7, bytes);
    if (decoded.is !== 'ok') throw new Error('not decoded');
    expect(Object.entries(decoded.value.attributes)).toEqual([
      ['__proto__', 'kept'],
      ['b', '2'],
    ]);
  });
});
