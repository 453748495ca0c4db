// Secrets by the key they are assigned to: password=…, "api_key": "…", Authorization: Bearer …,
// AccountKey=…. In parsed JSON the key is known; in text it is read backwards from the = or : .
// Hard negatives: counts of tokens, page tokens, placeholders, types, calls and variables in code,
// prose.
// Example: 'password: "hunter2"' → the span of hunter2; 'max_tokens=512' → nothing.
import { AWS, AZURE, SECRET, TOKEN, WHOLE_LINE, keyContextAt } from '../context.ts';
import { isAlnum, isBase64Url, isDigit, isLetter, isSpace, textOf, type Scan } from '../scan.ts';
import { tokenEnd } from '../token-shape.ts';
import type { TypeRow } from './row.ts';

const MAX_KEY = 40;
/**
 * A value this long without a delimiter is taken, whatever it looks like; what is refused was
 * short.
 */
const LONG = 64;

/** Last three letters of the keys worth reading, so that most colons end at one look-up. */
const ENDINGS = new Uint8Array(4096);
const LAST_LETTERS = new Set<string>();
const KEY_ENDINGS = `ord swd pwd ase ode ort nha ret ets key ial als ion kie ken ure ing cvv cvc vv2
  vc2 otp jwt rer uth ass`;
for (const [x = '', y = '', z = ''] of KEY_ENDINGS.split(/\s+/)) {
  ENDINGS[endingHash(x.charCodeAt(0), y.charCodeAt(0), z.charCodeAt(0))] = 1;
  LAST_LETTERS.add(z).add(z.toUpperCase());
}

function endingHash(x: number, y: number, z: number): number {
  return (((x | 32) * 37 + (y | 32)) * 37 + (z | 32)) & 4095;
}

function find(scan: Scan, at: number): boolean {
  if (scan.inValue) return false;
  const b = scan.b;
  let keyEnd = at;
  while (keyEnd > scan.floor && at - keyEnd < 4 && isQuoteOrSpace(b[keyEnd - 1]!)) keyEnd--;
  if (ENDINGS[endingHash(b[keyEnd - 3]!, b[keyEnd - 2]!, b[keyEnd - 1]!)] === 0) return false;
  let keyStart = keyEnd;
  let spaces = 0;
  while (keyStart > scan.floor && keyEnd - keyStart < MAX_KEY && isKeyByte(b[keyStart - 1]!)) {
    if (b[keyStart - 1] === 32 && ++spaces > 1) break;
    keyStart--;
  }
  const bits = keyContextAt(b, keyStart, keyEnd);
  if ((bits & (SECRET | TOKEN)) === 0) return false;
  if (!findValue(scan, at, bits)) return false;
  scan.as = secretType(bits);
  return true;
}

/** secret_assignment, or the cloud's type where the key names the cloud. */
export function secretType(bits: number): 'aws_key' | 'azure_key' | 'secret_assignment' {
  if (bits & AWS) return 'aws_key';
  return bits & AZURE ? 'azure_key' : 'secret_assignment';
}

/** A whole leaf of JSON or of a map under a secret's key: notes what of it is secret. */
export function findLeafSecret(scan: Scan): boolean {
  const start = afterScheme(scan, scan.from);
  const end = scan.to;
  if (end === start || tokenEnd(scan.b, start, end) === end) return false;
  if ((scan.context & SECRET) === 0 && holdsToken(scan, start, -1)) return false;
  if (end - start <= LONG) {
    if (isPlaceholder(textOf(scan.b, start, end))) return false;
    const random = looksRandom(end - start, shapeOf(scan.b, start, end));
    if ((scan.context & SECRET) === 0 && !random) return false;
  }
  scan.start = start;
  scan.end = end;
  scan.as = secretType(scan.context);
  return true;
}

