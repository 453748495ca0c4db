// AnyValue and KeyValue of OTLP/JSON as plain values: 64-bit integers stay exact (a number where a
// double carries them, else bigint), bytes stay base64 text, "NaN" and "Infinity" stay text, arrays
// and maps become JSON values.
// Source: opentelemetry-proto common.proto. A plain object in place of KeyValue[] is read too: some
// emitters send it.
// Example: anyValue({ intValue: '9007199254740993' }, place) → 9007199254740993n
import { inside, isObject, refuse, wantObject, wantString } from './json-shape.ts';
import type { Place } from './json-shape.ts';

/** Attributes by key. A repeated key keeps its later values under key#<number>. */
export function keyValues(value: unknown, place: Place): Map<string, unknown> {
  if (value === undefined || value === null) return new Map();
  if (isObject(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value)) throw refuse(place, 'an array of { key, value }', value);
  const found = new Map<string, unknown>();
  for (const [index, pair] of value.entries()) {
    const at = inside(place, index);
    const entry = wantObject(pair, at);
    const key = wantString(entry['key'], inside(at, 'key'));
    found.set(freeKey(found, key), anyValue(entry['value'], inside(at, 'value')));
  }
  return found;
}

export function anyValue(value: unknown, place: Place): unknown {
  if (!isObject(value)) return value ?? null;
  const [kind, inner] = Object.entries(value)[0] ?? [];
  switch (kind) {
    case 'intValue':
      return exactInteger(inner);
    case 'arrayValue':
      return valuesOf(inner).map((one, index) => anyValue(one, inside(place, index)));
    case 'kvlistValue':
      return Object.fromEntries(keyValues(valuesOf(inner), place));
    case undefined:
      return null;
    case 'stringValue':
    case 'boolValue':
    case 'doubleValue':
    case 'bytesValue':
      return inner;
    default:
      return value;
  }
}

function valuesOf(list: unknown): readonly unknown[] {
  return isObject(list) && Array.isArray(list['values']) ? list['values'] : [];
}

function exactInteger(value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return value;
  const integer = BigInt(value);
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

function freeKey(taken: ReadonlyMap<string, unknown>, key: string): string {
  if (!taken.has(key)) return key;
  for (let n = taken.size + 1; ; n += 1) if (!taken.has(`${key}#${n}`)) return `${key}#${n}`;
}
