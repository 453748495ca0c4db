// Exceptions in Falco's form: the author of a rule fixes which fields excuse an event and how they
// are compared; the rows of values may grow without touching the condition.
// An exception excuses only where it surely holds: an absent field never excuses.
// Example: { fields: [agent.id, tool.name], comps: ['=', in], values: [[ops-bot, [bash, sh]]] }
import type { Condition, Scalar, TextTest, Value } from './condition.ts';
import { ConditionError, quoted } from './mistake.ts';
import { parseCondition } from './parse-condition.ts';
import { readyTest } from './read-text-test.ts';
import { type Names, valueOf } from './read-value.ts';
import type { RuleException } from './rule.ts';

export const COMPARISONS = [
  '=',
  '!=',
  'in',
  'startsWith',
  'endsWith',
  'contains',
  'glob',
  'cidr',
  'pathPrefix',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What the rule matches: the condition, and none of the exceptions. Throws ConditionError. */
export function withExceptions(
  condition: Condition,
  exceptions: readonly RuleException[],
  names: Names,
): Condition {
  return exceptions.reduce<Condition>((whole, exception) => {
    const excused = excuses(exception, names);
    if (excused === undefined) return whole;
    return { is: 'and', left: whole, right: { is: 'not', of: { is: 'holds', of: excused } } };
  }, condition);
}

function excuses(exception: RuleException, names: Names): Condition | undefined {
  const { fields, comps, values } = exception;
  if (fields.length !== comps.length) {
    throw new ConditionError('one comparison per field', `${comps.length} for ${fields.length}`, 0);
  }
  const read = fields.map((field) => fieldOf(field, names));
  const rows = values.map((row) => {
    if (row.length !== fields.length) {
      throw new ConditionError('one value per field in every row', quoted(row), 0);
    }
    const cells = row.map((cell, i) =>
      compare(read[i] as Value, comps[i] as Comparison, cell, fields[i] ?? ''),
    );
    return cells.reduce((left, right) => ({ is: 'and', left, right }));
  });
  return rows.length === 0 ? undefined : balanced(rows, 0, rows.length);
}

/** As a tree of small depth: hundreds of rows must not become hundreds of nested calls. */
function balanced(rows: readonly Condition[], from: number, to: number): Condition {
  if (to - from === 1) return rows[from] as Condition;
  const middle = (from + to) >> 1;
  return { is: 'or', left: balanced(rows, from, middle), right: balanced(rows, middle, to) };
}

function fieldOf(field: string, names: Names): Value {
  const reading = { names, item: undefined, macros: [], spent: { nodes: 0 } };
  const value = valueOf(parseCondition(field), reading);
  if (value.is === 'constant') throw new ConditionError('a field', quoted(field), 0);
  if (['string', 'number', 'bool', 'dyn'].includes(value.type.is)) return value;
  throw new ConditionError('a text, number or bool', `${quoted(field)}, a ${value.type.is}`, 0);
}

function compare(
  of: Value,
  comparison: Comparison,
  cell: Scalar | readonly Scalar[],
  field: string,
): Condition {
  const list = typeof cell === 'object' ? cell : [cell];
  for (const constant of list) {
    if (of.type.is === 'dyn' || typeof constant === named(of.type.is)) continue;
    throw new ConditionError(`a ${of.type.is} for ${field}`, quoted(constant), 0);
  }
  if (comparison === 'in') return { is: 'inSet', of, set: new Set(list) };
  if (comparison === 'glob' || comparison === 'cidr' || comparison === 'pathPrefix') {
    return { is: 'text', of, name: comparison, ...ready(comparison, texts(list, comparison)) };
  }
  if (typeof cell === 'object')
    throw new ConditionError(`one value for "${comparison}"`, 'a list', 0);
  const right: Value = { is: 'constant', value: cell, type: of.type };
  if (comparison === '=') return { is: 'equal', left: of, right };
  if (comparison === '!=') return { is: 'not', of: { is: 'equal', left: of, right } };
  texts(list, comparison);
  return { is: 'affix', name: comparison, of, part: right };
}

function named(type: string): string {
  return type === 'bool' ? 'boolean' : type;
}

function texts(list: readonly Scalar[], comparison: Comparison): readonly string[] {
  return list.map((constant) => {
    if (typeof constant === 'string') return constant;
    throw new ConditionError(`texts for ${comparison}`, quoted(constant), 0);
  });
}

function ready(
  name: TextTest['name'],
  against: readonly string[],
): Pick<TextTest, 'test' | 'against'> {
  try {
    return { against, test: readyTest(name, against) };
  } catch (error) {
    throw new ConditionError(`a value for ${name}`, error instanceof Error ? error.message : '', 0);
  }
}
