// CEL text → Condition: parsed, macros expanded, names and types settled, cost bounded. What this
// accepts cannot fail when it runs, and no backend has to look at types again. The language is
// described in docs/policies.md.
// Example: readCondition('tool.name in shell_tools && !has(tool.approval_id)', names).is → 'and'
import type { Condition, Scalar, Value } from './condition.ts';
import { quoted } from './mistake.ts';
import { nearestName } from './nearest-name.ts';
import { parseCondition, type Syntax } from './parse-condition.ts';
import { equality, membership, order } from './read-comparison.ts';
import { textTestOf } from './read-text-test.ts';
import {
  DYN,
  type Names,
  type Reading,
  constantTexts,
  constants,
  inMacro,
  isMacro,
  spend,
  text,
  textual,
  valueOf,
  wrong,
} from './read-value.ts';

/** Throws ConditionError (wanted, found, offset into the text). */
export function readCondition(source: string, names: Names): Condition {
  const reading: Reading = { names, item: undefined, macros: [], spent: { nodes: 0 } };
  return conditionOf(parseCondition(source), reading);
}

function conditionOf(node: Syntax, reading: Reading): Condition {
  spend(node, reading);
  if (isMacro(node, reading)) return inMacro(node, node.args, reading, conditionOf);
  switch (node.op) {
    case '&&':
    case '||':
      return {
        is: node.op === '&&' ? 'and' : 'or',
        left: conditionOf(node.args[0], reading),
        right: conditionOf(node.args[1], reading),
      };
    case '!_':
      return { is: 'not', of: conditionOf(node.args, reading) };
    case '?:':
      return choice(node, node.args, reading);
    case '==':
      return equality(node, node.args, reading);
    case '!=':
      return { is: 'not', of: equality(node, node.args, reading) };
    case '<':
      return order(node, node.args[0], node.args[1], false, reading);
    case '<=':
      return order(node, node.args[0], node.args[1], true, reading);
    case '>':
      return order(node, node.args[1], node.args[0], false, reading);
    case '>=':
      return order(node, node.args[1], node.args[0], true, reading);
    case 'in':
      return membership(node.args[0], node.args[1], reading);
    case 'call':
      return called(node, node.args[0], node.args[1], reading);
    case 'rcall':
      return method(node, node.args[0], node.args[1], node.args[2], reading);
    case 'value':
      if (typeof node.args === 'boolean') return { is: 'const', value: node.args };
      throw wrong(node, 'a condition', quoted(text(node)));
    default:
      return truth(node, valueOf(node, reading));
  }
}

function truth(node: Syntax, of: Value): Condition {
  if (of.type.is === 'bool' || of.type.is === 'dyn') return { is: 'truth', of };
  throw wrong(node, 'a condition', `${quoted(text(node))}, a ${of.type.is}`);
}

function choice(
  node: Syntax,
  [test, yes, no]: readonly [Syntax, Syntax, Syntax],
  reading: Reading,
): Condition {
  const read = conditionOf(test, reading);
  // The test is compiled twice (for true and for false); one inside the other would double it each
  // time.
  if (hasChoice(read)) throw wrong(node, 'no ?: inside the test of a ?:', quoted(text(test)));
  return { is: 'if', test: read, yes: conditionOf(yes, reading), no: conditionOf(no, reading) };
}

function hasChoice(condition: Condition): boolean {
  switch (condition.is) {
    case 'if':
      return true;
    case 'and':
    case 'or':
      return hasChoice(condition.left) || hasChoice(condition.right);
    case 'not':
    case 'holds':
      return hasChoice(condition.of);
    case 'every':
    case 'some':
      return hasChoice(condition.each);
    default:
      return false;
  }
}

function called(node: Syntax, name: string, args: readonly Syntax[], reading: Reading): Condition {
  switch (name) {
    case 'has':
      return presence(node, args, reading);
    case 'pii':
      return labels(node, args, reading);
    case 'intersects': {
      const [list, set] = two(node, name, args);
      return common(list, valueOf(list, reading), constants(set, reading), set);
    }
    case 'cidr':
    case 'glob':
    case 'pathPrefix': {
      const [subject, against] = two(node, name, args);
      return textTestOf(name, subject, against, reading);
    }
    default:
      return truthOfCall(node, name, reading);
  }
}

