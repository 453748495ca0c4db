// Conditions → the source of one JavaScript function that tests them all against an event and
// returns the numbers of those that hold. Each condition is written twice over at most: "surely
// true" (T) and, under a negation, "surely false" (F); so unknown costs nothing at run time.
// Guarantees: the source is made of our own words, numbers, and field names of the table. Every
// text, list, set, pattern and key of a rule is an element of the constant pool K, passed as a
// value.
// Example: T of tool.name == "bash" is (E.tool?.name===K[0])
import type { Condition, Value } from './condition.ts';
import { quotedKey } from './runtime.ts';
import type { SlotTable } from './slot-table.ts';

type Mode = 'T' | 'F';

const PLAIN_NAME = /^[a-z][a-z0-9_]*$/;
const ROOTS: Readonly<Record<string, string>> = { event: 'E', facts: 'F', pii: 'P' };
const AFFIXES = { startsWith: 'startsWith', endsWith: 'endsWith', contains: 'includes' } as const;

/** One expression and the statement that must run before it; `name` is safe to mention twice. */
type Bound = { readonly before: string; readonly name: string };

export class CodeWriter {
  /** Constants by number, for the factory's parameter K. */
  readonly pool: unknown[] = [];
  private readonly slots: SlotTable;
  private readonly numbers = new Map<unknown, number>();
  private readonly itemTests: string[] = [];
  private temporaries = 0;

  constructor(slots: SlotTable) {
    this.slots = slots;
  }

  /** Body of a factory (K, R, add) that returns (E, F, P) → rule numbers or null. */
  factory(rules: readonly { readonly number: number; readonly condition: Condition }[]): string {
    const lines = rules.map(
      ({ number, condition }) => `if(${this.write(condition, 'T')})m=add(m,${number});`,
    );
    return [
      '"use strict";',
      ...this.pool.map((_, i) => `const k${i}=K[${i}];`),
      ...this.itemTests,
      `return function judgeKind(E,F,P){let m=null;${this.declared()}`,
      ...lines,
      'return m;};',
    ].join('\n');
  }

  private declared(): string {
    if (this.temporaries === 0) return '';
    return `let ${Array.from({ length: this.temporaries }, (_, i) => `t${i}`).join(',')};`;
  }

  private write(c: Condition, mode: Mode): string {
    switch (c.is) {
      case 'const':
        return String(c.value === (mode === 'T'));
      case 'and':
      case 'or': {
        const operator = (c.is === 'and') === (mode === 'T') ? '&&' : '||';
        return `(${this.write(c.left, mode)}${operator}${this.write(c.right, mode)})`;
      }
      case 'not':
        return this.write(c.of, mode === 'T' ? 'F' : 'T');
      case 'holds':
        return mode === 'T' ? this.write(c.of, 'T') : `!${this.write(c.of, 'T')}`;
      case 'if':
        return `(${this.write(c.test, 'T')}&&${this.write(c.yes, mode)}||${this.write(c.test, 'F')}&&${this.write(c.no, mode)})`;
      case 'every':
      case 'some':
        return this.loop(c, mode);
      default:
        return this.leaf(c, mode);
    }
  }

  private leaf(
    c: Exclude<
      Condition,
      { is: 'const' | 'and' | 'or' | 'not' | 'holds' | 'if' | 'every' | 'some' }
    >,
    mode: Mode,
  ): string {
    const sure = mode === 'T';
    switch (c.is) {
      case 'truth':
        return `(${this.value(c.of)}===${sure})`;
      case 'has':
        return sure ? `(${this.value(c.of)}!=null)` : `(${this.value(c.of)}==null)`;
      case 'equal':
        return this.equal(c.left, c.right, sure);
      case 'less': {
        const [left, right] = [this.bound(c.left), this.bound(c.right)];
        const test = `${left.name}${c.orEqual ? '<=' : '<'}${right.name}`;
        const numbers = this.typed('number', [c.left, left], [c.right, right]);
        return joined([left, right], `${numbers}${sure ? test : `!(${test})`}`);
      }
      case 'inSet': {
        if (sure) return `${this.constant(c.set)}.has(${this.value(c.of)})`;
        const of = this.bound(c.of);
        return joined([of], `${of.name}!=null&&!${this.constant(c.set)}.has(${of.name})`);
      }
      case 'inValue':
        return `(R.within(${this.value(c.within)},${this.value(c.of)})===${sure})`;
      case 'intersects':
        return `(R.intersects(${this.value(c.of)},${this.constant(c.set)})===${sure})`;
      case 'affix': {
        const [of, part] = [this.bound(c.of), this.bound(c.part)];
        const texts = this.typed('string', [c.of, of], [c.part, part]);
        const test = `${of.name}.${AFFIXES[c.name]}(${part.name})`;
        return joined([of, part], `${texts}${sure ? '' : '!'}${test}`);
      }
      case 'text': {
        const of = this.bound(c.of);
        const test = `${this.constant(c.test)}(${of.name})`;
        return joined([of], `${this.typed('string', [c.of, of])}${sure ? '' : '!'}${test}`);
      }
    }
  }

