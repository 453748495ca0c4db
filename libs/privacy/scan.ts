// The state of one pass over the UTF-8 bytes of a text, and the byte classes every check shares.
// Guarantee: bytes [PAD, PAD + length) hold the text, everything before is 0, and SENTINEL bytes
// after it are 0. A check that compares byte by byte therefore stops at either end by itself; what
// may read more asks for scan.to.
// Example: const scan = openScan(0, 'mail bob@example.org'); scan.b[scan.from] === 109
import type { PiiType } from './types/row.ts';

/** Zero bytes before the text. */
export const PAD = 64;
/** Zero bytes after it; what lies behind them is left from an earlier text. */
const SENTINEL = 8;
/** Longest text a scan takes, in UTF-16 units; beyond it the caller must refuse the event. */
export const MAX_TEXT_LENGTH = 16 * 1024 * 1024;
/** How many texts may be open inside each other: JSON in a string in JSON, and so on. */
export const MAX_NESTED_TEXTS = 8;

export type Scan = {
  b: Uint8Array;
  from: number;
  to: number;
  /** Bytes before it belong to a span or token already taken. */
  floor: number;
  /** Context bits known from outside the text: the key path of the leaf. */
  context: number;
  /** Inside a value that is being taken as a whole: no assignments are looked for. */
  inValue: boolean;
  /** Where the last successful find lies, and a type that overrides its row's. */
  start: number;
  end: number;
  as: PiiType | '';
  spans: ByteSpan[];
};

/** A value found; or, with type '', a JSON string whose unescaped text is scrubbed by itself. */
export type ByteSpan = {
  type: PiiType | '';
  start: number;
  end: number;
  /** The unescaped text of such a string, and the context of its key. */
  nested: string;
  context: number;
  /** A JSON number: its token needs quotes. */
  quoted: boolean;
};

export class PrivacyBoundError extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'PrivacyBoundError';
  }
}

const ALNUM_BIT = 2;
const WORD_BIT = 4;
const HEX_BIT = 8;
const BASE64URL_BIT = 16;
const LOCAL_BIT = 32;
const LETTER_BIT = 64;
const SPACE_BIT = 128;

const CLASSES = new Uint8Array(256);
for (let c = 0; c < 128; c++) {
  const ch = String.fromCharCode(c);
  if (/[A-Za-z]/.test(ch)) CLASSES[c]! |= LETTER_BIT;
  if (/[A-Za-z0-9]/.test(ch)) CLASSES[c]! |= ALNUM_BIT;
  if (/\w/.test(ch)) CLASSES[c]! |= WORD_BIT;
  if (/[0-9A-Fa-f]/.test(ch)) CLASSES[c]! |= HEX_BIT;
  if (/[A-Za-z0-9_-]/.test(ch)) CLASSES[c]! |= BASE64URL_BIT;
  // what mailboxes use of RFC 5322 atext; the rest (% / = ? & |) separates things in text that
  // agents carry
  if (/[A-Za-z0-9._+'-]/.test(ch)) CLASSES[c]! |= LOCAL_BIT;
  if (/[ \t\r\n]/.test(ch)) CLASSES[c]! |= SPACE_BIT;
}

export const isDigit = (c: number): boolean => c > 47 && c < 58;
export const isLetter = (c: number): boolean => (CLASSES[c]! & LETTER_BIT) !== 0;
export const isAlnum = (c: number): boolean => (CLASSES[c]! & ALNUM_BIT) !== 0;
/** A letter, a digit or an underscore of ASCII: a number that touches one is part of a word. */
export const isWord = (c: number): boolean => (CLASSES[c]! & WORD_BIT) !== 0;
export const isHex = (c: number): boolean => (CLASSES[c]! & HEX_BIT) !== 0;
export const isBase64Url = (c: number): boolean => (CLASSES[c]! & BASE64URL_BIT) !== 0;
export const isLocalPart = (c: number): boolean => (CLASSES[c]! & LOCAL_BIT) !== 0;
export const isSpace = (c: number): boolean => (CLASSES[c]! & SPACE_BIT) !== 0;

/**
 * True when the byte before `at` makes a word of what starts there; the n of an escaped \n does
 * not.
 */
export function touchesWord(b: Uint8Array, at: number): boolean {
  return isWord(b[at - 1]!) && !isEscapeLetter(b, at - 1);
}

/**
 * True for the letter of \n, \t, \r, \b, \f as it stands in text that is JSON but did not parse.
 */
export function isEscapeLetter(b: Uint8Array, at: number): boolean {
  if (b[at - 1] !== 92) return false;
  const c = b[at];
  return c === 110 || c === 116 || c === 114 || c === 98 || c === 102;
}

export function textOf(b: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(b[i]!);
  return text;
}

/** Notes what the last successful find lies at, and moves the floor behind it. Returns its end. */
export function take(scan: Scan, type: PiiType): number {
  const { start, end } = scan;
  scan.spans.push({ type: scan.as || type, start, end, nested: '', context: 0, quoted: false });
  scan.as = '';
  scan.floor = end;
  return end;
}

const encoder = new TextEncoder();
const frames: { scan: Scan; view: Uint8Array }[] = [];
const KEPT_BYTES = 256 * 1024;

/**
 * Encodes the text into the buffer of that nesting level. Throws PrivacyBoundError beyond the
 * bounds.
 */
export function openScan(level: number, text: string): Scan {
  if (text.length > MAX_TEXT_LENGTH)
    throw new PrivacyBoundError('a text of at most 16 Mi characters');
  if (level >= MAX_NESTED_TEXTS) throw new PrivacyBoundError('at most 8 texts inside each other');
  let frame = (frames[level] ??= newFrame(16 * 1024));
  const needed = text.length * 3;
  if (frame.view.length < needed) {
    frame = newFrame(needed);
    // a huge text gets a buffer of its own, so that one of them does not keep the memory
    if (needed <= KEPT_BYTES) frames[level] = frame;
  }
  const { scan, view } = frame;
  const end = PAD + encode(text, view);
  for (let i = end; i < end + SENTINEL; i++) scan.b[i] = 0;
  return resetScan(scan, PAD, end, 0);
}

/** The longest text for which writing unit by unit is cheaper than a call of the encoder. */
const SHORT = 64;

function encode(text: string, view: Uint8Array): number {
  const length = text.length;
  if (length > SHORT) return encoder.encodeInto(text, view).written;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c > 127) return encoder.encodeInto(text, view).written;
    view[i] = c;
  }
  return length;
}

/** A scan over bytes that are already laid out with PAD zero bytes on either side. */
export function scanOver(b: Uint8Array, from: number, to: number): Scan {
  return resetScan({ ...BLANK, b, spans: [] }, from, to, 0);
}

const BLANK = {
  from: 0,
  to: 0,
  floor: 0,
  context: 0,
  inValue: false,
  start: 0,
  end: 0,
  as: '' as const,
};

function resetScan(scan: Scan, from: number, to: number, context: number): Scan {
  scan.from = from;
  scan.to = to;
  scan.floor = from;
  scan.context = context;
  scan.inValue = false;
  scan.as = '';
  if (scan.spans.length > 0) scan.spans = [];
  return scan;
}

function newFrame(length: number): { scan: Scan; view: Uint8Array } {
  const b = new Uint8Array(length + 2 * PAD);
  return { scan: { ...BLANK, b, spans: [] }, view: b.subarray(PAD, PAD + length) };
}
