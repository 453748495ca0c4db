// Every stage may end the journey, each with its own dead letter; a stage that throws ends it too,
// and tells nothing of the event. What was not scrubbed and judged never becomes a row.
import { agentEvent, producer } from '@agentspine/event/build';
import type { Facts, PiiFacts } from '@agentspine/event/facts';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { deadLetter, ok, retry } from '@agentspine/outcome/outcome';
import { createAgentEventDecoder } from '@agentspine/wire/agent-event-codec';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { loadSchemas } from '@agentspine/wire/schemas';
import { describe, expect, it } from 'vitest';
import { journey, type Source, type Stage, type Steps } from './journey.ts';
import { bindSteps, type StepParts } from './steps.ts';

const NOW_US = 1_758_026_593_000_000;
const SECRET = 'mia.li@example.com';
const { agentEvent: schema, governedEvent } = loadSchemas();
const encodeEvent = createEncoder<AgentEvent>(schema, 7);

const event = agentEvent({
  event_id: '0199a1b2-0000-7000-8000-000000000001',
  tenant_id: 'acme',
  kind: 'step',
  event_time: NOW_US,
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  run_id: 'run-1',
  producer: producer({ service: 'test' }),
  name: SECRET,
});

const FACTS: Facts = {
  start_time: NOW_US,
  duration_ns: 0,
  ingest_lag_us: 0,
  seq: -1,
  cost_nano_usd: 0,
  cost_source: '',
  failure_mode: '',
  business: {
    registered: false,
    owner: '',
    team: '',
    criticality: '',
    cost_center: '',
    kpi: '',
    profile: '',
    allowed_tools: [],
    allowed_models: [],
    allowed_regions: [],
  },
};
const PII: PiiFacts = { counts: { email: 1 }, labels: ['email'], input: [], output: [] };

function source(value: Buffer | null = encodeEvent(event)): Source {
  return { partition: 3, offset: 41, previousOffset: 40, timestampMs: NOW_US / 1000, value };
}

function parts(changed: Partial<StepParts> = {}): StepParts {
  const decoder = createAgentEventDecoder(schema);
  decoder.add(7, schema);
  return {
    decoder,
    enrich: () => ok(FACTS),
    pseudonymize: (given) => ok({ event: { ...given, name: 'pii_email' }, pii: PII }),
    judge: () => ok([]),
    encodeGoverned: () => Buffer.from('governed'),
    limits: { recordBytesMax: 10_000, futureMaxUs: 60e6, pastMaxUs: 60e6 },
    made: { generation: 1, policy_bundle: 'b', key_version: 'k1', price_table: 'p' },
    ...changed,
  };
}

/** Steps that all succeed, but for those given. */
function steps(changed: Partial<Steps>): Steps {
  return {
    decode: () => ok({ schemaId: 7, event }),
    validate: (given) => ok(given),
    enrich: () => ok(FACTS),
    pseudonymize: (given) => ok({ event: given, pii: PII }),
    judge: () => ok([]),
    encode: () => ok(Buffer.from('governed')),
    ...changed,
  };
}

const STAGES: readonly Stage[] = [
  'decode',
  'validate',
  'enrich',
  'pseudonymize',
  'judge',
  'encode',
];