  private equal(left: Value, right: Value, sure: boolean): string {
    const constant = right.is === 'constant' ? right : left.is === 'constant' ? left : undefined;
    if (constant === undefined) {
      if (!sure) return `R.differ(${this.value(left)},${this.value(right)})`;
      const first = this.bound(left);
      return joined([first], `${first.name}!=null&&${first.name}===${this.value(right)}`);
    }
    const other = constant === right ? left : right;
    if (sure) return `(${this.value(other)}===${this.value(constant)})`;
    const bound = this.bound(other);
    return joined([bound], `${bound.name}!=null&&${bound.name}!==${this.value(constant)}`);
  }

  /** The body becomes a function of its own, made once: a loop allocates nothing. */
  private loop(c: Extract<Condition, { is: 'every' | 'some' }>, mode: Mode): string {
    const outer = this.temporaries;
    this.temporaries = 0;
    const body = this.write(c.each, mode);
    const test = `c${this.itemTests.length}`;
    this.itemTests.push(`function ${test}(E,F,P,I){${this.declared()}return ${body};}`);
    this.temporaries = outer;
    const name = (c.is === 'some') === (mode === 'T') ? 'some' : 'every';
    return `R.${name}(${this.value(c.within)},${test},E,F,P)`;
  }

  private typed(type: string, ...values: readonly (readonly [Value, Bound])[]): string {
    return values
      .filter(([value]) => value.is !== 'constant')
      .map(([, { name }]) => `typeof ${name}==='${type}'&&`)
      .join('');
  }

  /** Plain paths may be read twice; what takes work is kept in a temporary. */
  private bound(value: Value): Bound {
    const code = this.value(value);
    const isPlain = value.is === 'constant' || value.is === 'item' || value.is === 'itemField';
    if (isPlain || (value.is === 'field' && value.absent === undefined)) {
      return { before: '', name: code };
    }
    const name = `t${this.temporaries++}`;
    return { before: `${name}=${code}`, name };
  }

  private value(value: Value): string {
    switch (value.is) {
      case 'constant':
        return typeof value.value === 'string' ? this.constant(value.value) : literal(value.value);
      case 'field': {
        const path = fieldPath(value.path);
        if (value.absent === undefined) return path;
        return `(${path}===${value.absent === '' ? "''" : '-1'}?undefined:${path})`;
      }
      case 'item':
        return 'I';
      case 'itemField':
        return ['I', ...value.path.map(plain)].join('?.');
      case 'inside':
        return this.inside(value);
      case 'json':
      case 'domain':
        return `R.${value.is}(${this.slots.of(value)},${this.value(value.of)})`;
      case 'size':
        return `R.size(${this.value(value.of)})`;
    }
  }

  private inside(value: Extract<Value, { is: 'inside' }>): string {
    const { of, keys } = value;
    const quoted = of.is === 'json' ? quotedKey(keys) : undefined;
    if (of.is !== 'json' || quoted === undefined) {
      return `R.inside(${this.value(of)},${this.constant(keys)})`;
    }
    const [slot, text] = [this.slots.of(of), this.value(of.of)];
    return `R.jsonAt(${slot},${text},${this.constant(keys)},${this.constant(quoted)})`;
  }

  private constant(value: unknown): string {
    let number = this.numbers.get(value);
    if (number === undefined) {
      number = this.pool.push(value) - 1;
      this.numbers.set(value, number);
    }
    return `k${number}`;
  }
}

function joined(bounds: readonly Bound[], test: string): string {
  return `(${[...bounds.map((b) => b.before).filter((s) => s !== ''), test].join(',')})`;
}

function fieldPath(path: readonly string[]): string {
  const [root = '', first = '', ...rest] = path;
  const start = ROOTS[root];
  if (start === undefined) throw new Error(`no root "${root}"`);
  return [`${start}.${plain(first)}`, ...rest.map(plain)].join('?.');
}

/** Field names come from the contract; this holds even if somebody hands in another table. */
function plain(name: string): string {
  if (!PLAIN_NAME.test(name)) throw new Error(`"${name}" is not a plain name`);
  return name;
}

function literal(value: number | boolean): string {
  return typeof value === 'number' && (value < 0 || Object.is(value, -0))
    ? `(${value})`
    : `${value}`;
}
