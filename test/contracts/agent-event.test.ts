// libs/event/agent-event.ts against schemas/agent-event.avsc, which is the contract: names, order,
// nullability, enums.
// Guarantees: reads the type from the source by its syntax, so that a field missing on either side
// fails.
// Example of a failure: ToolCall.call_index: the schema says nullable, the type does not
import { readFileSync } from 'node:fs';
import { KINDS, PHASES, STATUSES } from '@agentspine/event/agent-event';
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';

type AvroType =
  | string
  | AvroType[]
  | AvroRecord
  | { type: AvroType; items?: AvroType; values?: AvroType; symbols?: string[] };
type AvroField = { name: string; type: AvroType; default?: unknown };
type AvroRecord = { type: 'record'; name: string; fields: AvroField[] };

/**
 * One field, in the words of both sides: `string`, `string | null`, `string[]`, `Map<number>`,
 * `Tool | null`.
 */
type Shape = readonly (readonly [name: string, type: string])[];

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const schema = JSON.parse(read('schemas/agent-event.avsc')) as AvroRecord;

const ENUMS: Record<string, string> = {};
const records = new Map<string, Shape>();
collect(schema);
const types = typesOf(read('libs/event/agent-event.ts'));

describe('AgentEvent', () => {
  test.each([...records.keys()])('%s has the same fields in schema and type', (name) => {
    expect(types.get(name)).toEqual(records.get(name));
  });

  test('every record of the schema has a type, and every type a record', () => {
    expect([...types.keys()].toSorted()).toEqual([...records.keys()].toSorted());
  });

  test.each([
    ['Kind', KINDS],
    ['Phase', PHASES],
    ['Status', STATUSES],
  ])('%s has the same symbols', (name, symbols) => {
    expect(symbols.join(' ')).toBe(ENUMS[name]);
  });
});

/** Notes the shape of a record and of all records and enums within. */
function collect(record: AvroRecord): void {
  records.set(
    record.name,
    record.fields.map((field) => [field.name, wordOf(field.type)]),
  );
}

function wordOf(type: AvroType): string {
  if (Array.isArray(type)) {
    const words = type.filter((branch) => branch !== 'null').map(wordOf);
    return [...words, ...(type.includes('null') ? ['null'] : [])].join(' | ');
  }
  if (typeof type === 'string') {
    const numbers = ['int', 'long', 'float', 'double'];
    return numbers.includes(type) ? 'number' : type;
  }
  if (isRecord(type)) {
    collect(type);
    return type.name;
  }
  if (type.type === 'enum') {
    const name = (type as unknown as { name: string }).name;
    ENUMS[name] = (type.symbols ?? []).join(' ');
    return name;
  }
  if (type.type === 'array') return `${wordOf(type.items ?? 'null')}[]`;
  if (type.type === 'map') return `Map<${wordOf(type.values ?? 'null')}>`;
  return wordOf(type.type);
}

function isRecord(type: AvroType): type is AvroRecord {
  return typeof type === 'object' && 'fields' in type;
}

type TypeNode = { type: string; [field: string]: unknown };

/** The object types of the source, with their fields in the same words. */
function typesOf(source: string): ReadonlyMap<string, Shape> {
  const body = parseSync('agent-event.ts', source).program.body as unknown as TypeNode[];
  const found = new Map<string, Shape>();
  for (const statement of body) {
    const alias = statement['declaration'] as TypeNode | undefined;
    const literal = alias?.['typeAnnotation'] as TypeNode | undefined;
    if (alias?.type !== 'TSTypeAliasDeclaration' || literal?.type !== 'TSTypeLiteral') continue;
    const members = literal['members'] as {
      key: { name: string };
      typeAnnotation: { typeAnnotation: TypeNode };
    }[];
    found.set(
      (alias['id'] as { name: string }).name,
      members.map((member) => [member.key.name, spell(member.typeAnnotation.typeAnnotation)]),
    );
  }
  return found;
}

function spell(node: TypeNode): string {
  const inner = node['typeAnnotation'] as TypeNode;
  switch (node.type) {
    case 'TSStringKeyword':
      return 'string';
    case 'TSNumberKeyword':
      return 'number';
    case 'TSBooleanKeyword':
      return 'boolean';
    case 'TSNullKeyword':
      return 'null';
    case 'TSTypeOperator':
      return spell(inner);
    case 'TSArrayType':
      return `${spell(node['elementType'] as TypeNode)}[]`;
    case 'TSUnionType':
      return (node['types'] as TypeNode[]).map(spell).join(' | ');
    case 'TSTypeReference':
      return spellReference(node);
    default:
      return node.type;
  }
}

function spellReference(node: TypeNode): string {
  const name = (node['typeName'] as { name: string }).name;
  const params = ((node['typeArguments'] as { params: TypeNode[] } | null)?.params ?? []).map(
    spell,
  );
  if (name === 'Readonly') return params[0] ?? '';
  if (name === 'Record') return `Map<${params[1] ?? ''}>`;
  return name;
}
