// Conditions → closures, for places where code generation is forbidden (a content security policy,
// or node --disallow-code-generation-from-strings). Same modes and same answers as emit-code.ts,
// about three times slower.
// Example: closure(condition, 'T', runtime, slots)({ event, facts, pii, item: undefined }) → true
// or false
import type { Judged } from '@agentspine/event/facts';
import type { Condition, Value } from './condition.ts';
import { type ItemTest, type Runtime, quotedKey } from './runtime.ts';
import type { SlotTable } from './slot-table.ts';

export type Scope = {
  event: Judged['event'];
  facts: Judged['facts'];
  pii: Judged['pii'];
  item: unknown;
};
type Test = (scope: Scope) => boolean;
type Read = (scope: Scope) => unknown;
type Mode = 'T' | 'F';

export class ClosureWriter {
  private readonly runtime: Runtime;
  private readonly slots: SlotTable;

  constructor(runtime: Runtime, slots: SlotTable) {
    this.runtime = runtime;
    this.slots = slots;
  }

  /** T: is the condition surely true? F: is it surely false? */
  test(c: Condition, mode: Mode): Test {
    switch (c.is) {
      case 'const': {
        const answer = c.value === (mode === 'T');
        return () => answer;
      }
      case 'and':
      case 'or': {
        const [left, right] = [this.test(c.left, mode), this.test(c.right, mode)];
        return (c.is === 'and') === (mode === 'T')
          ? (s) => left(s) && right(s)
          : (s) => left(s) || right(s);
      }
      case 'not':
        return this.test(c.of, mode === 'T' ? 'F' : 'T');
      case 'holds': {
        const holds = this.test(c.of, 'T');
        return mode === 'T' ? holds : (s) => !holds(s);
      }
      case 'if': {
        const [yes, no] = [this.test(c.yes, mode), this.test(c.no, mode)];
        const [sure, surelyNot] = [this.test(c.test, 'T'), this.test(c.test, 'F')];
        return (s) => (sure(s) && yes(s)) || (surelyNot(s) && no(s));
      }
      case 'every':
      case 'some':
        return this.loop(c, mode);
      default:
        return this.leaf(c, mode === 'T');
    }
  }

  private leaf(
    c: Exclude<
      Condition,
      { is: 'const' | 'and' | 'or' | 'not' | 'holds' | 'if' | 'every' | 'some' }
    >,
    sure: boolean,
  ): Test {
    const { runtime } = this;
    switch (c.is) {
      case 'truth': {
        const of = this.read(c.of);
        return (s) => of(s) === sure;
      }
      case 'has': {
        const of = this.read(c.of);
        return (s) => isPresent(of(s)) === sure;
      }
      case 'equal':
        return this.equal(c.left, c.right, sure);
      case 'less':
        return this.less(c.left, c.right, c.orEqual, sure);
      case 'inSet': {
        const [of, set] = [this.read(c.of), c.set as ReadonlySet<unknown>];
        if (sure) return (s) => set.has(of(s));
        return (s) => {
          const value = of(s);
          return isPresent(value) && !set.has(value);
        };
      }
      case 'inValue': {
        const [of, within] = [this.read(c.of), this.read(c.within)];
        return (s) => runtime.within(within(s), of(s)) === sure;
      }
      case 'intersects': {
        const [of, set] = [this.read(c.of), c.set];
        return (s) => runtime.intersects(of(s), set) === sure;
      }
      case 'affix': {
        const [of, part] = [this.read(c.of), this.read(c.part)];
        const test = AFFIXES[c.name];
        return (s) => {
          const [text, sought] = [of(s), part(s)];
          return (
            typeof text === 'string' && typeof sought === 'string' && test(text, sought) === sure
          );
        };
      }
      case 'text': {
        const [of, { test }] = [this.read(c.of), c];
        return (s) => {
          const text = of(s);
          return typeof text === 'string' && test(text) === sure;
        };
      }
    }
  }

  private equal(leftValue: Value, rightValue: Value, sure: boolean): Test {
    const { runtime } = this;
    const [left, right] = [this.read(leftValue), this.read(rightValue)];
    if (!sure) return (s) => runtime.differ(left(s), right(s));
    return (s) => {
      const value = left(s);
      return isPresent(value) && value === right(s);
    };
  }

  private less(leftValue: Value, rightValue: Value, orEqual: boolean, sure: boolean): Test {
    const [left, right] = [this.read(leftValue), this.read(rightValue)];
    return (s) => {
      const [a, b] = [left(s), right(s)];
      if (typeof a !== 'number' || typeof b !== 'number') return false;
      return (orEqual ? a <= b : a < b) === sure;
    };
  }

  private loop(c: Extract<Condition, { is: 'every' | 'some' }>, mode: Mode): Test {
    const { runtime } = this;
    const [within, each] = [this.read(c.within), this.test(c.each, mode)];
    const inner: Scope = { event: null, facts: null, pii: null, item: null } as never;
    const test: ItemTest = (event, facts, pii, item) => {
      inner.event = event;
      inner.facts = facts;
      inner.pii = pii;
      inner.item = item;
      return each(inner);
    };
    return (c.is === 'some') === (mode === 'T')
      ? (s) => runtime.some(within(s), test, s.event, s.facts, s.pii)
      : (s) => runtime.every(within(s), test, s.event, s.facts, s.pii);
  }

  private read(value: Value): Read {
    const { runtime } = this;
    switch (value.is) {
      case 'constant':
        return () => value.value;
      case 'field':
        return fieldReader(value.path, value.absent);
      case 'item':
        return (s) => s.item;
      case 'itemField':
        return (s) => descend(s.item, value.path);
      case 'inside': {
        const { of: source, keys } = value;
        const quoted = source.is === 'json' ? quotedKey(keys) : undefined;
        if (source.is === 'json' && quoted !== undefined) {
          const [text, slot] = [this.read(source.of), this.slots.of(source)];
          return (s) => runtime.jsonAt(slot, text(s), keys, quoted);
        }
        const of = this.read(source);
        return (s) => runtime.inside(of(s), keys);
      }
      case 'json': {
        const [of, slot] = [this.read(value.of), this.slots.of(value)];
        return (s) => runtime.json(slot, of(s));
      }
      case 'size': {
        const of = this.read(value.of);
        return (s) => runtime.size(of(s));
      }
      case 'domain': {
        const [of, slot] = [this.read(value.of), this.slots.of(value)];
        return (s) => runtime.domain(slot, of(s));
      }
    }
  }
}

const AFFIXES = {
  startsWith: (text: string, part: string) => text.startsWith(part),
  endsWith: (text: string, part: string) => text.endsWith(part),
  contains: (text: string, part: string) => text.includes(part),
} as const;

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Reads a field of the table; messages use it too. */
export function fieldReader(path: readonly string[], absent: '' | -1 | undefined): Read {
  const [root, ...rest] = path;
  return (scope) => {
    const value = descend(scope[root as 'event' | 'facts' | 'pii'], rest);
    return value === absent ? undefined : value;
  };
}

function descend(from: unknown, path: readonly string[]): unknown {
  let at = from;
  for (const name of path) {
    if (at === undefined || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
