// E-mail addresses: at an @ (or %40) the local part is read backwards and the domain forwards.
// International letters of two UTF-8 bytes count in both; a top-level domain is letters, or xn--.
// Hard negatives: packages (left-pad@1.3.0), scp paths (git@github.com:…), image names
// (logo@2x.png), handles.
// Example: "mail Bob.Smith@Example.org." → the span of Bob.Smith@Example.org, normalised to
// bob.smith@example.org
import { domainToASCII } from 'node:url';
import { isAlnum, isEscapeLetter, isHex, isLetter, isLocalPart, type Scan } from '../scan.ts';
import type { TypeRow } from './row.ts';

/**
 * Twice what RFC 5321 allows: what is longer is no mailbox, but keeps nothing in clear near the @.
 */
const MAX_LOCAL = 128;
const MAX_DOMAIN = 253;

function find(scan: Scan, at: number): boolean {
  const b = scan.b;
  const percent = b[at] === 37;
  if (percent && (b[at + 1] !== 52 || b[at + 2] !== 48)) return false;
  const start = localStart(scan, at);
  if (start === at) return false;
  const domain = percent ? at + 3 : at + 1;
  const end = domainEnd(scan, domain);
  if (end === 0) return false;
  if (at - start === 3 && b[start] === 103 && b[start + 1] === 105 && b[start + 2] === 116)
    return false;
  if (isImageScale(b, domain, end)) return false;
  scan.start = start;
  scan.end = end;
  return true;
}

/** First byte of the local part that ends before `at`; `at` itself when there is none. */
function localStart(scan: Scan, at: number): number {
  const b = scan.b;
  const stop = Math.max(scan.floor, at - MAX_LOCAL);
  let start = at;
  while (start > stop) {
    const c = b[start - 1]!;
    if (isLocalPart(c)) start--;
    else if (c >= 0x80 && b[start - 2]! >= 0xc3 && b[start - 2]! <= 0xdf && start - 2 >= stop)
      start -= 2;
    else break;
  }
  // %3Abob%40…: the two digits belong to the escape
  if (b[start - 1] === 37 && isHex(b[start]!) && isHex(b[start + 1]!)) start += 2;
  if (start > scan.from && isEscapeLetter(b, start)) start++;
  while (start < at && !isAlnum(b[start]!) && b[start]! < 0x80 && b[start] !== 95) start++;
  return start < at && b[at - 1] !== 46 ? start : at;
}

/**
 * End of the domain that starts at `start`: the last label that can be a top-level domain, 0 if
 * none.
 */
function domainEnd(scan: Scan, start: number): number {
  const b = scan.b;
  const stop = Math.min(scan.to, start + MAX_DOMAIN);
  let end = 0;
  let label = start;
  let labels = 0;
  while (label < stop) {
    let i = label;
    while (i < stop && isDomainByte(b, i)) i += b[i]! >= 0x80 ? 2 : 1;
    if (i === label || i - label > 63 || b[label] === 45) break;
    labels++;
    const top = topLevelEnd(b, label, i);
    if (labels > 1 && top > 0) end = top;
    if (b[i] !== 46) break;
    label = i + 1;
  }
  return end;
}

function isDomainByte(b: Uint8Array, i: number): boolean {
  const c = b[i]!;
  return isAlnum(c) || c === 45 || (c >= 0xc3 && c <= 0xdf && b[i + 1]! >= 0x80);
}

/** End of the letters a label starts with when they can be a top-level domain, else 0. */
function topLevelEnd(b: Uint8Array, label: number, end: number): number {
  if (b[label] === 120 && b[label + 1] === 110 && b[label + 2] === 45) return end;
  let i = label;
  while (i < end && (isLetter(b[i]!) || b[i]! >= 0x80)) i += b[i]! >= 0x80 ? 2 : 1;
  if (i - label < 2 || i - label > 24) return 0;
  // ".com-Fax" ends at com; ".co1" is no top-level domain
  return i === end || b[i] === 45 ? i : 0;
}

/** logo@2x.png: a scale factor and a file ending. */
function isImageScale(b: Uint8Array, domain: number, end: number): boolean {
  return (
    b[domain]! > 47 && b[domain]! < 58 && b[domain + 1] === 120 && b[domain + 2] === 46 && end > 0
  );
}

function normalise(raw: string): string {
  const text = raw.replace(/%40/, '@').normalize('NFKC').trim();
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1).toLowerCase();
  return `${text.slice(0, at).toLowerCase()}@${domainToASCII(domain) || domain}`;
}

export const EMAIL_ROWS: readonly TypeRow[] = [
  {
    type: 'email',
    trigger: { at: 'bytes', bytes: '@%' },
    find,
    normalise,
    context: 0,
    examples: [
      'write to ‹bob.smith@example.org›.',
      "<‹o'hara+tag@mail.example.co.uk›>",
      'mailto:‹bob@example.org›?subject=x',
      'cc=‹bob@example.org›&x=1',
      'to%3A‹bob%40example.org›%26',
      '‹jörg@müller.de›',
      '联系‹bob@example.com›。',
      '\\n‹bob@example.org›\\n',
      '‹bob@example.com›-Office',
      '‹1234567890@qq.com›',
    ],
    counterExamples: [
      'left-pad@1.3.0',
      '@scope/name',
      'git@github.com:org/repo.git',
      'logo@2x.png',
      'user@localhost',
      'a @ b.com',
      '50% 40@x',
      'medium.com/@user.name',
    ],
  },
];
