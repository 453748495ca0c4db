// The names a condition may use: every field of AgentEvent as the contract declares it, the
// worker's facts and the detector's labels. Built from the parsed avsc (data), so a new field of
// the contract is a new name for rules.
// Guarantees: generated code reads only paths listed here; names are plain identifiers.
// Example: const table = fieldTable(JSON.parse(avsc)); findField(table, 'tool', 'name') → { type: {
// is: 'string' }, … }
import { KINDS, type Kind } from '@agentspine/event/agent-event';

export type FieldType =
  | { readonly is: 'string'; readonly symbols?: readonly string[] }
  | { readonly is: 'number' }
  | { readonly is: 'bool' }
  /** A value of JSON, known only at run time. */
  | { readonly is: 'dyn' }
  | { readonly is: 'list'; readonly of: FieldType }
  | { readonly is: 'map'; readonly of: FieldType }
  | { readonly is: 'record'; readonly fields: ReadonlyMap<string, Field> };

export type Field = {
  readonly type: FieldType;
  /** Where the value lies in Judged: root first, for example ['event', 'tool', 'name']. */
  readonly path: readonly string[];
  /** The value that stands for "not there" in facts, where the type has no null. */
  readonly absent?: '' | -1;
  /** The one kind of event that carries the record. */
  readonly onlyFor?: Kind;
  readonly doc: string;
};

export type FieldTable = ReadonlyMap<string, Field>;

type AvroField = { readonly name: string; readonly type: unknown; readonly doc?: string };
type AvroRecord = { readonly fields: readonly AvroField[] };
type Bare = { type: FieldType; doc: string; onlyFor?: Kind; absent?: '' | -1 };

const IDENTIFIER = /^[a-z][a-z0-9_]*$/;
const STRING: FieldType = { is: 'string' };
const NUMBER: FieldType = { is: 'number' };
const BOOL: FieldType = { is: 'bool' };
const STRINGS: FieldType = { is: 'list', of: STRING };

/**
 * @param avsc schemas/agent-event.avsc, parsed. Throws Error when it is not a record schema with
 * plain names.
 */
export function fieldTable(avsc: unknown): FieldTable {
  const table = new Map(recordFields(avsc as AvroRecord, ['event'], new Map()));
  const environment = child(table.get('producer'), 'environment');
  if (environment !== undefined) table.set('environment', environment);
  for (const [name, field] of FACTS) table.set(name, placed(field, ['facts', name]));
  table.set('pii', placed(record(PII), ['pii']));
  return table;
}

/** The field of a dotted path, or undefined. Items of lists and keys of maps are not fields. */
export function findField(table: FieldTable, ...names: readonly string[]): Field | undefined {
  let field = table.get(names[0] ?? '');
  for (const name of names.slice(1)) field = child(field, name);
  return field;
}

/** All dotted paths of the table, records included, in the order of the contract. */
export function fieldNames(fields: FieldTable, prefix = ''): string[] {
  return [...fields].flatMap(([name, field]) => [
    prefix + name,
    ...(field.type.is === 'record' ? fieldNames(field.type.fields, `${prefix}${name}.`) : []),
  ]);
}

function child(field: Field | undefined, name: string): Field | undefined {
  return field?.type.is === 'record' ? field.type.fields.get(name) : undefined;
}

/** Named types are expanded where they are used: the contract has no recursion. */
function recordFields(
  schema: AvroRecord,
  path: readonly string[],
  named: Map<string, AvroRecord>,
): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const { name, type, doc = '' } of schema.fields) {
    if (!IDENTIFIER.test(name)) throw new Error(`field name "${name}" is not a plain identifier`);
    const own = [...path, name];
    const kind = KINDS.find((k) => doc === `Set for kind ${k}.`);
    fields.set(name, {
      type: fieldType(type, own, named),
      path: own,
      doc,
      ...(kind === undefined ? {} : { onlyFor: kind }),
    });
  }
  return fields;
}

