// The one pass: over the bytes of a range, stopping only where a type may be (256-entry table), asking the rows of
// that byte, and going on behind what was taken. Our own tokens are recognised and skipped.
// Guarantee: linear time. A trigger costs a bounded number of steps, or consumes what it read (pass.test.ts counts).
// Example: const scan = openScan(0, text); scanRange(scan); scan.spans
import { RUN, dateEnd, readRun, uuidEnd } from './numeric-run.ts';
import { isDigit, isHex, isWord, take, touchesWord, type Scan } from './scan.ts';
import { tokenEnd } from './token-shape.ts';
import { ROWS } from './types/catalogue.ts';
import type { TypeRow } from './types/row.ts';

const NUMBER_ROWS = ROWS.filter((row) => row.trigger.at === 'number');
const WORD_ROWS = ROWS.filter((row) => row.trigger.at === 'word_digit');
const EMAIL = ROWS.find((row) => row.type === 'email')!;
const AT_SIGN = 64;
const UNDERSCORE = 95;

/** Byte → 0 to go on, 1 for a digit, else index of its rows. */
const CLASS = new Uint8Array(256);
const ROWS_OF_CLASS: TypeRow[][] = [[], []];
for (let c = 48; c < 58; c++) CLASS[c] = 1;
for (const row of ROWS) {
  if (row.trigger.at !== 'bytes') continue;
  for (const ch of row.trigger.bytes) {
    const c = ch.charCodeAt(0);
    CLASS[c] ||= ROWS_OF_CLASS.push([]) - 1;
    ROWS_OF_CLASS[CLASS[c]!]!.push(row);
  }
}

/** Finds what lies in [scan.from, scan.to) and notes it in scan.spans, in order and without overlap. */
export function scanRange(scan: Scan): void {
  const { b, to } = scan;
  let i = scan.from;
  for (;;) {
    while (i < to && CLASS[b[i]!] === 0) i++;
    if (i >= to) return;
    const k = CLASS[b[i]!]!;
    i = k === 1 ? visitDigit(scan, i) : visitByte(scan, i, ROWS_OF_CLASS[k]!);
  }
}

function visitByte(scan: Scan, at: number, rows: readonly TypeRow[]): number {
  if (scan.b[at] === UNDERSCORE && scan.b[at - 1] === 105 && at - 3 >= scan.floor) {
    const end = tokenEnd(scan.b, at - 3, scan.to);
    if (end > 0) {
      scan.floor = end;
      return end;
    }
  }
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k]!;
    if (!row.find(scan, at)) continue;
    if (row.type === 'secret_assignment') return takeSecret(scan, row);
    return take(scan, row.type);
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
  if (end - at < 7 && !mayGoOn(b[end]!)) return end;
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
  for (let k = 0; k < WORD_ROWS.length; k++) {
    const row = WORD_ROWS[k]!;
    if (row.find(scan, at)) return take(scan, row.type);
  }
  return wordEnd(scan, at);
}

function wordEnd(scan: Scan, at: number): number {
  let i = at;
  while (i < scan.to && isWord(scan.b[i]!)) i++;
  return i;
}

/** Space - . / ( ) or a byte of a wide separator. */
function mayGoOn(c: number): boolean {
  return c === 32 || (c >= 45 && c <= 47) || c === 40 || c === 41 || c === 0xc2 || c === 0xe2;
}
