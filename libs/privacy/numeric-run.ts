// A run of digit groups: "415-555-2671", "4111 1111 1111 1111", "10.0.0.1". Read once at its first
// digit; phone, card, SSN and IPv4 then look at the groups. Dates, UUIDs and decimals are told
// apart here, because nothing in text of agents looks more like a phone than a timestamp does.
// Guarantee: a run ends after MAX_GROUPS groups or MAX_RUN bytes, so that reading it costs a
// bounded number of steps.
// Example: readRun(scan, at); RUN.groups === 3; RUN.start[1] is where the second group starts
import { isDigit, isHex, isWord, type Scan } from './scan.ts';

export const MAX_GROUPS = 8;
const MAX_RUN = 56;

/** What stands between two groups, whatever bytes it is written with. */
export const NONE = 0;
export const SPACE = 1;
export const DASH = 2;
export const DOT = 3;
export const SLASH = 4;
export const PAREN = 5;

/** The run read last: one per process, because a pass is synchronous. */
export const RUN = {
  groups: 0,
  digits: 0,
  end: 0,
  start: new Int32Array(MAX_GROUPS + 1),
  length: new Int32Array(MAX_GROUPS + 1),
  /** separator[k] stands after group k. */
  separator: new Uint8Array(MAX_GROUPS + 1),
};

/** Reads the groups from the digit at `at`. */
export function readRun(scan: Scan, at: number): void {
  const b = scan.b;
  const stop = Math.min(scan.to, at + MAX_RUN);
  let i = at;
  let groups = 0;
  let digits = 0;
  for (;;) {
    const start = i;
    while (i < stop && isDigit(b[i]!)) i++;
    RUN.start[groups] = start;
    RUN.length[groups] = i - start;
    digits += i - start;
    RUN.end = i;
    groups++;
    if (groups === MAX_GROUPS) break;
    const next = afterSeparator(b, i, groups - 1);
    if (next === 0 || next >= stop || !isDigit(b[next]!)) break;
    i = next;
  }
  RUN.separator[groups - 1] = NONE;
  RUN.groups = groups;
  RUN.digits = digits;
}

/** Position after one separator at `i`, 0 where there is none; notes its kind for group k. */
function afterSeparator(b: Uint8Array, i: number, k: number): number {
  switch (b[i]) {
    case 32:
      RUN.separator[k] = SPACE;
      // "(0)" and "(415)" open after a space
      if (b[i + 1] === 40) return openParen(i + 1, k);
      if (b[i + 1] === 45 && b[i + 2] === 32) return kind(i + 3, k, DASH);
      return i + 1;
    case 45:
      return kind(b[i + 1] === 32 ? i + 2 : i + 1, k, DASH);
    case 46:
      return kind(b[i + 1] === 32 ? 0 : i + 1, k, DOT);
    case 47:
      return kind(b[i + 1] === 32 ? i + 2 : i + 1, k, SLASH);
    case 40:
      return openParen(i, k);
    case 41: {
      const next = b[i + 1];
      return kind(
        next === 32 || next === 45 || next === 47 || next === 46 ? i + 2 : i + 1,
        k,
        PAREN,
      );
    }
    case 0xc2: // no-break space
      return b[i + 1] === 0xa0 ? kind(i + 2, k, SPACE) : 0;
    case 0xe2:
      return wideSeparator(b, i, k);
    default:
      return 0;
  }
}

/** Thin and narrow spaces, and the hyphens and dashes of U+2010 to U+2015. */
function wideSeparator(b: Uint8Array, i: number, k: number): number {
  const last = b[i + 2]!;
  if (b[i + 1] !== 0x80) return 0;
  if (last >= 0x80 && last <= 0x8a) return kind(i + 3, k, SPACE);
  if (last >= 0x90 && last <= 0x95) return kind(i + 3, k, DASH);
  return last === 0xaf ? kind(i + 3, k, SPACE) : 0;
}

function openParen(at: number, k: number): number {
  return kind(at + 1, k, PAREN);
}

