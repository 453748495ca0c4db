// The one pass: over the bytes of a range, stopping only where a type may be (256-entry table),
// asking the rows of that byte, and going on behind what was taken. Our own tokens are recognised
// and skipped.
// Guarantee: linear time. A trigger costs a bounded number of steps, or consumes what it read
// (pass.test.ts counts).
// Example: const scan = openScan(0, text); scanRange(scan); scan.spans
import { RUN, dateEnd, readRun, timestampEnd, uuidEnd } from './numeric-run.ts';
import { isDigit, isHex, isWord, take, touchesWord, type Scan } from './scan.ts';
import { tokenEnd } from './token-shape.ts';
import { ROWS } from './types/catalogue.ts';
import type { Trigger, TypeRow } from './types/row.ts';

const NUMBER_ROWS = ROWS.filter((row) => row.trigger.at === 'number');
const WORD_ROWS = ROWS.filter((row) => row.trigger.at === 'word_digit');
const EMAIL = ROWS.find((row) => row.type === 'email')!;
const AT_SIGN = 64;
const UNDERSCORE = 95;

/** Byte → 0 to go on, 1 for a digit, else the class of a trigger. */
const CLASS = new Uint8Array(256);
const MAX_CLASSES = 32;
const ROWS_OF_CLASS: TypeRow[][] = [[], []];
/**
 * class × 256 + neighbour → bits of the rows of the class that the byte before, or after, allows.
 */
const ALLOWED_BEFORE = new Uint16Array(MAX_CLASSES * 256);
const ALLOWED_BEFORE2 = new Uint16Array(MAX_CLASSES * 256);
const ALLOWED_AFTER = new Uint16Array(MAX_CLASSES * 256);

for (let c = 48; c < 58; c++) CLASS[c] = 1;
for (const row of ROWS) {
  if (row.trigger.at !== 'bytes') continue;
  for (const ch of new Set(row.trigger.bytes)) {
    const c = ch.charCodeAt(0);
    if (CLASS[c] === 0) CLASS[c] = ROWS_OF_CLASS.push([]) - 1;
    const rows = ROWS_OF_CLASS[CLASS[c]!]!;
    allow(c, row.trigger, 1 << rows.length);
    rows.push(row);
  }
}
/** Our own tokens are asked for first, at the underscore of pii_. */
const TOKEN_BIT = 1 << 15;
allow(UNDERSCORE, { at: 'bytes', bytes: '_', before: 'i', before2: 'i' }, TOKEN_BIT);

function allow(c: number, trigger: Trigger & { readonly at: 'bytes' }, bit: number): void {
  const base = CLASS[c]! * 256;
  for (let other = 0; other < 256; other++) {
    const ch = String.fromCharCode(other);
    if (trigger.before?.includes(ch) ?? true) ALLOWED_BEFORE[base + other]! |= bit;
    if (trigger.before2?.includes(ch) ?? true) ALLOWED_BEFORE2[base + other]! |= bit;
    if (trigger.after?.includes(ch) ?? true) ALLOWED_AFTER[base + other]! |= bit;
  }
}

/**
 * Finds what lies in [scan.from, scan.to) and notes it in scan.spans, in order and without overlap.
 */
export function scanRange(scan: Scan): void {
  const { b, to } = scan;
  let i = scan.from;
  for (;;) {
    // four at a time: PAD bytes behind the text may be read
    while (
      i < to &&
      (CLASS[b[i]!]! | CLASS[b[i + 1]!]! | CLASS[b[i + 2]!]! | CLASS[b[i + 3]!]!) === 0
    ) {
      i += 4;
    }
    let k = 0;
    while (i < to && (k = CLASS[b[i]!]!) === 0) i++;
    if (i >= to) return;
    if (k === 1) {
      i = visitDigit(scan, i);
      continue;
    }
    const base = k << 8;
    const rows =
      ALLOWED_BEFORE[base + b[i - 1]!]! &
      ALLOWED_BEFORE2[base + b[i - 2]!]! &
      ALLOWED_AFTER[base + b[i + 1]!]!;
    i = rows === 0 ? i + 1 : visitByte(scan, i, ROWS_OF_CLASS[k]!, rows);
  }
}

