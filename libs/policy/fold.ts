// What is left of a condition once the kind of the event is known: tests on kind become constants,
// and what follows from constants goes away. Kept answers: the folded condition is true (false)
// exactly where the whole one is. Also says, for lint, whether a condition can ever be true for a
// kind.
// Example: fold(kind == "tool_call" && tool.name == "bash", 'decision') → false
import type { Kind } from '@agentspine/event/agent-event';
import { type Condition, type Value, visitValues } from './condition.ts';
import type { FieldTable } from './field-table.ts';

export function fold(c: Condition, kind: Kind): Condition {
  switch (c.is) {
    case 'and':
    case 'or': {
      const [left, right] = [fold(c.left, kind), fold(c.right, kind)];
      const decisive = c.is === 'or';
      if (left.is === 'const') return left.value === decisive ? left : right;
      if (right.is === 'const') return right.value === decisive ? right : left;
      return { is: c.is, left, right };
    }
    case 'not': {
      const of = fold(c.of, kind);
      return of.is === 'const' ? { is: 'const', value: !of.value } : { is: 'not', of };
    }
    case 'holds': {
      const of = fold(c.of, kind);
      return of.is === 'const' ? of : { is: 'holds', of };
    }
    case 'if': {
      const test = fold(c.test, kind);
      if (test.is === 'const') return fold(test.value ? c.yes : c.no, kind);
      return { is: 'if', test, yes: fold(c.yes, kind), no: fold(c.no, kind) };
    }
    case 'equal':
      if (isKind(c.left) && c.right.is === 'constant') return constant(c.right.value === kind);
      if (isKind(c.right) && c.left.is === 'constant') return constant(c.left.value === kind);
      return c;
    case 'inSet':
      return isKind(c.of) ? constant(c.set.has(kind)) : c;
    default:
      return c;
  }
}

function constant(value: boolean): Condition {
  return { is: 'const', value };
}

function isKind(value: Value): boolean {
  return value.is === 'field' && value.path.length === 2 && value.path[1] === 'kind';
}

/** Could it be true (or false) of an event of the kind, given which records a kind carries? */
export function canBe(answer: boolean, c: Condition, kind: Kind, fields: FieldTable): boolean {
  switch (c.is) {
    case 'const':
      return c.value === answer;
    case 'and':
    case 'or': {
      const both = (c.is === 'and') === answer;
      const left = canBe(answer, c.left, kind, fields);
      const right = canBe(answer, c.right, kind, fields);
      return both ? left && right : left || right;
    }
    case 'not':
      return canBe(!answer, c.of, kind, fields);
    case 'holds':
      return answer ? canBe(true, c.of, kind, fields) : true;
    case 'if':
      return (
        (canBe(true, c.test, kind, fields) && canBe(answer, c.yes, kind, fields)) ||
        (canBe(false, c.test, kind, fields) && canBe(answer, c.no, kind, fields))
      );
    case 'has':
      return readsForeign(c, kind, fields) ? !answer : true;
    case 'some':
    case 'every': {
      if (isForeign(c.within, kind, fields)) return false;
      // An empty list decides all() as true and exists() as false.
      return answer === (c.is === 'every') || canBe(answer, c.each, kind, fields);
    }
    default:
      return !readsForeign(c, kind, fields);
  }
}

/** Reads a record that only events of another kind carry. */
function readsForeign(c: Condition, kind: Kind, fields: FieldTable): boolean {
  let foreign = false;
  visitValues(c, (value) => {
    foreign ||= isForeign(value, kind, fields);
  });
  return foreign;
}

function isForeign(value: Value, kind: Kind, fields: FieldTable): boolean {
  if (value.is !== 'field' || value.path[0] !== 'event') return false;
  const only = fields.get(value.path[1] ?? '')?.onlyFor;
  return only !== undefined && only !== kind;
}