function fieldType(
  type: unknown,
  path: readonly string[],
  named: Map<string, AvroRecord>,
): FieldType {
  if (Array.isArray(type)) {
    return fieldType(
      type.find((branch) => branch !== 'null'),
      path,
      named,
    );
  }
  if (typeof type === 'string') {
    const known = named.get(type);
    if (known !== undefined) return { is: 'record', fields: recordFields(known, path, named) };
    return type === 'string' ? STRING : type === 'boolean' ? BOOL : NUMBER;
  }
  const schema = type as Record<string, unknown>;
  switch (schema['type']) {
    case 'record':
      named.set(String(schema['name']), schema as AvroRecord);
      return { is: 'record', fields: recordFields(schema as AvroRecord, path, named) };
    case 'enum':
      return { is: 'string', symbols: schema['symbols'] as string[] };
    case 'array':
      // Fields of an item are read from the item, not from the event.
      return { is: 'list', of: fieldType(schema['items'], [], named) };
    case 'map':
      return { is: 'map', of: fieldType(schema['values'], [], named) };
    default:
      return fieldType(schema['type'], path, named);
  }
}

function bare(type: FieldType, doc: string, absent?: '' | -1): Bare {
  return absent === undefined ? { type, doc } : { type, doc, absent };
}

function record(fields: ReadonlyMap<string, Bare>): Bare {
  return { type: { is: 'record', fields: fields as ReadonlyMap<string, Field> }, doc: '' };
}

/** Gives a declared field, and those below it, their place in Judged. */
function placed(field: Bare, path: readonly string[]): Field {
  if (field.type.is !== 'record') return { ...field, path };
  const fields = [...field.type.fields].map(
    ([name, inner]) => [name, placed(inner as Bare, [...path, name])] as const,
  );
  return { ...field, path, type: { is: 'record', fields: new Map(fields) } };
}

const CRITICALITY: FieldType = { is: 'string', symbols: ['low', 'medium', 'high', 'critical'] };
const PROFILE: FieldType = { is: 'string', symbols: ['read_only', 'read_write'] };
const COST_SOURCE: FieldType = { is: 'string', symbols: ['producer', 'price_table'] };

const BUSINESS = new Map<string, Bare>([
  ['registered', bare(BOOL, 'True when the agent is in the agent registry file.')],
  ['owner', bare(STRING, 'Owner of the agent.', '')],
  ['team', bare(STRING, 'Team of the agent.', '')],
  ['criticality', bare(CRITICALITY, 'low, medium, high or critical.', '')],
  ['cost_center', bare(STRING, 'Cost centre of the agent.', '')],
  ['kpi', bare(STRING, 'KPI the agent works for.', '')],
  ['profile', bare(PROFILE, 'read_only or read_write.', '')],
  ['allowed_tools', bare(STRINGS, 'Tools the agent may call; empty when nothing is declared.')],
  ['allowed_models', bare(STRINGS, 'Models the agent may use; empty when nothing is declared.')],
  ['allowed_regions', bare(STRINGS, 'Regions, as prefixes; empty when nothing is declared.')],
]);

const FACTS = new Map<string, Bare>([
  ['start_time', bare(NUMBER, 'When the operation started, microseconds since 1970.')],
  ['duration_ns', bare(NUMBER, 'How long it took, in nanoseconds; 0 when not known.')],
  ['ingest_lag_us', bare(NUMBER, 'From event_time to the Kafka record, in microseconds.')],
  ['seq', bare(NUMBER, 'Position of the event in its run.', -1)],
  ['cost_nano_usd', bare(NUMBER, 'Price in billionths of a US dollar; 0 when not known.')],
  ['cost_source', bare(COST_SOURCE, 'producer or price_table.', '')],
  ['failure_mode', bare(STRING, 'Failure mode by the taxonomy.', '')],
  ['business', record(BUSINESS)],
]);

const PII = new Map<string, Bare>([
  ['labels', bare(STRINGS, 'Types of personal data and secrets found anywhere in the event.')],
  ['input', bare(STRINGS, 'Types found in the input.')],
  ['output', bare(STRINGS, 'Types found in the output.')],
  ['counts', bare({ is: 'map', of: NUMBER }, 'Type → number of values replaced.')],
]);
