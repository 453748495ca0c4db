// JSON text is scanned leaf by leaf where it stands: strings and keys without their quotes, numbers
// that are long enough, each with the context of its key. Nothing is re-serialised, so numbers
// beyond 2^53, duplicate keys and white space stay as they were; a string with escapes is
// unescaped, scrubbed by itself and escaped again. Several values in a row (JSON lines) count as
// JSON. Text that is no JSON returns false and is scanned as text.
// Guarantee: one pass, no recursion; more than MAX_JSON_DEPTH levels throw PrivacyBoundError.
// Example: {"customer":{"ssn":"123456789"}} → the nine digits are a us_ssn because of their key.
import { SECRET, TOKEN, inheritContext, keyContextAt } from './context.ts';
import { scanRange, takeSecret } from './pass.ts';
import { PrivacyBoundError, isDigit, isSpace, type ByteSpan, type Scan } from './scan.ts';
import { findLeafSecret } from './types/assignment.ts';

export const MAX_JSON_DEPTH = 256;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;

const decoder = new TextDecoder();
const aboves = new Int32Array(MAX_JSON_DEPTH + 1);
const objects = new Uint8Array(MAX_JSON_DEPTH + 1);

/** True when the text was JSON and its leaves are scanned; false leaves no span behind. */
export function scanJson(scan: Scan): boolean {
  const { from, to, context } = scan;
  const isJson = walk(scan);
  scan.from = from;
  scan.to = to;
  scan.context = context;
  if (isJson) return true;
  scan.spans = [];
  scan.floor = from;
  return false;
}

function walk(scan: Scan): boolean {
  const { b, from, to } = scan;
  let depth = 0;
  let context = scan.context;
  let i = from;
  aboves[0] = scan.context;
  for (;;) {
    i = skipSpace(b, i, to);
    if (i >= to) return depth === 0;
    const c = b[i]!;
    // where a value is expected
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (++depth > MAX_JSON_DEPTH) throw new PrivacyBoundError('JSON of at most 256 levels');
      aboves[depth] = context;
      objects[depth] = c === OPEN_OBJECT ? 1 : 0;
      i = skipSpace(b, i + 1, to);
      if (b[i] !== CLOSE_OBJECT && b[i] !== CLOSE_ARRAY) {
        if (objects[depth] === 1) i = readMember(scan, i, to);
        if (i === 0) return false;
        context = inheritContext(memberContext, aboves[depth]!);
        if (objects[depth] === 0) context = aboves[depth]!;
        continue;
      }
    } else {
      i = scanValue(scan, i, to, context);
      if (i === 0) return false;
    }
    // behind a value: close what closes, then the next member or the end
    for (;;) {
      i = skipSpace(b, i, to);
      if (depth === 0) break;
      const next = b[i];
      if (next === (objects[depth] === 1 ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        depth--;
        i++;
        continue;
      }
      if (next !== 44 || i >= to) return false;
      i = skipSpace(b, i + 1, to);
      context = aboves[depth]!;
      if (objects[depth] === 1) {
        i = readMember(scan, i, to);
        if (i === 0) return false;
        context = inheritContext(memberContext, aboves[depth]!);
      }
      break;
    }
    if (depth === 0) context = aboves[0]!;
  }
}

/** Context of the key that readMember read last. */
let memberContext = 0;

/** Scans a key and its colon; position of the value, 0 when it is no member. */
function readMember(scan: Scan, at: number, to: number): number {
  if (scan.b[at] !== QUOTE) return 0;
  const end = stringEnd(scan.b, at + 1, to);
  if (end === 0) return 0;
  memberContext = keyContextAt(scan.b, at + 1, end);
  if (!scanLeaf(scan, at + 1, end, 0)) return 0;
  const colon = skipSpace(scan.b, end + 1, to);
  return scan.b[colon] === 58 ? colon + 1 : 0;
}

function scanValue(scan: Scan, at: number, to: number, context: number): number {
  const b = scan.b;
  const c = b[at]!;
  if (c === QUOTE) {
    const end = stringEnd(b, at + 1, to);
    if (end === 0) return 0;
    return scanLeaf(scan, at + 1, end, context) ? end + 1 : 0;
  }
  if (isDigit(c) || (c === 45 && isDigit(b[at + 1]!))) return scanNumber(scan, at, to, context);
  if (c === 116) return wordEnd(b, at, 'true');
  if (c === 102) return wordEnd(b, at, 'false');
  return c === 110 ? wordEnd(b, at, 'null') : 0;
}

/** Scans a string without its quotes; false when its escapes are none. */
function scanLeaf(scan: Scan, start: number, end: number, context: number): boolean {
  if (escaped) {
    const text = unescape(scan.b, start, end);
    if (text === null) return false;
    scan.spans.push(nestedSpan(start, end, text, context));
    scan.floor = end;
    return true;
  }
  if (end - start < 6 && (context & (SECRET | TOKEN)) === 0) return true;
  scan.from = start;
  scan.to = end;
  scan.floor = start;
  scan.context = context;
  scanText(scan);
  return true;
}

/**
 * Scans [scan.from, scan.to) as one leaf: a secret by its key as a whole, else whatever lies in it.
 */
export function scanText(scan: Scan): void {
  if ((scan.context & (SECRET | TOKEN)) !== 0 && findLeafSecret(scan)) {
    takeSecret(scan, { type: 'secret_assignment' });
    return;
  }
  scanRange(scan);
}

function nestedSpan(start: number, end: number, nested: string, context: number): ByteSpan {
  return { type: '', start, end, nested, context, quoted: false };
}

function scanNumber(scan: Scan, at: number, to: number, context: number): number {
  const b = scan.b;
  let i = at + 1;
  let digits = 1;
  for (; i < to; i++) {
    const c = b[i]!;
    if (isDigit(c)) digits++;
    else if (c !== 46 && c !== 45 && c !== 43 && c !== 69 && c !== 101) break;
  }
  if (digits < 7 && ((context & SECRET) === 0 || digits < 3)) return i;
  const found = scan.spans.length;
  scan.from = at;
  scan.to = i;
  scan.floor = at;
  // a token is text; a count of tokens is no secret
  scan.context = context & ~TOKEN;
  scanText(scan);
  const span = scan.spans[found];
  if (span !== undefined) {
    // the whole number goes: what is left of it beside a token would be no JSON
    scan.spans.length = found + 1;
    span.start = at;
    span.end = i;
    span.quoted = true;
  }
  return i;
}

/** Set by stringEnd: the string read last holds a backslash. */
let escaped = false;

/** Position of the closing quote, 0 when there is none or a control character comes first. */
function stringEnd(b: Uint8Array, at: number, to: number): number {
  escaped = false;
  for (let i = at; i < to; i++) {
    const c = b[i]!;
    if (c === QUOTE) return i;
    if (c === BACKSLASH) {
      escaped = true;
      i++;
    } else if (c < 32) return 0;
  }
  return 0;
}

function unescape(b: Uint8Array, start: number, end: number): string | null {
  try {
    return JSON.parse(decoder.decode(b.subarray(start - 1, end + 1))) as string;
  } catch {
    return null;
  }
}

function wordEnd(b: Uint8Array, at: number, word: string): number {
  for (let i = 0; i < word.length; i++) if (b[at + i] !== word.charCodeAt(i)) return 0;
  return at + word.length;
}

function skipSpace(b: Uint8Array, at: number, to: number): number {
  let i = at;
  while (i < to && isSpace(b[i]!)) i++;
  return i;
}