const CONDITIONS = ['has', 'pii', 'intersects', 'cidr', 'glob', 'pathPrefix'];
const VALUES = ['size', 'domain', 'json'];

function truthOfCall(node: Syntax, name: string, reading: Reading): Condition {
  if (VALUES.includes(name)) return truth(node, valueOf(node, reading));
  const near = nearestName(name, [...CONDITIONS, ...VALUES]);
  const wanted =
    near === undefined ? `one of ${[...CONDITIONS, ...VALUES].join(', ')}` : `${near}()`;
  throw wrong(node, wanted, `unknown function ${name}()`);
}

function two(node: Syntax, name: string, args: readonly Syntax[]): readonly [Syntax, Syntax] {
  const [first, second] = args;
  if (first !== undefined && second !== undefined && args.length === 2) return [first, second];
  throw wrong(node, `${name}() of two arguments`, `${args.length}`);
}

function presence(node: Syntax, args: readonly Syntax[], reading: Reading): Condition {
  const [argument] = args;
  if (argument === undefined || args.length !== 1) {
    throw wrong(node, 'has() of one field', `${args.length} arguments`);
  }
  const of = valueOf(argument, reading);
  if (of.type.is === 'list' || of.type.is === 'map') {
    throw wrong(argument, 'size(x) > 0: lists and maps are always there', quoted(text(argument)));
  }
  if (of.is === 'constant' || of.is === 'size' || of.is === 'item') {
    throw wrong(argument, 'has() of a field', quoted(text(argument)));
  }
  return { is: 'has', of };
}

/** pii('card', 'iban'): one of these was found anywhere in the event. */
function labels(node: Syntax, args: readonly Syntax[], reading: Reading): Condition {
  const pii = reading.names.fields.get('pii');
  const all = pii?.type.is === 'record' ? pii.type.fields.get('labels') : undefined;
  if (args.length === 0 || all === undefined)
    throw wrong(node, 'pii() of at least one type', 'none');
  const set = new Set<Scalar>(args.flatMap((arg) => constantTexts(arg, reading)));
  return { is: 'intersects', of: { is: 'field', ...all, absent: undefined }, set };
}

function common(
  node: Syntax,
  of: Value,
  list: readonly Scalar[] | undefined,
  listNode: Syntax,
): Condition {
  if (of.type.is !== 'list' && of.type.is !== 'dyn') throw wrong(node, 'a list', `a ${of.type.is}`);
  if (list === undefined) throw wrong(listNode, 'a list of constants', quoted(text(listNode)));
  return { is: 'intersects', of, set: new Set(list) };
}

function method(
  node: Syntax,
  name: string,
  subject: Syntax,
  args: readonly Syntax[],
  reading: Reading,
): Condition {
  const [first] = args;
  switch (name) {
    case 'startsWith':
    case 'endsWith':
    case 'contains': {
      if (first === undefined || args.length !== 1)
        throw wrong(node, `${name}() of one text`, `${args.length}`);
      const of = textual(subject, valueOf(subject, reading));
      return { is: 'affix', name, of, part: textual(first, valueOf(first, reading)) };
    }
    case 'matches':
      if (first === undefined || args.length !== 1)
        throw wrong(node, 'matches() of one pattern', `${args.length}`);
      return textTestOf(name, subject, first, reading);
    case 'exists':
    case 'all':
      return loop(node, name, subject, args, reading);
    default:
      throw wrong(
        node,
        'startsWith, endsWith, contains, matches, exists or all',
        `unknown method .${name}()`,
      );
  }
}

function loop(
  node: Syntax,
  name: 'exists' | 'all',
  subject: Syntax,
  args: readonly Syntax[],
  reading: Reading,
): Condition {
  const [variable, body] = args;
  if (variable?.op !== 'id' || body === undefined || args.length !== 2) {
    throw wrong(node, `list.${name}(x, condition on x)`, quoted(text(node)));
  }
  if (reading.item !== undefined) throw wrong(node, 'no exists() or all() inside another', name);
  const within = valueOf(subject, reading);
  if (within.type.is !== 'list' && within.type.is !== 'dyn') {
    throw wrong(subject, 'a list', `a ${within.type.is}`);
  }
  const type = within.type.is === 'list' ? within.type.of : DYN;
  const each = conditionOf(body, { ...reading, item: { name: variable.args, type } });
  return { is: name === 'all' ? 'every' : 'some', within, each };
}
