// What compiled conditions call while they run; both backends call the same code. Nothing here
// throws, whatever the event holds: a value of the wrong shape is absent (undefined), an answer
// that cannot be given is unknown (undefined).
// Example: runtime.within(['a', 'b'], 'b') → true; runtime.within(undefined, 'b') → undefined
import type { Judged } from '@agentspine/event/facts';
import type { Scalar } from './condition.ts';
import { LIMITS } from './limits.ts';
import { codePoints, domainOf } from './text-tests.ts';

export type ItemTest = (
  event: Judged['event'],
  facts: Judged['facts'],
  pii: Judged['pii'],
  item: unknown,
) => boolean;

/** Cut corners since the policy set was made; for a metric. */
export type Counters = {
  /** Lists of which only the first LIMITS.listItems elements were looked at. */
  truncated: number;
  /** Bodies that json() left alone because they were too long. */
  unparsed: number;
};

export class Runtime {
  readonly counters: Counters = { truncated: 0, unparsed: 0 };
  private readonly texts: string[] = [];
  private readonly parsed: unknown[] = [];

  /** The object or list that the text is JSON of. `slot` remembers the last text of its place. */
  json(slot: number, text: unknown): unknown {
    if (typeof text !== 'string') return undefined;
    if (this.texts[slot] === text) return this.parsed[slot];
    const value = this.parse(text);
    this.texts[slot] = text;
    this.parsed[slot] = value;
    return value;
  }

  /** inside(json(text), keys), without parsing a text that cannot hold the first key (`quoted`). */
  jsonAt(slot: number, text: unknown, keys: readonly (string | number)[], quoted: string): unknown {
    if (typeof text !== 'string') return undefined;
    const isKnown = this.texts[slot] === text;
    // A key of plain characters stands in the text as it is, or escaped as \u….
    if (!isKnown && !text.includes(quoted) && !text.includes('\\u')) return undefined;
    return this.inside(this.json(slot, text), keys);
  }

  private parse(text: string): unknown {
    // Most bodies are prose; an exception per prompt would cost more than all rules together.
    if (!/^\s*[{[]/.test(text)) return undefined;
    if (text.length > LIMITS.jsonChars) {
      this.counters.unparsed++;
      return undefined;
    }
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  }

  /** Own keys and positions only, so that "constructor" or "__proto__" reach nothing. */
  inside(value: unknown, keys: readonly (string | number)[]): unknown {
    let at = value;
    for (const key of keys) {
      if (typeof at !== 'object' || at === null) return undefined;
      const isPosition = typeof key === 'number';
      if (Array.isArray(at) !== isPosition || !Object.hasOwn(at, key)) return undefined;
      at = (at as Record<string | number, unknown>)[key];
    }
    return at;
  }

  size(value: unknown): number | undefined {
    if (typeof value === 'string') return codePoints(value);
    if (Array.isArray(value)) return value.length;
    return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
  }

  /** As json(), a slot remembers: rules ask several things of one host. */
  domain(slot: number, text: unknown): string | undefined {
    if (typeof text !== 'string') return undefined;
    if (this.texts[slot] === text) return this.parsed[slot] as string | undefined;
    const host = domainOf(text);
    this.texts[slot] = text;
    this.parsed[slot] = host;
    return host;
  }

  /** Is the value an element of the list, or a key of the map? */
  within(container: unknown, value: unknown): boolean | undefined {
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(container)) {
      const end = this.end(container);
      for (let i = 0; i < end; i++) if (container[i] === value) return true;
      return end < container.length ? undefined : false;
    }
    if (typeof container !== 'object' || container === null) return undefined;
    return typeof value === 'string' ? Object.hasOwn(container, value) : undefined;
  }

  intersects(list: unknown, set: ReadonlySet<Scalar>): boolean | undefined {
    if (!Array.isArray(list)) return undefined;
    const end = this.end(list);
    for (let i = 0; i < end; i++) if (set.has(list[i] as Scalar)) return true;
    return end < list.length ? undefined : false;
  }

  /** Known to be different. Two lists or objects are not compared: unknown, hence false. */
  differ(left: unknown, right: unknown): boolean {
    if (left === undefined || left === null || right === undefined || right === null) return false;
    if (typeof left === 'object' && typeof right === 'object') return false;
    return left !== right;
  }

  /** The test holds for one of the elements looked at. */
  some(
    list: unknown,
    test: ItemTest,
    event: Judged['event'],
    facts: Judged['facts'],
    pii: Judged['pii'],
  ): boolean {
    if (!Array.isArray(list)) return false;
    const end = this.end(list);
    for (let i = 0; i < end; i++) if (test(event, facts, pii, list[i])) return true;
    return false;
  }

  /** The test holds for all elements, and all were looked at. */
  every(
    list: unknown,
    test: ItemTest,
    event: Judged['event'],
    facts: Judged['facts'],
    pii: Judged['pii'],
  ): boolean {
    if (!Array.isArray(list)) return false;
    const end = this.end(list);
    for (let i = 0; i < end; i++) if (!test(event, facts, pii, list[i])) return false;
    return end === list.length;
  }

  private end(list: readonly unknown[]): number {
    if (list.length <= LIMITS.listItems) return list.length;
    this.counters.truncated++;
    return LIMITS.listItems;
  }
}

/** The first key as it stands in JSON text, where it can stand in one plain way only. */
export function quotedKey(keys: readonly (string | number)[]): string | undefined {
  const [first] = keys;
  return typeof first === 'string' && /^[A-Za-z0-9_-]+$/.test(first) ? `"${first}"` : undefined;
}

/** Adds a rule's number to the matches of an event; most events have none and allocate nothing. */
export function add(matches: number[] | null, rule: number): number[] {
  if (matches === null) return [rule];
  matches.push(rule);
  return matches;
}
