// The event of a test beside a rule: the few fields written there on top of the contract's
// defaults. Unknown fields and wrong types are mistakes, so that a test cannot pass because of a
// slip of the pen.
// Example: testJudged({ event: { kind: 'tool_call', tool: { name: 'bash' } }, … },
// table).event.tool?.name → 'bash'
import type { AgentEvent } from '@agentspine/event/agent-event';
import {
  agentEvent,
  content,
  decision,
  modelCall,
  producer,
  toolCall,
} from '@agentspine/event/build';
import type { Facts, Judged, PiiFacts } from '@agentspine/event/facts';
import { type FieldTable, type FieldType, findField } from './field-table.ts';
import { ConditionError, quoted } from './mistake.ts';
import { nearestName } from './nearest-name.ts';
import type { RuleTest } from './rule.ts';

type Written = Readonly<Record<string, unknown>>;

/** The test's event, facts and labels, whole. */
export function testJudged(test: RuleTest, fields: FieldTable): Judged {
  return {
    event: testEvent(test.event, fields),
    facts: merged(FACTS, test.facts) as Facts,
    pii: testPii(test.pii),
  };
}

/**
 * Throws ConditionError for the first field that the contract does not know or that has the wrong
 * type.
 */
export function testMistakes(test: RuleTest, fields: FieldTable): void {
  const event = new Map([...fields].filter(([, field]) => field.path[0] === 'event'));
  for (const name of ['start_time', 'duration_ns', 'seq', 'cost_nano_usd']) {
    // The same names in facts hide these from rules; in an event they may still be written.
    event.set(name, { path: ['event', name], type: { is: 'number' }, doc: '' });
  }
  event.delete('environment');
  event.delete('cost_nano_usd');
  const facts = new Map([...fields].filter(([, field]) => field.path[0] === 'facts'));
  const pii = findField(fields, 'pii');
  check(test.event, { is: 'record', fields: event }, 'event');
  check(test.facts, { is: 'record', fields: facts }, 'facts');
  if (pii !== undefined) check(test.pii, pii.type, 'pii');
}

function check(value: unknown, type: FieldType, where: string): void {
  if (value === null) return;
  switch (type.is) {
    case 'record':
    case 'map': {
      if (typeof value !== 'object' || Array.isArray(value)) throw mismatch(where, 'keys', value);
      for (const [name, inner] of Object.entries(value)) {
        const below = type.is === 'map' ? type.of : type.fields.get(name)?.type;
        if (below === undefined) {
          const known = type.is === 'record' ? [...type.fields.keys()] : [];
          const near = nearestName(name, known);
          throw new ConditionError(near ?? `a field of ${where}`, `${where}.${name}`, 0);
        }
        check(inner, below, `${where}.${name}`);
      }
      return;
    }
    case 'list':
      if (!Array.isArray(value)) throw mismatch(where, 'a list', value);
      for (const [i, inner] of value.entries()) check(inner, type.of, `${where}[${i}]`);
      return;
    case 'string':
      if (typeof value !== 'string') throw mismatch(where, 'a text', value);
      if (type.symbols !== undefined && value !== '' && !type.symbols.includes(value)) {
        throw mismatch(where, `one of ${type.symbols.join(', ')}`, value);
      }
      return;
    case 'number':
      if (typeof value !== 'number') throw mismatch(where, 'a number', value);
      return;
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch(where, 'true or false', value);
      return;
    case 'dyn':
  }
}

function mismatch(where: string, wanted: string, found: unknown): ConditionError {
  return new ConditionError(`${where}: ${wanted}`, quoted(found), 0);
}

/**
 * Records of the contract are filled with nulls and empty lists, so that a test writes one field
 * alone.
 */
function testEvent(written: Written, fields: FieldTable): AgentEvent {
  const base = agentEvent({
    event_id: '00000000-0000-7000-8000-000000000000',
    tenant_id: 'test',
    kind: 'unknown',
    event_time: 1_767_225_600_000_000,
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    run_id: 'test-run',
    producer: producer({ service: 'test' }),
  });
  const filled = Object.fromEntries(
    Object.entries(written).map(([name, value]) => {
      const type = findField(fields, name)?.type;
      return [name, type === undefined ? value : whole(value, type, RECORDS[name])];
    }),
  );
  return { ...base, ...filled };
}

/** Defaults of records where they are not null. */
const RECORDS: Readonly<Record<string, Written>> = {
  producer: producer({ service: 'test' }),
  input: content(''),
  output: content(''),
  tool: toolCall({ name: 'test-tool' }),
  model: modelCall({}),
  decision: decision({ id: 'd-1', type: 'test', chosen: 'yes' }),
};

function whole(value: unknown, type: FieldType, defaults: Written = {}): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items: FieldType = type.is === 'list' ? type.of : { is: 'dyn' };
    return value.map((item: unknown) => whole(item, items));
  }
  if (type.is !== 'record') return value;
  const empty = [...type.fields].map(([name, field]) => [name, emptyOf(field.type)] as const);
  const given = Object.entries(value).map(([name, inner]) => {
    const below = type.fields.get(name)?.type;
    return [name, below === undefined ? inner : whole(inner, below)] as const;
  });
  return { ...Object.fromEntries(empty), ...defaults, ...Object.fromEntries(given) };
}

function emptyOf(type: FieldType): unknown {
  return type.is === 'list' ? [] : type.is === 'map' ? {} : null;
}

const FACTS: Facts = {
  start_time: 1_767_225_600_000_000,
  duration_ns: 0,
  ingest_lag_us: 0,
  seq: -1,
  cost_nano_usd: 0,
  cost_source: '',
  failure_mode: '',
  business: {
    registered: true,
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

function merged(base: Written, over: Written): Written {
  const entries = Object.entries(over).map(([name, value]) => {
    const below = base[name];
    const isRecord = typeof below === 'object' && below !== null && !Array.isArray(below);
    return [name, isRecord ? merged(below as Written, value as Written) : value] as const;
  });
  return { ...base, ...Object.fromEntries(entries) };
}

/** labels and counts follow from input and output where the test does not write them. */
function testPii(written: Written): PiiFacts {
  const input = (written['input'] ?? []) as readonly string[];
  const output = (written['output'] ?? []) as readonly string[];
  const labels = (written['labels'] ?? [...new Set([...input, ...output])].toSorted()) as string[];
  const counts = written['counts'] ?? Object.fromEntries(labels.map((label) => [label, 1]));
  return { input, output, labels, counts: counts as Readonly<Record<string, number>> };
}