function kind(next: number, k: number, separator: number): number {
  RUN.separator[k] = separator;
  return next;
}

/**
 * End of a date that starts the run (2026-11-22, 22.11.2026, 11/22/2026), 0 where there is none.
 */
export function dateEnd(b: Uint8Array): number {
  if (RUN.groups < 3) return 0;
  const separator = RUN.separator[0]!;
  if (separator !== RUN.separator[1] || separator === PAREN || separator === SPACE) return 0;
  const [first, second, third] = [RUN.length[0]!, RUN.length[1]!, RUN.length[2]!];
  if (second > 2) return 0;
  const last = RUN.start[2]!;
  if (first === 4 && third <= 2) {
    const year = number(b, RUN.start[0]!, 4);
    return year > 999 && year < 3000 && isDayMonth(b, 1, 2) ? last + third : 0;
  }
  if (first > 2 || third !== 4) return 0;
  const year = number(b, last, 4);
  if (year < 1000 || year > 2999) return 0;
  return isDayMonth(b, 0, 1) || isDayMonth(b, 1, 0) ? last + 4 : 0;
}

/**
 * End of an ISO 8601 date at `at`, with its time where one follows (2026-11-22T10:11:12.123Z), else
 * 0.
 */
export function timestampEnd(b: Uint8Array, at: number): number {
  if (b[at + 7] !== 45 || !isTwoDigits(b, at + 5) || !isTwoDigits(b, at + 8)) return 0;
  const month = number(b, at + 5, 2);
  const day = number(b, at + 8, 2);
  const century = number(b, at, 2);
  if (month === 0 || month > 12 || day === 0 || day > 31 || century < 10 || century > 29) return 0;
  let i = at + 10;
  if (isDigit(b[i]!)) return 0;
  if (b[i] !== 84 && b[i] !== 32) return i;
  if (!isTwoDigits(b, i + 1) || b[i + 3] !== 58 || !isTwoDigits(b, i + 4)) return i;
  i += 6;
  if (b[i] === 58 && isTwoDigits(b, i + 1)) i += 3;
  if ((b[i] === 46 || b[i] === 44) && isDigit(b[i + 1]!)) {
    i++;
    const fraction = i;
    while (i < fraction + 9 && isDigit(b[i]!)) i++;
  }
  return i;
}

function isTwoDigits(b: Uint8Array, at: number): boolean {
  return isDigit(b[at]!) && isDigit(b[at + 1]!);
}

function isDayMonth(b: Uint8Array, month: number, day: number): boolean {
  const m = number(b, RUN.start[month]!, RUN.length[month]!);
  const d = number(b, RUN.start[day]!, RUN.length[day]!);
  return m > 0 && m < 13 && d > 0 && d < 32;
}

/** True for the eight digits of a compact date such as 20261122. */
export function isCompactDate(b: Uint8Array, at: number): boolean {
  const century = number(b, at, 2);
  const month = number(b, at + 4, 2);
  const day = number(b, at + 6, 2);
  return (century === 19 || century === 20) && month > 0 && month < 13 && day > 0 && day < 32;
}

/** The number written by the digits at `at`. */
export function number(b: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 10 + b[i]! - 48;
  return value;
}

/** End of the UUID that the digit group at `at` belongs to, 0 when it belongs to none. */
export function uuidEnd(scan: Scan, at: number): number {
  const b = scan.b;
  if (b[at + 8] === 45 && isUuid(b, at)) return at + 36;
  if (b[at - 1] !== 45) return 0;
  for (const offset of [24, 19, 14, 9]) {
    const start = at - offset;
    if (start >= scan.from && b[start + 8] === 45 && isUuid(b, start)) return start + 36;
  }
  return 0;
}

function isUuid(b: Uint8Array, start: number): boolean {
  for (let i = 0; i < 36; i++) {
    const dash = i === 8 || i === 13 || i === 18 || i === 23;
    if (dash ? b[start + i] !== 45 : !isHex(b[start + i]!)) return false;
  }
  return !isWord(b[start + 36]!);
}