function findValue(scan: Scan, at: number, bits: number): boolean {
  const b = scan.b;
  let i = at + 1;
  const assigns = b[at] === 61;
  while (i < at + 3 && (b[i] === 61 || b[i] === 62)) i++;
  const spaced = isSpace(b[i]!);
  while (i < scan.to && i < at + 6 && (b[i] === 32 || b[i] === 9)) i++;
  if (b[i] === 92 && b[i + 1] === 34) i++;
  const quote = b[i] === 34 || b[i] === 39 || b[i] === 96 ? b[i]! : 0;
  if (quote !== 0) i++;
  const start = afterScheme(scan, i);
  // a token inside says that this value was looked at before and not taken as a whole
  if ((quote === 0 || (bits & SECRET) === 0) && holdsToken(scan, start, quote)) return false;
  const end = quote === 0 ? bareEnd(scan, start, bits & WHOLE_LINE) : quotedEnd(scan, start, quote);
  if (end <= start || tokenEnd(b, start, end) === end) return false;
  const prose = quote === 0 && !assigns && spaced && start === i;
  if (!isSecret(scan, start, end, bits, quote !== 0, prose)) return false;
  scan.start = start;
  scan.end = end;
  return true;
}

/** Position after "Bearer ", "Basic ", "Token ", "ApiKey ". */
export function afterScheme(scan: Scan, at: number): number {
  const b = scan.b;
  let i = at;
  while (i < scan.to && i < at + 9 && isLetter(b[i]!)) i++;
  if (b[i] !== 32 || i === at || i + 1 >= scan.to) return at;
  const scheme = textOf(b, at, i).toLowerCase();
  return /^(bearer|basic|token|apikey|digest|negotiate)$/.test(scheme) ? i + 1 : at;
}

/**
 * True when one of our tokens starts in the first LONG bytes of a value; quote -1 is a whole leaf.
 */
function holdsToken(scan: Scan, start: number, quote: number): boolean {
  const b = scan.b;
  const stop = Math.min(scan.to, start + LONG);
  for (let i = start; i < stop; i++) {
    const c = b[i]!;
    if (quote === 0 ? !isBareByte(c) : c === quote) return false;
    if (c === 112 && tokenEnd(b, i, scan.to) > 0) return true;
  }
  return false;
}

function bareEnd(scan: Scan, start: number, wholeLine: number): number {
  const b = scan.b;
  let i = start;
  if (wholeLine !== 0) while (i < scan.to && isLineByte(b[i]!)) i++;
  while (i < scan.to && isBareByte(b[i]!)) i++;
  while (i > start && (b[i - 1] === 46 || b[i - 1] === 63 || b[i - 1] === 58)) i--;
  return i;
}

function quotedEnd(scan: Scan, start: number, quote: number): number {
  const b = scan.b;
  let i = start;
  while (i < scan.to && b[i] !== quote && b[i] !== 10) i++;
  while (i > start && b[i - 1] === 92) i--;
  return i;
}

/** Decides on a value under a secret's key. */
function isSecret(
  scan: Scan,
  start: number,
  end: number,
  bits: number,
  quoted: boolean,
  prose: boolean,
): boolean {
  const length = end - start;
  if (length > LONG) return true;
  const shape = shapeOf(scan.b, start, end);
  const text = textOf(scan.b, start, end);
  if (isPlaceholder(text)) return false;
  if ((bits & SECRET) === 0)
    return looksRandom(length, shape) && !(shape & OTHER && !quoted && shape & CALL);
  if (length < 3) return false;
  if (!quoted && (shape & CALL || /^[A-Za-z_]+(\.[A-Za-z_]+)+$/.test(text))) return false;
  if (prose && (shape & DIGITS) === 0 && (shape & OTHER) === 0)
    return isLineEnd(scan, end) && length > 5;
  return true;
}

const LOWER = 1;
const UPPER = 2;
const DIGITS = 4;
const OTHER = 8;
const CALL = 16;
const SPACES = 32;

function shapeOf(b: Uint8Array, start: number, end: number): number {
  let shape = 0;
  for (let i = start; i < end; i++) {
    const c = b[i]!;
    if (c > 96 && c < 123) shape |= LOWER;
    else if (c > 64 && c < 91) shape |= UPPER;
    else if (isDigit(c)) shape |= DIGITS;
    else shape |= OTHER | (c === 40 || c === 91 ? CALL : 0) | (c === 32 ? SPACES : 0);
  }
  return shape;
}

