// Syntax tree → Value: names become fields of the table, constants become values, types are
// settled. Everything else (an unknown field, a wrong type, arithmetic) is a ConditionError with
// its place.
// Example: valueOf(parseCondition('tool.name'), reading) → { is: 'field', path: ['event', 'tool',
// 'name'], … }
import type { Scalar, Value } from './condition.ts';
import { type Field, type FieldTable, type FieldType, fieldNames } from './field-table.ts';
import { LIMITS } from './limits.ts';
import { ConditionError, quoted } from './mistake.ts';
import { nearestName } from './nearest-name.ts';
import { parseCondition, type Syntax } from './parse-condition.ts';

/** What the names of one rule file mean. */
export type Names = {
  readonly fields: FieldTable;
  readonly lists: ReadonlyMap<string, readonly Scalar[]>;
  /** Macro → its CEL text. */
  readonly macros: ReadonlyMap<string, string>;
};

/** The reading of one condition: what is in scope, and what was spent. */
export type Reading = {
  readonly names: Names;
  readonly item: { readonly name: string; readonly type: FieldType } | undefined;
  readonly macros: readonly string[];
  readonly spent: { nodes: number };
};

export const BOOL: FieldType = { is: 'bool' };
export const NUMBER: FieldType = { is: 'number' };
export const STRING: FieldType = { is: 'string' };
export const DYN: FieldType = { is: 'dyn' };

/** Throws ConditionError. */
export function valueOf(node: Syntax, reading: Reading): Value {
  spend(node, reading);
  switch (node.op) {
    case 'value':
    case '-_':
      return constantOf(node);
    case 'id':
      return named(node, node.args, reading);
    case '.':
      return selected(node, node.args[0], node.args[1], reading);
    case '[]':
      return indexed(node, node.args[0], node.args[1], reading);
    case 'call':
      return called(node, node.args[0], node.args[1], reading);
    case 'rcall':
      if (node.args[0] === 'size' && node.args[2].length === 0) {
        return called(node, 'size', [node.args[1]], reading);
      }
      throw wrong(node, 'a field or a constant', quoted(text(node)));
    default:
      throw wrong(node, 'a field or a constant (there is no arithmetic)', quoted(text(node)));
  }
}

export function wrong(node: Syntax, wanted: string, found: string): ConditionError {
  return new ConditionError(wanted, found, node.start);
}

export function text(node: Syntax): string {
  return node.input.slice(node.start, node.end);
}

export function spend(node: Syntax, reading: Reading): void {
  if (++reading.spent.nodes > LIMITS.conditionNodes) {
    throw wrong(node, `at most ${LIMITS.conditionNodes} nodes, macros expanded`, 'more');
  }
}

/** Reads a macro in place of its name; mistakes inside it are reported at the place of its use. */
export function inMacro<T>(
  node: Syntax,
  name: string,
  reading: Reading,
  read: (body: Syntax, inner: Reading) => T,
): T {
  if (reading.macros.includes(name)) {
    throw wrong(node, 'macros without a cycle', [...reading.macros, name].join(' → '));
  }
  if (reading.macros.length >= LIMITS.macroDepth) {
    throw wrong(node, `macros at most ${LIMITS.macroDepth} deep`, quoted(name));
  }
  try {
    const body = parseCondition(reading.names.macros.get(name) ?? '');
    // A macro sees no loop variable of the place it is used in.
    return read(body, { ...reading, item: undefined, macros: [...reading.macros, name] });
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw wrong(node, error.wanted, `in macro ${name}: ${error.found}`);
  }
}

export function isMacro(node: Syntax, reading: Reading): node is Syntax & { op: 'id' } {
  return (
    node.op === 'id' && node.args !== reading.item?.name && reading.names.macros.has(node.args)
  );
}

/** A list of constants: written out, by the name of a list of the file, or one constant alone. */
export function constants(node: Syntax, reading: Reading): readonly Scalar[] | undefined {
  if (node.op === 'id' && node.args !== reading.item?.name) {
    return reading.names.lists.get(node.args);
  }
  if (node.op !== 'list') return undefined;
  return node.args.map((element) => {
    spend(element, reading);
    const value = constantOf(element);
    if (value.is !== 'constant') throw wrong(element, 'a constant', quoted(text(element)));
    return value.value;
  });
}

/** Texts given as a list or as one text. */
export function constantTexts(node: Syntax, reading: Reading): readonly string[] {
  const list = constants(node, reading) ?? [constantOf(node)].map((v) => scalar(v));
  return list.map((element) => {
    if (typeof element !== 'string') throw wrong(node, 'text constants', quoted(element));
    return element;
  });
}

function scalar(value: Value): Scalar | undefined {
  return value.is === 'constant' ? value.value : undefined;
}