function visitByte(scan: Scan, at: number, rows: readonly TypeRow[], allowed: number): number {
  if ((allowed & TOKEN_BIT) !== 0) {
    const end = at - 3 >= scan.floor ? tokenEnd(scan.b, at - 3, scan.to) : 0;
    if (end > 0) {
      scan.floor = end;
      return end;
    }
  }
  for (let k = 0; k < rows.length; k++) {
    if ((allowed & (1 << k)) === 0) continue;
    const row = rows[k]!;
    if (!row.find(scan, at)) continue;
    return row.type === 'secret_assignment' ? takeSecret(scan, row) : take(scan, row.type);
  }
  return at + 1;
}

/** A secret by its key, unless the whole value has a type of its own (a JWT, a GitHub token). */
export function takeSecret(scan: Scan, row: { readonly type: TypeRow['type'] }): number {
  const { start, end, as, from, to } = scan;
  const found = scan.spans.length;
  scan.inValue = true;
  scan.as = '';
  scan.from = start;
  scan.to = end;
  scanRange(scan);
  scan.inValue = false;
  scan.from = from;
  scan.to = to;
  const only = scan.spans[found];
  if (only !== undefined && only.start === start && only.end === end) return end;
  scan.spans.length = found;
  scan.start = start;
  scan.end = end;
  scan.as = as;
  return take(scan, row.type);
}

function visitDigit(scan: Scan, at: number): number {
  const b = scan.b;
  if (touchesWord(b, at) && at > scan.from) return visitWord(scan, at);
  // %3A: two digits of an escape
  if (b[at - 1] === 37 && isHex(b[at + 1]!)) return at + 2;
  let end = at + 1;
  while (end < scan.to && isDigit(b[end]!)) end++;
  if (isWord(b[end]!) && end < scan.to && b[end] !== 120) return wordEnd(scan, end);
  if (end - at > 19) return end;
  if (end - at < 7 && !mayGoOn(b[end]!, b[end + 1]!)) return end;
  if (end - at === 4 && b[end] === 45) {
    const time = timestampEnd(b, at);
    if (time > 0) return time;
  }
  readRun(scan, at);
  if (RUN.digits < 7 && RUN.groups < 4) return RUN.end;
  const skipped = dateEnd(b) || ((b[at + 8] === 45 || b[at - 1] === 45) && uuidEnd(scan, at));
  if (skipped) return skipped;
  for (let k = 0; k < NUMBER_ROWS.length; k++) {
    const row = NUMBER_ROWS[k]!;
    if (row.find(scan, at)) return takeNumber(scan, row);
  }
  return end;
}

/** A number, unless it is the local part of an address (4155552671@sms.example.com). */
function takeNumber(scan: Scan, row: TypeRow): number {
  const { start, end } = scan;
  if (scan.b[end] === AT_SIGN && EMAIL.find(scan, end) && scan.start <= start) {
    return take(scan, 'email');
  }
  scan.start = start;
  scan.end = end;
  return take(scan, row.type);
}

/** The first digit inside a word: an IBAN or nothing; the rest of the word is passed over. */
function visitWord(scan: Scan, at: number): number {
  // all rows so far start with two letters and two digits
  if (isDigit(scan.b[at + 1]!) && !touchesWord(scan.b, at - 2)) {
    for (let k = 0; k < WORD_ROWS.length; k++) {
      const row = WORD_ROWS[k]!;
      if (row.find(scan, at)) return take(scan, row.type);
    }
  }
  return wordEnd(scan, at);
}

function wordEnd(scan: Scan, at: number): number {
  let i = at;
  while (i < scan.to && isWord(scan.b[i]!)) i++;
  return i;
}

/** A separator that another group may follow: space - . / ( ) or the first byte of a wide one. */
function mayGoOn(c: number, next: number): boolean {
  if (c === 32 || (c >= 45 && c <= 47))
    return isDigit(next) || next === 40 || next === 45 || next === 32;
  return c === 40 || c === 41 || c === 0xc2 || c === 0xe2;
}
