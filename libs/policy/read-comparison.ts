// ==, !=, <, <=, >, >= and `in`: both sides read, their types compared, impossible constants
// refused.
// Example: decision.confidence < "0.4" is refused: wanted numbers on both sides, found a string.
import type { Condition, Scalar } from './condition.ts';
import type { FieldType } from './field-table.ts';
import { quoted } from './mistake.ts';
import { nearestName } from './nearest-name.ts';
import type { Syntax } from './parse-condition.ts';
import { type Reading, STRING, constants, spend, text, valueOf, wrong } from './read-value.ts';

const SCALARS: readonly string[] = ['string', 'number', 'bool', 'dyn'];

export function equality(
  node: Syntax,
  args: readonly [Syntax, Syntax],
  reading: Reading,
): Condition {
  const [left, right] = [valueOf(args[0], reading), valueOf(args[1], reading)];
  for (const [i, value] of [left, right].entries()) {
    if (!SCALARS.includes(value.type.is)) {
      throw wrong(args[i] ?? node, 'a text, number or bool', `a ${value.type.is}`);
    }
  }
  sameType(node, left.type, right.type);
  if (right.is === 'constant') possible(args[1], left.type, right.value);
  if (left.is === 'constant') possible(args[0], right.type, left.value);
  return { is: 'equal', left, right };
}

function sameType(node: Syntax, left: FieldType, right: FieldType): void {
  if (left.is === right.is || left.is === 'dyn' || right.is === 'dyn') return;
  throw wrong(
    node,
    `two values of one type`,
    `${left.is} and ${right.is} in ${quoted(text(node))}`,
  );
}

/** A constant that the field can never hold is a slip of the pen. */
function possible(node: Syntax, type: FieldType, constant: Scalar): void {
  if (type.is !== 'string' || type.symbols === undefined) return;
  if (typeof constant !== 'string' || type.symbols.includes(constant)) return;
  const near = nearestName(constant, type.symbols);
  throw wrong(
    node,
    near === undefined ? `one of ${type.symbols.join(', ')}` : quoted(near),
    quoted(constant),
  );
}

export function order(
  node: Syntax,
  smaller: Syntax,
  larger: Syntax,
  orEqual: boolean,
  reading: Reading,
): Condition {
  const [left, right] = [valueOf(smaller, reading), valueOf(larger, reading)];
  for (const { type } of [left, right]) {
    if (type.is !== 'number' && type.is !== 'dyn') {
      throw wrong(node, 'numbers on both sides', `a ${type.is} in ${quoted(text(node))}`);
    }
  }
  return { is: 'less', left, right, orEqual };
}

export function membership(element: Syntax, list: Syntax, reading: Reading): Condition {
  const of = valueOf(element, reading);
  if (!SCALARS.includes(of.type.is)) throw wrong(element, 'a text, number or bool', of.type.is);
  const written = constants(list, reading);
  if (written !== undefined) {
    spend(list, reading);
    for (const constant of written) {
      sameType(list, of.type, {
        is: typeof constant === 'boolean' ? 'bool' : (typeof constant as 'string' | 'number'),
      });
      possible(list, of.type, constant);
    }
    return { is: 'inSet', of, set: new Set(written) };
  }
  const within = valueOf(list, reading);
  if (within.type.is === 'list') sameType(list, of.type, within.type.of);
  else if (within.type.is === 'map') sameType(list, of.type, STRING);
  else if (within.type.is !== 'dyn') throw wrong(list, 'a list or a map', `a ${within.type.is}`);
  return { is: 'inValue', of, within };
}