/** What a token looks like: one word of eight or more, digits among letters. */
function looksRandom(length: number, shape: number): boolean {
  if (length < 8 || (shape & SPACES) !== 0) return false;
  return (shape & DIGITS) !== 0 && (shape & (LOWER | UPPER)) !== 0;
}

const PLACEHOLDERS = new Set(
  `null none nil undefined true false string str text required optional redacted [redacted] masked
   hidden empty missing invalid expired unknown incorrect wrong reset changeme the is was and or for
   not int bytes password secret token example n/a`.split(/\s+/),
);

/**
 * True for what stands where a secret would: types, masks, variables, words that say there is none.
 */
export function isPlaceholder(text: string): boolean {
  if (
    /^[*•xX.…_-]+$/.test(text) ||
    /^[<${[%]/.test(text) ||
    /^(process|os|env|self|this)\./.test(text)
  )
    return true;
  return PLACEHOLDERS.has(text.toLowerCase()) || /^your[_-]/i.test(text);
}

function isLineEnd(scan: Scan, end: number): boolean {
  const c = scan.b[end]!;
  return end >= scan.to || c === 10 || c === 13 || c === 44 || c === 59 || c === 46;
}

function isQuoteOrSpace(c: number): boolean {
  return c === 32 || c === 34 || c === 39 || c === 92 || c === 96 || c === 93;
}

function isKeyByte(c: number): boolean {
  return isAlnum(c) || c === 95 || c === 45 || c === 46 || c === 32 || c >= 0x80;
}

/** Bytes of a header up to the end of its line or of the quotes around it. */
function isLineByte(c: number): boolean {
  return c > 31 && c !== 34 && c !== 39 && c !== 92 && c !== 96;
}

/** Bytes of a value without quotes; it ends at space, quotes, brackets and the usual separators. */
function isBareByte(c: number): boolean {
  if (isBase64Url(c)) return true;
  return (
    c > 32 &&
    c !== 34 &&
    c !== 39 &&
    c !== 44 &&
    c !== 59 &&
    c !== 38 &&
    c !== 41 &&
    c !== 93 &&
    c !== 125 &&
    c !== 60 &&
    c !== 62 &&
    c !== 124 &&
    c !== 92 &&
    c !== 96 &&
    c !== 127
  );
}

export const ASSIGNMENT_ROWS: readonly TypeRow[] = [
  {
    type: 'secret_assignment',
    trigger: { at: 'bytes', bytes: ':=', before: ` "'\\\`]${[...LAST_LETTERS].join('')}` },
    find,
    normalise: (raw) => raw,
    context: SECRET | TOKEN,
    examples: [
      'password=‹hunter2›&x=1',
      '"password": "‹correct horse battery›"',
      'db_password: ‹S3cr3t!›',
      'Password: ‹swordfish›',
      "api_key = '‹abcdef123456›'",
      'X-Api-Key: ‹0a1b2c3d4e5f6a7b›',
      'Authorization: Bearer ‹abc.def-123456›',
      'authorization: Basic ‹dXNlcjpwYXNz›',
      'access_token=‹4f3c2b1a0d9e8f7a›',
      'clientSecret:‹Zx81-qq›',
      'PGPASSWORD=‹letmein› psql',
      '{\\"password\\": \\"‹hunter2›\\"}',
      'session_token: ‹aZ09aZ09aZ09›',
      'Cookie: ‹sid=31d4d96e407aad42; theme=dark›\nHost: x',
    ],
    counterExamples: [
      'max_tokens=512',
      'next_token=abc123def456',
      'total_tokens: 1234567',
      'password: string',
      'password=${DB_PASSWORD}',
      'api_key=os.environ["KEY"]',
      'token = get_token()',
      'Password: required',
      'the password: please contact support',
      'password = user.password',
      'token: authentication failed',
      'key: value12345',
      'password=pii_secret_assignment_k1_AAAAAAAAAAAAAAAAAAAAAA',
      'stop_token: abc12345',
      '"pass": "5 of 10 tests"',
      'token_count=123456789',
    ],
  },
];
