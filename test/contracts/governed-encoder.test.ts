// The encoder that copies the blanks of absent records writes the bytes of the one that writes
// every column: for random events of the schema, with each record there or not, and in slabs that
// are full.
import type { AgentEvent } from '@agentspine/event/agent-event';
import { GovernedRow } from '@agentspine/event/governed-columns';
import { blankGroups, GOVERNED_GROUPS } from '@agentspine/event/governed-groups';
import { governedRow } from '@agentspine/event/governed-row';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { createGovernedEncoder } from '@agentspine/wire/governed-encoder';
import { loadSchemas } from '@agentspine/wire/schemas';
import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const schemas = loadSchemas();
const eventType = avro.Type.forSchema(schemas.agentEvent as never) as unknown as {
  random(): AgentEvent;
};
const lineage = {
  source_offset: 2 ** 40,
  previous_source_offset: 10,
  source_partition: 2,
  generation: 1,
  ingested_at: 1_758_026_593_210_770,
  schema_id: 4,
  policy_bundle: 'b',
  key_version: 'k1',
  price_table: 'p',
};
const facts = {
  start_time: 1_758_026_593_210_770,
  duration_ns: 12_345_678_901,
  ingest_lag_us: -5,
  seq: -1,
  cost_nano_usd: 0,
  cost_source: '',
  failure_mode: '',
  business: {
    registered: false,
    owner: '',
    team: 'core',
    criticality: '',
    cost_center: '',
    kpi: '',
    profile: '',
    allowed_tools: [],
    allowed_models: [],
    allowed_regions: [],
  },
} as const;
const pii = { counts: { email: 2 }, labels: ['email'], input: [], output: [] };
const verdict = {
  rule_id: 'r',
  rule_version: 1,
  severity: 'low',
  status: 'monitor',
  action: 'flag',
  message: 'm',
} as const;

const RECORDS = Object.keys(GOVERNED_GROUPS).filter((name) => name !== 'dead_letter');

/** The event with those records and lists left out. */
function without(event: AgentEvent, missing: readonly string[]): AgentEvent {
  const lists = ['links', 'data_context'];
  const nothing = missing.map((name) => [name, lists.includes(name) ? [] : null] as const);
  return { ...event, ...Object.fromEntries(nothing) };
}

describe('the encoder of governed rows', () => {
  it('writes the bytes of every column, whichever records are missing', () => {
    const plain = createEncoder<GovernedRow>(schemas.governedEvent, 70_000);
    const quick = createGovernedEncoder(schemas.governedEvent, 70_000);
    const missing = fc.subarray(RECORDS, { maxLength: RECORDS.length });
    fc.assert(
      fc.property(missing, fc.boolean(), (names, isJudged) => {
        const event = without(eventType.random(), names);
        const row = governedRow(lineage, { event, facts, pii }, isJudged ? [verdict] : []);
        const bytes = plain(row);
        expect(quick(row, blankGroups(event))).toEqual(bytes);
        expect(quick(row)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('writes what stands in a column where nobody said that it is blank', () => {
    const row = Object.assign(new GovernedRow(), { model_provider: 'x', state_to: 'y' });
    const bytes = createEncoder<GovernedRow>(schemas.governedEvent, 1)(row);
    expect(createGovernedEncoder(schemas.governedEvent, 1)(row)).toEqual(bytes);
  });

  it('knows the first and the last column of every group', () => {
    const { fields } = schemas.governedEvent as unknown as { fields: { name: string }[] };
    const names = fields.map((field) => field.name);
    const ends = Object.values(GOVERNED_GROUPS).flatMap(({ first, last }) => [first, last]);
    const places = ends.map((name) => names.indexOf(name));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});