describe('a journey', () => {
  it('ends as a row when every stage lets the event pass', () => {
    const fate = journey(steps({}), source());
    expect(fate).toMatchObject({ is: 'row', governed: Buffer.from('governed'), verdicts: [] });
  });

  it.each(STAGES)('%s may end it; no stage behind it runs', (stage) => {
    const exit = deadLetter('SPINE_EVENT_VALUE', 'wanted this, found that');
    const ran: Stage[] = [];
    const all = steps({});
    const noted = Object.fromEntries(
      STAGES.map((name) => [
        name,
        (...inputs: never[]) => {
          ran.push(name);
          return name === stage ? exit : (all[name] as (...given: never[]) => unknown)(...inputs);
        },
      ]),
    ) as Steps;
    const fate = journey(noted, source());
    const decoded = stage === 'decode' ? null : { schemaId: 7, event };
    expect(fate).toEqual({ is: 'refused', stage, exit, decoded });
    expect(ran).toEqual(STAGES.slice(0, STAGES.indexOf(stage) + 1));
  });

  it('may be tried again later', () => {
    const exit = retry('SPINE_REGISTRY_UNREACHABLE', 'wanted an answer, found none');
    expect(journey(steps({ decode: () => exit }), source())).toMatchObject({
      is: 'refused',
      stage: 'decode',
      exit: { is: 'retry', code: 'SPINE_REGISTRY_UNREACHABLE' },
    });
  });

  it('judges and encodes what was scrubbed, never the event as it came', () => {
    const seen: unknown[] = [];
    const scrubbed = { ...event, name: 'pii_email' };
    journey(
      steps({
        pseudonymize: () => ok({ event: scrubbed, pii: PII }),
        judge: (judged) => {
          seen.push(judged.event);
          return ok([]);
        },
        encode: (_source, _schemaId, judged) => {
          seen.push(judged.event);
          return ok(Buffer.alloc(0));
        },
      }),
      source(),
    );
    expect(seen).toEqual([scrubbed, scrubbed]);
  });
});

describe('the steps', () => {
  const refuse = (): never => {
    throw new TypeError(`cannot read ${SECRET}`);
  };

  it.each([
    ['enrich', 'SPINE_EVENT_VALUE', { enrich: refuse }],
    ['pseudonymize', 'SPINE_PRIVACY_FAILED', { pseudonymize: refuse }],
    ['judge', 'SPINE_POLICY_FAILED', { judge: refuse }],
    ['encode', 'SPINE_ENCODE_FAILED', { encodeGoverned: refuse }],
  ] as const)('%s that throws seals the record and tells nothing of it', (stage, code, defect) => {
    const fate = journey(bindSteps(parts(defect)), source());
    expect(fate).toMatchObject({ is: 'refused', stage, exit: { is: 'deadLetter', code } });
    expect(JSON.stringify(fate.is === 'refused' && fate.exit)).toBe(
      JSON.stringify(deadLetter(code, 'wanted the step to finish, found a TypeError')),
    );
  });

  it('refuse a record above the limit before they look at it', () => {
    const bound = bindSteps(parts({ limits: { ...parts().limits, recordBytesMax: 99 } }));
    expect(journey(bound, source(Buffer.alloc(100)))).toMatchObject({
      stage: 'decode',
      exit: { code: 'SPINE_RECORD_TOO_LARGE', cause: 'wanted at most 99 bytes, found 100' },
    });
  });

  it.each([
    ['no value', null, 'SPINE_RECORD_EMPTY'],
    ['another format', Buffer.from('{"kind":"step"}'), 'SPINE_RECORD_FRAME'],
    ['a schema nobody knows', Buffer.from([0, 0, 0, 0, 9, 1]), 'SPINE_RECORD_SCHEMA_UNKNOWN'],
    ['half a record', encodeEvent(event).subarray(0, 60), 'SPINE_RECORD_AVRO'],
  ])('refuse %s at decode', (_, value, code) => {
    expect(journey(bindSteps(parts()), source(value))).toMatchObject({
      stage: 'decode',
      exit: { is: 'deadLetter', code },
      decoded: null,
    });
  });

  it("measure an event's time against the broker's", () => {
    const late = encodeEvent({ ...event, event_time: NOW_US - 61e6 });
    expect(journey(bindSteps(parts()), source(late))).toMatchObject({
      stage: 'validate',
      exit: { code: 'SPINE_EVENT_TIME' },
    });
  });

  it('name in the row what made it', () => {
    const rows: object[] = [];
    const encodeGoverned: StepParts['encodeGoverned'] = (row) => {
      rows.push({ ...row });
      return createEncoder<object>(governedEvent, 9)(row);
    };
    const fate = journey(bindSteps(parts({ encodeGoverned })), source());
    expect(fate.is).toBe('row');
    expect(rows).toMatchObject([
      {
        source_partition: 3,
        source_offset: 41,
        previous_source_offset: 40,
        schema_id: 7,
        generation: 1,
        policy_bundle: 'b',
        key_version: 'k1',
        price_table: 'p',
        name: 'pii_email',
      },
    ]);
  });
});
