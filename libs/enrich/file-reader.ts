// Reads the fields of a parsed YAML file and refuses what is wrong with file:line, what was wanted
// and what was found. Both files of this room are read with it, so their errors sound alike.
// Example: new FileReader('SPINE_PRICES_FILE', locate).text(row, path, 'source')
import { SpineError } from '@agentspine/outcome/errors';
import type { SpineErrorCode } from '@agentspine/outcome/errors';

/** Keys of maps and indexes of lists, from the root down. */
export type Path = readonly (string | number)[];

/** Gives file:line of the value at a path, or of the nearest that is written. */
export type Locate = (path: Path) => string;

export type Fields = Readonly<Record<string, unknown>>;

export class FileReader {
  readonly #code: SpineErrorCode;
  readonly #locate: Locate;

  constructor(code: SpineErrorCode, locate: Locate) {
    this.#code = code;
    this.#locate = locate;
  }

  refuse(path: Path, wanted: string, value: unknown): SpineError {
    return new SpineError(this.#code, { where: this.#locate(path), wanted, found: shown(value) });
  }

  /** A map whose keys are all known. */
  fields(value: unknown, path: Path, known: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.refuse(path, `a map with ${known.join(', ')}`, value);
    }
    const stranger = Object.keys(value).find((key) => !known.includes(key));
    if (stranger !== undefined) {
      throw this.refuse([...path, stranger], `one of ${known.join(', ')}`, stranger);
    }
    return value as Fields;
  }

  list(value: unknown, path: Path, of: string): readonly unknown[] {
    if (!Array.isArray(value)) throw this.refuse(path, `a list of ${of}`, value);
    return value;
  }

  /** Text of the given form; `wanted` says the form to people. */
  text(from: Fields, path: Path, key: string, form = /\S/, wanted = 'text'): string {
    const value = from[key];
    if (typeof value !== 'string' || !form.test(value)) {
      throw this.refuse([...path, key], wanted, value);
    }
    return value;
  }

  optionalText(from: Fields, path: Path, key: string, form?: RegExp, wanted?: string): string {
    return from[key] === undefined ? '' : this.text(from, path, key, form, wanted);
  }

  choice<T extends string>(from: Fields, path: Path, key: string, of: readonly T[]): T | '' {
    const value = from[key];
    if (value === undefined) return '';
    const chosen = of.find((one) => one === value);
    if (chosen === undefined) throw this.refuse([...path, key], `one of ${of.join(', ')}`, value);
    return chosen;
  }

  /** A list of texts; empty where absent. */
  texts(from: Fields, path: Path, key: string): readonly string[] {
    const value = from[key];
    if (value === undefined) return Object.freeze([]);
    const items = this.list(value, [...path, key], 'texts');
    return Object.freeze(
      items.map((item, index) => {
        if (typeof item === 'string' && item !== '') return item;
        throw this.refuse([...path, key, index], 'text', item);
      }),
    );
  }
}

const SHOWN_MAX = 60;

/** A value of these files as an error shows it; they hold no secrets. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