function constantOf(node: Syntax): Value {
  if (node.op === '-_') {
    const inner = constantOf(node.args);
    if (inner.is === 'constant' && typeof inner.value === 'number') {
      return { ...inner, value: -inner.value };
    }
    throw wrong(node, 'a number after "-"', quoted(text(node)));
  }
  if (node.op !== 'value') throw wrong(node, 'a constant', quoted(text(node)));
  const value = node.args;
  if (typeof value === 'string') return { is: 'constant', value, type: STRING };
  if (typeof value === 'boolean') return { is: 'constant', value, type: BOOL };
  if (value === null) throw wrong(node, 'has(x) or !has(x)', 'null');
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number') throw wrong(node, 'text, number or bool', quoted(text(node)));
  if (typeof value === 'bigint' && !Number.isSafeInteger(number)) {
    throw wrong(node, 'an integer up to 2^53 - 1', text(node));
  }
  return { is: 'constant', value: number, type: NUMBER };
}

function named(node: Syntax, name: string, reading: Reading): Value {
  if (reading.item?.name === name) return { is: 'item', type: reading.item.type };
  if (isMacro(node, reading)) return inMacro(node, name, reading, valueOf);
  const field = reading.names.fields.get(name);
  if (field === undefined) throw unknownName(node, name, reading);
  return fieldValue(field);
}

function fieldValue(field: Field): Value {
  return { is: 'field', path: field.path, absent: field.absent, type: field.type };
}

function selected(node: Syntax, base: Syntax, name: string, reading: Reading): Value {
  const of = valueOf(base, reading);
  if (of.type.is === 'record') {
    const field = of.type.fields.get(name);
    if (field === undefined) throw unknownName(node, text(node), reading, of.type.fields);
    return of.is === 'field'
      ? fieldValue(field)
      : { is: 'itemField', path: field.path, type: field.type };
  }
  return inside(node, of, name);
}

function indexed(node: Syntax, base: Syntax, key: Syntax, reading: Reading): Value {
  const of = valueOf(base, reading);
  const constant = scalar(constantOf(key));
  if (typeof constant === 'string') return inside(node, of, constant);
  const position = typeof constant === 'number' && Number.isInteger(constant) && constant >= 0;
  if (position && of.type.is === 'dyn') return inside(node, of, constant);
  throw wrong(key, 'a key of a map, or a position in a JSON list', quoted(text(key)));
}

/** A key of a map of the event, or one more step into a JSON value. */
function inside(node: Syntax, of: Value, key: string | number): Value {
  if (of.type.is === 'map' && typeof key === 'string') {
    return { is: 'inside', of, keys: [key], type: of.type.of };
  }
  if (of.type.is === 'dyn') {
    return of.is === 'inside'
      ? { ...of, keys: [...of.keys, key] }
      : { is: 'inside', of, keys: [key], type: DYN };
  }
  const hint = of.type.is === 'list' ? 'exists() or all() on a list' : 'a record or a map';
  throw wrong(node, hint, `${quoted(key)} of a ${of.type.is}`);
}

function called(node: Syntax, name: string, args: readonly Syntax[], reading: Reading): Value {
  const [first] = args;
  if (name !== 'size' && name !== 'domain' && name !== 'json') {
    throw wrong(node, 'size(), domain() or json() as a value', `${name}()`);
  }
  if (first === undefined || args.length !== 1) {
    throw wrong(node, `${name}() of one value`, `${args.length} arguments`);
  }
  const of = valueOf(first, reading);
  if (of.is === 'constant') throw wrong(first, 'a field', quoted(text(first)));
  if (name === 'size') {
    if (['string', 'list', 'map', 'dyn'].includes(of.type.is)) {
      return { is: 'size', of, type: NUMBER };
    }
    throw wrong(first, 'a text, list or map', of.type.is);
  }
  textual(first, of);
  return { is: name, of, type: name === 'json' ? DYN : STRING };
}

/** Refuses a value that can never be text. */
export function textual(node: Syntax, value: Value): Value {
  if (value.type.is === 'string' || value.type.is === 'dyn') return value;
  throw wrong(node, 'a text', `${quoted(text(node))}, a ${value.type.is}`);
}

function unknownName(
  node: Syntax,
  name: string,
  reading: Reading,
  among?: FieldTable,
): ConditionError {
  const known = [
    ...fieldNames(reading.names.fields),
    ...reading.names.lists.keys(),
    ...reading.names.macros.keys(),
  ];
  const last = name.slice(name.lastIndexOf('.') + 1);
  const near = nearestName(name, known) ?? nearestName(last, [...(among?.keys() ?? [])]);
  return wrong(
    node,
    near === undefined ? 'a field, list or macro (docs/policies.md, "Fields")' : quoted(near),
    `unknown name ${quoted(name)}`,
  );
}
