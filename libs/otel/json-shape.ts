// Reads parsed JSON by shape: what is not as wanted is refused with its place in the file (a
// JSONPath such as $[3].traj), what was wanted and what kind of value was there. Values themselves
// are never quoted.
// Example: wantArray(run['traj'], at) throws `SPINE_IMPORT_FORMAT runs.json $[3].traj: wanted an
// array, found null`
import { SpineError } from '@agentspine/outcome/errors';
import { exactJsonText } from './exact-json.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A place in a file: the file's name and the JSONPath of the value. */
export type Place = { readonly file: string; readonly path: string };

export function inside(place: Place, key: string | number): Place {
  if (typeof key === 'number') return { file: place.file, path: `${place.path}[${key}]` };
  const step = /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  return { file: place.file, path: place.path + step };
}

export function refuse(place: Place, wanted: string, value: unknown): SpineError {
  const where = `${place.file} ${place.path}`;
  return new SpineError('SPINE_IMPORT_FORMAT', { where, wanted, found: typeName(value) });
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function wantObject(value: unknown, place: Place): JsonObject {
  if (!isObject(value)) throw refuse(place, 'an object', value);
  return value;
}

export function wantArray(value: unknown, place: Place): readonly unknown[] {
  if (!Array.isArray(value)) throw refuse(place, 'an array', value);
  return value;
}

export function wantString(value: unknown, place: Place): string {
  if (typeof value !== 'string') throw refuse(place, 'a string', value);
  return value;
}

export function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'bigint' ? 'a number' : `a ${typeof value}`;
}

/** A value as the text an attribute holds: strings as they are, everything else as JSON text. */
export function attributeText(value: unknown): string {
  return typeof value === 'string' ? value : exactJsonText(value);
}

/** A record from entries; safe for any key, `__proto__` included. */
export function recordOf(entries: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries(entries);
}
