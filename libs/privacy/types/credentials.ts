// Credentials known by their shape: JSON Web Tokens, PEM private keys, user and password in URLs,
// Google access tokens and Azure client secrets. Assignments (password = …) are in assignment.ts.
// Guarantee: what is read to the end is taken or cannot be a start again, so the work stays linear.
// Example: "postgres://app:s3cret@db/x" keeps the host; the span is "app:s3cret".
import { isAlnum, isBase64Url, isDigit, isLetter, isWord, type Scan } from '../scan.ts';
import type { TypeRow } from './row.ts';

/** `at` is the J of eyJ, base64url of {" (RFC 7519, RFC 7516). */
function findJwt(scan: Scan, at: number): boolean {
  const b = scan.b;
  const start = at - 2;
  if (b[at - 1] !== 121 || b[start] !== 101 || start < scan.floor) return false;
  if (start > scan.from && isBase64Url(b[start - 1]!)) return false;
  let end = base64End(scan, at);
  if (end - start < 10 || b[end] !== 46) return false;
  const second = end + 1;
  const object = b[second] === 101 && b[second + 1] === 121 && b[second + 2] === 74;
  let parts = 1;
  while (parts < 5 && b[end] === 46) {
    const next = base64End(scan, end + 1);
    // an empty part is the empty signature of alg none, or the empty key of a JWE
    if (next === end + 1 && !(parts === 2 && object) && parts !== 1) break;
    end = next;
    parts++;
  }
  if (!(object ? parts >= 2 : parts >= 3) || end - second < 8) return false;
  scan.start = start;
  scan.end = b[end - 1] === 46 ? end - 1 : end;
  return true;
}

function base64End(scan: Scan, at: number): number {
  let i = at;
  while (i < scan.to && isBase64Url(scan.b[i]!)) i++;
  return i;
}

const BEGIN = '-----BEGIN ';
const LABEL_END = 'PRIVATE KEY';

/**
 * `at` is the first dash of a PEM header (RFC 7468). Takes everything up to the END line, or what
 * looks like the body.
 */
function findPrivateKey(scan: Scan, at: number): boolean {
  const b = scan.b;
  if (b[at + 4] !== 45 || b[at + 5] !== 66) return false;
  for (let i = 0; i < BEGIN.length; i++) if (b[at + i] !== BEGIN.charCodeAt(i)) return false;
  let i = at + BEGIN.length;
  const label = i;
  while (i < scan.to && i - label < 48 && (b[i] === 32 || (b[i]! > 64 && b[i]! < 91))) i++;
  if (!endsWith(b, label, i, LABEL_END) && !endsWith(b, label, i, 'PRIVATE KEY BLOCK'))
    return false;
  if (b[i] !== 45) return false;
  while (i < scan.to && b[i] === 45) i++;
  while (i < scan.to && isPemByte(b[i]!) && !isDashes(b, i)) i++;
  scan.start = at;
  scan.end = isDashes(b, i) ? lineEnd(scan, i) : i;
  return true;
}

/** Base64, headers such as Proc-Type, line ends written out or escaped, quoted and joined lines. */
function isPemByte(c: number): boolean {
  return (
    isAlnum(c) ||
    c === 32 ||
    (c > 8 && c < 14) ||
    '+/=\\,:;."\'>-()@<'.includes(String.fromCharCode(c))
  );
}

function isDashes(b: Uint8Array, i: number): boolean {
  return b[i] === 45 && b[i + 1] === 45 && b[i + 2] === 45 && b[i + 3] === 45 && b[i + 4] === 45;
}

/** After "-----END … -----"; a new BEGIN is left for the pass. */
function lineEnd(scan: Scan, at: number): number {
  const b = scan.b;
  let i = at + 5;
  if (b[i] !== 69) return at;
  while (i < scan.to && i < at + 64 && (b[i] === 32 || (b[i]! > 64 && b[i]! < 91))) i++;
  while (i < scan.to && i < at + 72 && b[i] === 45) i++;
  return i;
}

