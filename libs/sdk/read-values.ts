// Reads the values an agent passed in, so that a wrong one costs its field and not the event: a
// confidence of 1.7, a NaN, a number where text belongs becomes null, is counted, and is named once
// through onProblem. The contract's ranges are those of schemas/agent-event.avsc. Nothing here
// throws, hostile getters aside; the recorder catches those.
// Example: const read = new Reader(onRepair); read.ratio(1.7, 'decision.confidence') → null
import { cleanText, cutToBytes, textOf } from './content.ts';

const MAX_TEXT_BYTES = 8192;
const MAX_ENTRIES = 128;

const FOUND: Readonly<Record<string, string>> = {
  number: 'a number out of range',
  string: 'a text of another form',
};
const NO_TEXTS: Readonly<Record<string, string>> = Object.freeze({});
const NO_NUMBERS: Readonly<Record<string, number>> = Object.freeze({});

/** Hears the field and what was found there; never the value. */
type OnRepair = (field: string, found: string) => void;

export class Reader {
  readonly #onRepair: OnRepair;

  constructor(onRepair: OnRepair) {
    this.#onRepair = onRepair;
  }

  text(value: unknown, field: string): string | null {
    if (isAbsent(value)) return null;
    return typeof value === 'string' ? this.#bounded(value, field) : this.#refuse(value, field);
  }

  /** Text of a form, as ids must have. */
  form(value: unknown, form: RegExp, field: string): string | null {
    const text = this.text(value, field);
    return text === null || form.test(text) ? text : this.#refuse(value, field);
  }

  number(value: unknown, field: string): number | null {
    if (isAbsent(value)) return null;
    return Number.isFinite(value) ? (value as number) : this.#refuse(value, field);
  }

  /** An integer from 0. */
  count(value: unknown, field: string): number | null {
    if (isAbsent(value)) return null;
    const isCount = Number.isSafeInteger(value) && (value as number) >= 0;
    return isCount ? (value as number) : this.#refuse(value, field);
  }

  /** An integer that Avro's long and JSON both hold. */
  integer(value: unknown, field: string): number | null {
    if (isAbsent(value)) return null;
    return Number.isSafeInteger(value) ? (value as number) : this.#refuse(value, field);
  }

  /** A number from 0 to 1. */
  ratio(value: unknown, field: string): number | null {
    const number = this.number(value, field);
    return number === null || (number >= 0 && number <= 1) ? number : this.#refuse(value, field);
  }

  flag(value: unknown, field: string): boolean | null {
    if (isAbsent(value)) return null;
    return typeof value === 'boolean' ? value : this.#refuse(value, field);
  }

  oneOf<const T extends string>(value: unknown, allowed: readonly T[], field: string): T | null {
    if (isAbsent(value)) return null;
    return allowed.find((symbol) => symbol === value) ?? this.#refuse(value, field);
  }

  list(value: unknown, field: string): readonly unknown[] {
    if (isAbsent(value)) return [];
    if (!Array.isArray(value)) return this.#refuse(value, field) ?? [];
    if (value.length <= MAX_ENTRIES) return value;
    this.#onRepair(field, `a list of more than ${MAX_ENTRIES} entries`);
    return value.slice(0, MAX_ENTRIES);
  }

  texts(value: unknown, field: string): readonly string[] {
    return this.list(value, field).flatMap((entry) => this.text(entry, field) ?? []);
  }

  /** A map of texts; values that are not text become JSON text. */
  textMap(value: unknown, field: string): Readonly<Record<string, string>> {
    const entries = this.#entries(value, field);
    if (entries.length === 0) return NO_TEXTS;
    return Object.fromEntries(
      entries.map(([key, entry]) => [
        this.#bounded(key, field),
        this.#bounded(textOf(entry), field),
      ]),
    );
  }

  numberMap(value: unknown, field: string): Readonly<Record<string, number>> {
    const entries = this.#entries(value, field);
    if (entries.length === 0) return NO_NUMBERS;
    return Object.fromEntries(
      entries.flatMap(([key, entry]) => {
        const number = this.number(entry, field);
        return number === null ? [] : [[this.#bounded(key, field), number]];
      }),
    );
  }

  /** The fields of an argument; an empty object where it is none. */
  fields<T extends object>(value: T | undefined | null, field: string): Partial<T> {
    if (isAbsent(value)) return {};
    return typeof value === 'object' ? value : (this.#refuse(value, field) ?? {});
  }

  /** Counts a value that threw when it was read. */
  unreadable(field: string): void {
    this.#onRepair(field, 'a value that throws when it is read');
  }

  #refuse(value: unknown, field: string): null {
    this.#onRepair(field, FOUND[typeof value] ?? `a ${typeof value}`);
    return null;
  }

  #bounded(text: string, field: string): string {
    const kept = cutToBytes(cleanText(text), MAX_TEXT_BYTES);
    if (kept.length < text.length) {
      this.#onRepair(field, `a text of more than ${MAX_TEXT_BYTES} bytes`);
    }
    return kept;
  }

  #entries(value: unknown, field: string): readonly (readonly [string, unknown])[] {
    if (isAbsent(value)) return [];
    if (typeof value !== 'object' || value === null) return this.#refuse(value, field) ?? [];
    const entries = Object.entries(value).filter((entry) => entry[1] !== undefined);
    if (entries.length > MAX_ENTRIES) this.#onRepair(field, `more than ${MAX_ENTRIES} entries`);
    return entries.slice(0, MAX_ENTRIES);
  }
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
