// Finds personal values and secrets in text and replaces them by what the caller gives for each.
// Guarantees: spans are sorted, do not overlap and are counted in UTF-16 units, so
// text.slice(start, end) is the value whatever the script; text without a find comes back as the
// same string object; time is linear; our own tokens are left alone, so scrubbing twice changes
// nothing; texts beyond the bounds throw PrivacyBoundError.
// Example: scrubText('mail bob@example.org', (type) => `<${type}>`) === 'mail <email>'
import { SECRET, TOKEN } from './context.ts';
import { scanJson, scanText } from './json-leaves.ts';
import { scanRange } from './pass.ts';
import { PAD, PrivacyBoundError, openScan, type ByteSpan, type Scan } from './scan.ts';
import type { PiiType } from './types/row.ts';

export type Span = { readonly type: PiiType; readonly start: number; readonly end: number };
/** What stands for a value. It must need no escape in JSON: letters, digits, - and _ are safe. */
export type TokenFor = (type: PiiType, raw: string) => string;

/** Values and secrets in the text as it stands; JSON is not looked into. */
export function detect(text: string, context = 0): Span[] {
  if (isPlain(text, context)) return [];
  const scan = openScan(0, text);
  scan.context = context;
  scanRange(scan);
  const offset = unitsOf(scan, text);
  return scan.spans.map(({ type, start, end }) => ({
    type: type as PiiType,
    start: offset(start),
    end: offset(end),
  }));
}

/**
 * A token may free what touched the value (2001:db8::1bob@example.org); so often is a changed text
 * scanned again.
 */
const MAX_ROUNDS = 8;

/**
 * Short texts in which nothing was found: names of agents, tools and models, ids of runs. They come
 * again and again, and looking one up costs a tenth of scanning it. Direct-mapped: a slot holds the
 * last text that hashed to it. Holds no personal values.
 */
const CLEAN_SLOTS = 8192;
const clean: string[] = Array.from({ length: CLEAN_SLOTS }, () => '');
const MEMO_LENGTH = 64;
const PLAIN = -1;
const UNMEMORABLE = -2;

/**
 * The text with every value replaced; the same string when there is none. JSON is scanned leaf by
 * leaf. What comes back holds nothing that a further call would find. `context` holds bits of
 * context.ts that are known from outside, such as those of the key of a map.
 */
export function scrubText(text: string, tokenFor: TokenFor, context = 0): string {
  const slot = slotOf(text, context);
  if (slot === PLAIN) return text;
  if (slot >= 0 && clean[slot] === text) return text;
  let before = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const after = scrubAt(0, before, tokenFor, context);
    if (after === before) {
      if (slot >= 0 && after === text) clean[slot] = text;
      return after;
    }
    before = after;
  }
  throw new PrivacyBoundError('text whose values do not hide each other');
}

function scrubAt(level: number, text: string, tokenFor: TokenFor, context: number): string {
  const scan = openScan(level, text);
  scan.context = context;
  const first = text.charCodeAt(0);
  const mayBeJson = first === 123 || first === 91 || (first < 33 && /^\s*[{[]/.test(text));
  if (!mayBeJson || !scanJson(scan)) scanText(scan);
  return scan.spans.length === 0 ? text : render(level, text, scan, tokenFor);
}

function render(level: number, text: string, scan: Scan, tokenFor: TokenFor): string {
  const spans = scan.spans;
  const offset = unitsOf(scan, text);
  let out = '';
  let done = 0;
  for (const span of spans) {
    const start = offset(span.start);
    const end = offset(span.end);
    const raw = text.slice(start, end);
    const replaced = replacement(level, span, raw, tokenFor);
    if (replaced === raw) continue;
    out += text.slice(done, start) + replaced;
    done = end;
  }
  return done === 0 ? text : out + text.slice(done);
}

function replacement(level: number, span: ByteSpan, raw: string, tokenFor: TokenFor): string {
  if (span.type !== '') {
    const token = tokenFor(span.type, raw);
    return span.quoted ? `"${token}"` : token;
  }
  const { nested, context } = span;
  if (isPlain(nested, context)) return raw;
  const scrubbed = scrubAt(level + 1, nested, tokenFor, context);
  return scrubbed === nested ? raw : JSON.stringify(scrubbed).slice(1, -1);
}

/** Byte offset → UTF-16 offset; to be asked in rising order. Free for ASCII. */
function unitsOf(scan: Scan, text: string): (at: number) => number {
  if (isAscii(scan, text)) return (at) => at - PAD;
  const b = scan.b;
  let byte = PAD;
  let unit = 0;
  return (at) => {
    // a byte that is no continuation starts a character; four bytes are a surrogate pair
    for (; byte < at; byte++) {
      const c = b[byte]!;
      if (c < 0x80 || c >= 0xc0) unit += c >= 0xf0 ? 2 : 1;
    }
    return unit;
  };
}

function isAscii(scan: Scan, text: string): boolean {
  return scan.to - PAD === text.length;
}

const SHORT = 32;
/** No prefixed key is this short, and no IBAN. */
const TOO_SHORT_FOR_KEYS = 16;
const TOO_SHORT_FOR_IBAN = 14;
/**
 * Per character: a digit 1, a dot 64, a sign that may start a find by itself 2^12, the anchor of a
 * key 2^20.
 */
const WEIGHT = new Int32Array(128);
for (let c = 48; c < 58; c++) WEIGHT[c] = 1;
WEIGHT[46] = 64;
for (const ch of '@%:=~') WEIGHT[ch.charCodeAt(0)] = 1 << 12;
for (const ch of '-_A') WEIGHT[ch.charCodeAt(0)] = 1 << 20;

/**
 * True for a short text that cannot hold anything, told without encoding it: names, labels, models,
 * ids of steps.
 */
function isPlain(text: string, context: number): boolean {
  return slotOf(text, context) === PLAIN;
}

/**
 * One look at every character of a short text: PLAIN, or its slot among the clean ones, or
 * UNMEMORABLE.
 */
function slotOf(text: string, context: number): number {
  const length = text.length;
  if ((context & (SECRET | TOKEN)) !== 0) return length === 0 ? PLAIN : UNMEMORABLE;
  if (length < 6) return PLAIN;
  if (length > MEMO_LENGTH) return UNMEMORABLE;
  let weight = 0;
  let all = 0;
  let hash = length;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    all |= c;
    weight += WEIGHT[c & 127]!;
    hash = (Math.imul(hash, 31) + c) | 0;
  }
  if (all < 128 && length <= SHORT && cannotHold(weight, length)) return PLAIN;
  return context === 0 ? (hash ^ (hash >>> 13)) & (CLEAN_SLOTS - 1) : UNMEMORABLE;
}

function cannotHold(weight: number, length: number): boolean {
  if ((weight & 0xff000) !== 0) return false;
  if (length > TOO_SHORT_FOR_KEYS && weight >= 1 << 20) return false;
  const digits = weight & 63;
  // seven are the shortest phone, four with three dots an address
  if (digits < 4) return true;
  return digits < 7 && length <= TOO_SHORT_FOR_IBAN && (weight & 0xfff) < 3 * 64;
}
