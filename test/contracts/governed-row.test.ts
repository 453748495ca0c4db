// The flattened row and the schema of the governed topic are one: same names, same order, same
// blanks, nothing forgotten.
import type { AgentEvent } from '@agentspine/event/agent-event';
import { BLANK_ROW } from '@agentspine/event/governed-columns';
import { deadLetterRow, governedRow, type Lineage } from '@agentspine/event/governed-row';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { loadSchemas } from '@agentspine/wire/schemas';
import avro from 'avsc';
import { describe, expect, it } from 'vitest';

type Field = { name: string; type: unknown; default?: unknown };
const schemas = loadSchemas();
const fields = (schemas.governedEvent as unknown as { fields: Field[] }).fields;

const lineage: Lineage = {
  source_offset: 11,
  previous_source_offset: 10,
  source_partition: 2,
  generation: 1,
  ingested_at: 1_758_026_593_210_770,
  schema_id: 4,
  policy_bundle: 'b',
  key_version: 'k1',
  price_table: 'p',
};

/** An event with every optional part present and every leaf distinct from its blank. */
function fullValue(type: unknown, path: string, names: Map<string, unknown>): unknown {
  if (Array.isArray(type))
    return fullValue(
      type.find((branch) => branch !== 'null'),
      path,
      names,
    );
  if (typeof type === 'string') {
    const simple: Record<string, unknown> = {
      string: `s:${path}`,
      long: 7,
      int: 7,
      double: 0.5,
      boolean: true,
    };
    return type in simple ? simple[type] : fullValue(names.get(type), path, names);
  }
  const node = type as {
    type: string;
    name?: string;
    fields?: Field[];
    items?: unknown;
    values?: unknown;
    symbols?: string[];
  };
  if (node.name !== undefined) names.set(node.name, node);
  if (node.type === 'record') {
    return Object.fromEntries(
      (node.fields ?? []).map((field) => [
        field.name,
        fullValue(field.type, `${path}.${field.name}`, names),
      ]),
    );
  }
  if (node.type === 'enum') return node.symbols?.[1];
  if (node.type === 'array') return [fullValue(node.items, `${path}[]`, names)];
  if (node.type === 'map') return { key: fullValue(node.values, `${path}{}`, names) };
  return fullValue(node.type, path, names);
}

const full = fullValue(schemas.agentEvent, '', new Map()) as AgentEvent;
const judged = {
  event: full,
  facts: {
    start_time: 5,
    duration_ns: 6,
    ingest_lag_us: 7,
    seq: 8,
    cost_nano_usd: 9,
    cost_source: 'producer',
    failure_mode: 'timeout',
    business: {
      registered: true,
      owner: 'o',
      team: 't',
      criticality: 'high',
      cost_center: 'c',
      kpi: 'k',
      profile: 'read_only',
      allowed_tools: [],
      allowed_models: [],
      allowed_regions: [],
    },
  },
  pii: { counts: { email: 1 }, labels: ['email'], input: [], output: [] },
} as const;
const verdict = {
  rule_id: 'R',
  rule_version: 1,
  severity: 'high',
  status: 'monitor',
  action: 'flag',
  message: 'm',
} as const;

describe('the governed row', () => {
  it('has the columns of the schema, in its order', () => {
    const names = fields.map((field) => field.name);
    expect(Object.keys(BLANK_ROW)).toEqual(names);
    expect(Object.keys(governedRow(lineage, judged, [verdict]))).toEqual(names);
  });

  it('stands on the blanks the schema declares', () => {
    for (const field of fields) {
      if ('default' in field && field.name !== 'fate') {
        expect([field.name, BLANK_ROW[field.name as keyof typeof BLANK_ROW]]).toEqual([
          field.name,
          field.default,
        ]);
      }
    }
  });

  it('fills every column from an event that has everything', () => {
    const row = governedRow(lineage, judged, [verdict]) as unknown as Record<string, unknown>;
    const deadLetterOnly = ['dead_letter_code', 'dead_letter_stage', 'dead_letter_cause', 'fate'];
    const left = fields
      .map((field) => field.name)
      .filter((name) => !deadLetterOnly.includes(name))
      .filter(
        (name) =>
          JSON.stringify(row[name]) ===
          JSON.stringify((BLANK_ROW as Record<string, unknown>)[name]),
      );
    expect(left).toEqual([]);
  });

  it('is encoded and read back whole', () => {
    const row = governedRow(lineage, judged, [verdict]);
    const bytes = createEncoder<object>(schemas.governedEvent, 3)(row);
    const back = avro.Type.forSchema(schemas.governedEvent as never).fromBuffer(
      bytes.subarray(5),
    ) as object;
    expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(row)));
  });

  it('marks a dead letter with its place, its reason and nothing else', () => {
    const row = deadLetterRow(lineage, {
      code: 'C',
      stage: 'decode',
      cause: 'w',
      eventId: '',
      tenantId: '',
    });
    expect(row).toMatchObject({
      fate: 'dead_letter',
      source_offset: 11,
      dead_letter_code: 'C',
      event_id: '',
    });
    const bytes = createEncoder<object>(schemas.governedEvent, 3)(row);
    expect(bytes.length).toBeLessThan(400);
  });
});
