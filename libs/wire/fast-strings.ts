// Strings in and out of Avro bytes, faster than avsc's own and with one look at every byte on the
// way in.
// Guarantees: the same strings and the same bytes as UTF-8 (fast-strings.test.ts); NUL and bytes
// that are not UTF-8 are noted in text.isOdd. Short strings that were seen before come from a table
// instead of being made again: names of tools, models and agents are few, and making a string costs
// ten times comparing one (figures in docs/performance.md).
// Example: tapPrototype.readString = readString (guard-avsc.ts)
import { isUtf8 } from 'node:buffer';

type StringBuffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  utf8Write(value: string, start: number): number;
};
export type StringTap = {
  pos: number;
  buf: StringBuffer;
  readLong(): number;
  readString(): string;
  writeLong(value: number): void;
};

const SHORT_BYTES = 32;
const SEEN_SLOTS = 8192;
const LOOP_CHARS_MAX = 48;
/** Direct-mapped: a slot holds the last short string whose bytes hash to it. */
const seen: string[] = Array.from({ length: SEEN_SLOTS }, () => '');

/**
 * Set by every string read that holds NUL or bytes that are not UTF-8; the decoder resets it before
 * each record.
 */
export const text = { isOdd: false };

export function readString(this: StringTap): string {
  const length = this.readLong();
  const start = this.pos;
  const end = start + length;
  const { buf } = this;
  if (length < 0 || end > buf.length) {
    // As avsc does: past the end, so that the record is refused.
    this.pos = buf.length + 1;
    return '';
  }
  this.pos = end;
  if (length === 0) return '';
  return length <= SHORT_BYTES ? readShort(buf, start, end) : readLonger(buf, start, end);
}

function readShort(buf: StringBuffer, start: number, end: number): string {
  let high = 0;
  let hash = end - start;
  for (let at = start; at < end; at++) {
    const byte = buf[at] as number;
    high |= byte;
    if (byte === 0) text.isOdd = true;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (high >= 0x80) return readUtf8(buf, start, end);
  const slot = (hash ^ (hash >>> 13)) & (SEEN_SLOTS - 1);
  const candidate = seen[slot] as string;
  if (candidate.length === end - start && isSame(candidate, buf, start)) return candidate;
  return (seen[slot] = buf.latin1Slice(start, end));
}

function isSame(candidate: string, buf: StringBuffer, start: number): boolean {
  for (let index = 0; index < candidate.length; index++) {
    if (candidate.charCodeAt(index) !== buf[start + index]) return false;
  }
  return true;
}

function readLonger(buf: StringBuffer, start: number, end: number): string {
  let high = 0;
  for (let at = start; at < end; at++) {
    const byte = buf[at] as number;
    high |= byte;
    if (byte === 0) text.isOdd = true;
  }
  return high < 0x80 ? buf.latin1Slice(start, end) : readUtf8(buf, start, end);
}

function readUtf8(buf: StringBuffer, start: number, end: number): string {
  if (!isUtf8(buf.subarray(start, end))) text.isOdd = true;
  return buf.utf8Slice(start, end);
}

export function writeString(this: StringTap, value: string): void {
  const { length } = value;
  const { buf, pos } = this;
  if (length <= LOOP_CHARS_MAX && pos + 1 + length <= buf.length) {
    let at = pos + 1;
    let high = 0;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      high |= code;
      buf[at++] = code;
    }
    if (high < 0x80) {
      // Up to 63 the zig-zag varint of the length is one byte.
      buf[pos] = length * 2;
      this.pos = at;
      return;
    }
  }
  const bytes = Buffer.byteLength(value);
  this.writeLong(bytes);
  const start = this.pos;
  this.pos += bytes;
  // Past the end avsc only counts, so that the caller learns how much was missing.
  if (this.pos <= buf.length) buf.utf8Write(value, start);
}
