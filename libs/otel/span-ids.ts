// Ids and times of spans as files spell them: ids as hex text, as 0x… text or as decimal integers
// of any size; times as nanoseconds since 1970 in an integer or its text (OpenTelemetry trace
// proto, W3C Trace Context). Out comes lower-case hex of the right length and exact bigint
// nanoseconds; anything else is refused with its place.
// Example: readSpanId(17348474965005769013n, place) → 'f0c2…' (16 digits, zero-padded)
import { refuse } from './json-shape.ts';
import type { Place } from './json-shape.ts';

export function readTraceId(value: unknown, place: Place): string {
  return readId(value, 32, place);
}

export function readSpanId(value: unknown, place: Place): string {
  return readId(value, 16, place);
}

/** A parent id; null for a root, which files spell as nothing, null, '' or all zeros. */
export function readParentId(value: unknown, place: Place): string | null {
  if (value === undefined || value === null || value === '' || value === 0) return null;
  if (typeof value === 'string' && /^(0x)?0+$/.test(value)) return null;
  return readSpanId(value, place);
}

export function readNanos(value: unknown, place: Place): bigint {
  const nanos = integerOf(value);
  if (nanos === null || nanos < 0n) throw refuse(place, 'nanoseconds since 1970', value);
  return nanos;
}

/** Nanoseconds of an end; null for a span that never ended (absent, null or 0). */
export function readEndNanos(value: unknown, place: Place): bigint | null {
  if (value === undefined || value === null) return null;
  const nanos = readNanos(value, place);
  return nanos === 0n ? null : nanos;
}

function readId(value: unknown, digits: number, place: Place): string {
  const wanted = `an id of ${digits} hex digits, not all zero, or its integer`;
  const hex = hexOf(value, digits);
  if (hex === null || hex.length !== digits || /^0+$/.test(hex)) throw refuse(place, wanted, value);
  return hex;
}

function hexOf(value: unknown, digits: number): string | null {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    const integer = BigInt(value as bigint | number);
    return integer < 0n ? null : integer.toString(16).padStart(digits, '0');
  }
  if (typeof value !== 'string') return null;
  const hex = value.replace(/^0x/, '').toLowerCase();
  if (!/^[\da-f]+$/.test(hex)) return null;
  return value.startsWith('0x') ? hex.padStart(digits, '0') : hex;
}

function integerOf(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  return typeof value === 'string' && /^\d{1,39}$/.test(value) ? BigInt(value) : null;
}
