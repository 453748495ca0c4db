// Reads the fields of a parsed YAML file and collects what is wrong: file, line, wanted, found, the
// nearest name.
// Guarantees: goes on after a mistake, so that one reading names them all; raise() throws them as
// one SPINE_ALERT_FILE. What is returned after a mistake is a harmless stand-in.
// Example: const read = new FieldReader(source); const bound = read.number(map, path, 'bound', {
// min: 0 })
import { SpineError } from '@agentspine/outcome/errors';
import { readDuration } from './duration.ts';

/** Keys of maps and indexes of lists, from the root down. */
export type Path = readonly (string | number)[];
export type Fields = Readonly<Record<string, unknown>>;

/** A YAML file as it was parsed. */
export type Source = {
  readonly value: unknown;
  /** file:line of the value at a path, or of the nearest that is written. */
  readonly locate: (path: Path) => string;
  /** The known word closest to a wrong one. */
  readonly nearest: (wrong: string, known: readonly string[]) => string | undefined;
};

export type Mistake = { readonly where: string; readonly wanted: string; readonly found: string };

type NumberOptions = { readonly min?: number; readonly max?: number; readonly fallback?: number };

const LISTED = 20;
const SHOWN_MAX = 60;

export class FieldReader {
  readonly mistakes: Mistake[] = [];
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  where(path: Path): string {
    return this.#source.locate(path);
  }

  refuse(path: Path, wanted: string, found: unknown): void {
    this.mistakes.push({ where: this.where(path), wanted, found: shown(found) });
  }

  /** A map whose keys are all known; empty after a mistake. */
  fields(value: unknown, path: Path, known: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.refuse(path, `a map with ${known.join(', ')}`, value);
      return {};
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) this.refuse([...path, key], this.#oneOf(key, known), key);
    }
    return value as Fields;
  }

  /** A list; empty where absent or after a mistake. */
  list(from: Fields, path: Path, key: string, of: string): readonly unknown[] {
    const value = from[key];
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.refuse([...path, key], `a list of ${of}`, value);
    return [];
  }

  text(from: Fields, path: Path, key: string, fallback?: string, form = /\S/u): string {
    const value = from[key];
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'string' && value.length <= 2_000 && form.test(value)) return value;
    this.refuse([...path, key], form.source === '\\S' ? 'text' : `text like ${form.source}`, value);
    return '';
  }

  choice<T extends string>(
    from: Fields,
    path: Path,
    key: string,
    of: readonly T[],
    fallback?: T,
  ): T {
    const value = from[key];
    if (value === undefined && fallback !== undefined) return fallback;
    const chosen = of.find((one) => one === value);
    if (chosen !== undefined) return chosen;
    this.refuse([...path, key], this.#oneOf(value, of), value);
    return of[0] as T;
  }

  choices<T extends string>(
    from: Fields,
    path: Path,
    key: string,
    of: readonly T[],
    fallback: readonly T[],
  ): readonly T[] {
    if (from[key] === undefined) return fallback;
    return this.list(from, path, key, of.join(', ')).flatMap((item, at) => {
      const chosen = of.find((one) => one === item);
      if (chosen === undefined) this.refuse([...path, key, at], this.#oneOf(item, of), item);
      return chosen === undefined ? [] : [chosen];
    });
  }

  number(from: Fields, path: Path, key: string, options: NumberOptions): number {
    const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE, fallback } = options;
    const value = from[key];
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    const above = options.min === undefined ? '' : ` from ${min}`;
    const below = options.max === undefined ? '' : ` to ${max}`;
    this.refuse([...path, key], `a number${above}${below}`, value);
    return fallback ?? Math.max(min, 0);
  }

  duration(from: Fields, path: Path, key: string, fallback?: number): number {
    const value = from[key];
    if (value === undefined && fallback !== undefined) return fallback;
    const ms = readDuration(value);
    if (ms !== undefined) return ms;
    this.refuse([...path, key], 'a duration like 30s, 5m, 1h30m or 7d', value);
    return fallback ?? 60_000;
  }

  /** A map of texts; numbers and booleans count as text. */
  labels(value: unknown, path: Path, known?: readonly string[]): Readonly<Record<string, string>> {
    if (value === undefined) return {};
    const map = this.fields(value, path, known ?? Object.keys(value as object));
    return Object.fromEntries(
      Object.entries(map).map(([key, one]) => {
        const isText = ['string', 'number', 'boolean'].includes(typeof one);
        if (!isText) this.refuse([...path, key], 'text', one);
        return [key, isText ? String(one) : ''];
      }),
    );
  }

  #oneOf(value: unknown, known: readonly string[]): string {
    const near = typeof value === 'string' ? this.#source.nearest(value, known) : undefined;
    return `one of ${known.join(', ')}${near === undefined ? '' : `; nearest: ${near}`}`;
  }
}

/** Throws SPINE_ALERT_FILE when there is a mistake; the others are in its hint. */
export function raise(mistakes: readonly Mistake[]): void {
  const [first, ...rest] = mistakes;
  if (first === undefined) return;
  if (rest.length === 0) throw new SpineError('SPINE_ALERT_FILE', first);
  const lines = rest
    .slice(0, LISTED)
    .map((one) => `${one.where}: wanted ${one.wanted}, found ${one.found}`);
  const more = rest.length > LISTED ? [`and ${rest.length - LISTED} more`] : [];
  const hint = ['Mend the file at the place named. Also:', ...lines, ...more].join('\n  ');
  throw new SpineError('SPINE_ALERT_FILE', { ...first, hint });
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