function endsWith(b: Uint8Array, from: number, end: number, text: string): boolean {
  const start = end - text.length;
  if (start < from) return false;
  for (let i = 0; i < text.length; i++) if (b[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

const MAX_USERINFO = 512;

/** `at` is the colon of scheme://user:password@host (RFC 3986 §3.2.1). */
function findUrlCredentials(scan: Scan, at: number): boolean {
  const b = scan.b;
  if (b[at + 1] !== 47 || b[at + 2] !== 47 || !isAlnum(b[at - 1]!)) return false;
  const start = at + 3;
  const stop = Math.min(scan.to, start + MAX_USERINFO);
  let colon = 0;
  let end = 0;
  for (let i = start; i < stop; i++) {
    const c = b[i]!;
    if (c <= 32 || c === 47 || c === 34 || c === 39 || c === 60 || c === 62 || c === 92) break;
    if (c === 58 && colon === 0) colon = i;
    if (c === 64) end = i;
  }
  if (end === 0 || colon === 0 || colon > end || end - colon < 2) return false;
  const first = b[colon + 1]!;
  if (first === 36 || first === 123 || first === 60 || first === 42) return false;
  scan.start = start;
  scan.end = end;
  return true;
}

/** ya29.…: access tokens of Google; `at` is the 2 inside the word. */
function findGoogleToken(scan: Scan, at: number): boolean {
  const b = scan.b;
  if (b[at] !== 50 || b[at - 1] !== 97 || b[at - 2] !== 121 || at - 2 < scan.floor) return false;
  if (b[at + 1] !== 57 || b[at + 2] !== 46 || (at - 2 > scan.from && isWord(b[at - 3]!)))
    return false;
  const end = base64End(scan, at + 3);
  if (end - at < 20) return false;
  scan.start = at - 2;
  scan.end = end;
  return true;
}

/** Client secrets of Entra ID: three characters, a digit, Q~, then 31 to 34 more. */
function findAzureSecret(scan: Scan, at: number): boolean {
  const b = scan.b;
  if (b[at - 1] !== 81 || !isDigit(b[at - 2]!) || at - 5 < scan.floor) return false;
  for (let i = at - 5; i < at - 2; i++) if (!isAzureByte(b[i]!)) return false;
  let i = at + 1;
  while (i < scan.to && i < at + 40 && isAzureByte(b[i]!)) i++;
  while (b[i - 1] === 46) i--;
  if (i - at < 32 || i - at > 35) return false;
  scan.start = at - 5;
  scan.end = i;
  return true;
}

function isAzureByte(c: number): boolean {
  return isLetter(c) || isDigit(c) || c === 46 || c === 95 || c === 45 || c === 126;
}

const asIs = (raw: string): string => raw;

export const CREDENTIAL_ROWS: readonly TypeRow[] = [
  {
    type: 'jwt',
    trigger: { at: 'bytes', bytes: 'J', before: 'y' },
    find: findJwt,
    normalise: asIs,
    context: 0,
    examples: [
      'cookie ‹eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U›;',
      '‹eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0›.',
    ],
    counterExamples: ['eyJ', 'eyJhbGciOiJIUzI1NiJ9', 'eyJhbGciOiJIUzI1NiJ9.x', 'KeyJ.a.b'],
  },
  {
    type: 'private_key',
    trigger: { at: 'bytes', bytes: '-', after: '-' },
    find: findPrivateKey,
    normalise: (raw) => raw.replace(/\\[nrt]|\s/g, ''),
    context: 0,
    examples: [
      'x ‹-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/=\n-----END RSA PRIVATE KEY-----› y',
      '‹-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END PRIVATE KEY-----›',
      '‹-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk›',
    ],
    counterExamples: [
      '-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----',
      '-----BEGIN PUBLIC KEY-----',
      '----------------',
    ],
  },
  {
    type: 'url_credentials',
    trigger: { at: 'bytes', bytes: ':', after: '/' },
    find: findUrlCredentials,
    normalise: asIs,
    context: 0,
    examples: [
      'postgres://‹app:s3cret@x›@db.internal:5432/x',
      'https://‹bob:hunter2›@example.org/',
      'redis://‹:pa55›@cache:6379',
    ],
    counterExamples: [
      'https://example.org/a:b@c',
      'https://example.org:8080/x',
      'postgres://app:${PASSWORD}@db/x',
      'https://bob@example',
    ],
  },
  {
    type: 'gcp_key',
    trigger: { at: 'word_digit' },
    find: findGoogleToken,
    normalise: asIs,
    context: 0,
    examples: ['token ‹ya29.a0AfH6SMBx9-abcdefghij_klmnop›'],
    counterExamples: ['ya29.short', 'xya29.a0AfH6SMBx9-abcdefghij'],
  },
  {
    type: 'azure_key',
    trigger: { at: 'bytes', bytes: '~', before: 'Q' },
    find: findAzureSecret,
    normalise: asIs,
    context: 0,
    examples: ['use ‹abc8Q~aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYz› here'],
    counterExamples: ['~/home', 'Q~short', 'abc8Q~aB3dE5fG7'],
  },
];
