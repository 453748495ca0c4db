// What one event is scrubbed with: its tenant's keys, the values declared in its fields, and the
// count of what was found. One Work is made per compiled privacy step and opened anew for every
// event, so nothing is allocated for an event that holds nothing personal.
// Example: work.open(keys, tenantId); …steps…; work.facts()
import type { PiiFacts } from '@agentspine/event/facts';
import type { TokenFor } from './detect.ts';
import type { Declared } from './record-memo.ts';
import { TENANT_DOMAIN, type PseudonymKeys, type Tokenizer } from './token.ts';

const NOTHING: readonly string[] = Object.freeze([]);
const NO_FACTS: PiiFacts = Object.freeze({
  counts: Object.freeze({}),
  labels: NOTHING,
  input: NOTHING,
  output: NOTHING,
});

/**
 * A declared value, its token, and whether it is to be looked for in the free text of the same
 * event.
 */
export type Known = {
  readonly text: string;
  readonly type: string;
  readonly token: string;
  readonly search: boolean;
};

/** Shorter declared values (user, 42, bob) are found in too much text that is not about them. */
const SHORTEST_KNOWN = 5;

export class Work {
  readonly #tokenizer: Tokenizer;
  #keys: PseudonymKeys | null = null;
  #tenantId = '';
  #counts: Map<string, number> | null = null;
  /** Types found since the caller last set it to null: those of input, of output. */
  found: Set<string> | null = null;
  readonly known: Known[] = [];
  /** How many values were counted in all, so that one can tell whether a step counted any. */
  counted = 0;
  /** The record whose declared values were noted first, and what is remembered of it. */
  source: Declared | null = null;
  sourceRecord: object | null = null;
  readonly tokenFor: TokenFor;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.tokenFor = (type, raw) => {
      this.count(type);
      return this.token(type, raw);
    };
  }

  open(keys: PseudonymKeys, tenantId: string): void {
    this.#keys = keys;
    this.#tenantId = tenantId;
    this.#counts = null;
    this.found = null;
    this.source = null;
    if (this.known.length > 0) this.known.length = 0;
  }

  get keys(): PseudonymKeys {
    if (this.#keys === null) throw new TypeError('open the work first');
    return this.#keys;
  }

  /** The key of the tenant's tokens. Throws when there is none. */
  get key(): object {
    return this.keys.keyFor(this.#tenantId, TENANT_DOMAIN);
  }

  get tenantId(): string {
    return this.#tenantId;
  }

  token(type: string, raw: string): string {
    return this.#tokenizer.token(this.keys, this.#tenantId, type, raw);
  }

  count(type: string): void {
    this.counted++;
    this.#counts ??= new Map();
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    (this.found ??= new Set()).add(type);
  }

  /**
   * Remembers a declared value for the rest of the event; what the detector finds anyway is not
   * searched for.
   */
  declare(text: string, type: string, token: string, search: boolean): void {
    this.known.push({ text, type, token, search: search && text.length >= SHORTEST_KNOWN });
  }

  /** Notes what a record declared, as it was found out before. */
  repeat(record: object, declared: Declared): void {
    if (this.known.length === 0) {
      this.source = declared;
      this.sourceRecord = record;
    }
    for (const known of declared.known) this.known.push(known);
  }

  /** True when a declared value stands in the text, as a word or not. */
  mayHoldKnown(text: string): boolean {
    for (const known of this.known) if (known.search && text.includes(known.text)) return true;
    return false;
  }

  /** The token of a value declared in this event, '' when it is none. */
  declaredToken(text: string): string {
    for (const known of this.known) if (known.text === text) return known.token;
    return '';
  }

  /** The text with every declared value that stands in it as a word replaced by its token. */
  replaceKnown(text: string): string {
    let out = text;
    for (let k = 0; k < this.known.length; k++) {
      const known = this.known[k]!;
      if (known.search && out.length >= known.text.length) out = this.#replaceOne(out, known);
    }
    return out;
  }

  #replaceOne(text: string, { text: value, type, token }: Known): string {
    let at = text.indexOf(value);
    if (at < 0) return text;
    let out = '';
    let done = 0;
    for (; at >= 0; at = text.indexOf(value, at + value.length)) {
      if (isWordUnit(text, at - 1) || isWordUnit(text, at + value.length)) continue;
      out += text.slice(done, at) + token;
      done = at + value.length;
      this.count(type);
    }
    return out + text.slice(done);
  }

  facts(input: ReadonlySet<string> | null, output: ReadonlySet<string> | null): PiiFacts {
    if (this.#counts === null) return NO_FACTS;
    return {
      counts: Object.fromEntries(this.#counts),
      labels: [...this.#counts.keys()].toSorted(),
      input: input === null ? NOTHING : [...input].toSorted(),
      output: output === null ? NOTHING : [...output].toSorted(),
    };
  }
}

function isWordUnit(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  return (c > 47 && c < 58) || (c > 64 && c < 91) || (c > 96 && c < 123) || c === 95 || c >= 0xc0;
}
