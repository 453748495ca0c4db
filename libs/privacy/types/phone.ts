// Phone numbers: international with + or 00, national with parentheses or in the layouts of a
// region, and any run of digits of fitting length where the words around it or the key say so.
// Lengths per calling code come from libphonenumber's metadata, read once; the library itself never
// scans.
// Hard negatives: dates, epochs, decimals, order numbers, versions (see counterExamples).
// Example: "+44 (0)20 7946 0958" and "+442079460958" both normalise to "+442079460958".
import { getCountries, getCountryCallingCode, Metadata } from 'libphonenumber-js';
import { PHONE, PHONE_HINT, wordsAfter, wordsBefore } from '../context.ts';
import {
  DASH,
  DOT,
  PAREN,
  RUN,
  SLASH,
  SPACE,
  dateEnd,
  isCompactDate,
  number,
} from '../numeric-run.ts';
import { isDigit, isLetter, isWord, touchesWord, type Scan } from '../scan.ts';
import type { TypeRow } from './row.ts';

/** Calling code → bit n set when a national number of n digits is possible. */
const LENGTHS = new Map<number, number>();
for (const country of getCountries()) {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  const code = Number(getCountryCallingCode(country));
  let bits = LENGTHS.get(code) ?? 0;
  for (const length of metadata.numberingPlan?.possibleLengths() ?? []) bits |= 1 << length;
  LENGTHS.set(code, bits);
}

function find(scan: Scan, at: number): boolean {
  if (RUN.digits < 7 || dateEnd(scan.b) > 0) return false;
  const b = scan.b;
  let start = at;
  let plus = false;
  let paren = false;
  if (b[start - 1] === 40 && start - 1 >= scan.floor) {
    paren = true;
    start--;
  }
  const before = b[start - 1] === 32 ? start - 2 : start - 1;
  if (b[before] === 43 && before >= scan.floor && (before === start - 1 || paren)) {
    plus = true;
    start = before;
  }
  // f(415) is a call, a+49 a sum
  if (touchesWord(b, start) && (plus || paren)) return false;
  const end = plus ? internationalEnd(b, 0) : nationalEnd(scan, at, paren);
  if (end === 0) return false;
  scan.start = start;
  scan.end = withExtension(b, end);
  return true;
}

/**
 * End of the longest prefix of groups that is a number with its calling code; `skip` digits (00)
 * come before it.
 */
function internationalEnd(b: Uint8Array, skip: number): number {
  let text = '';
  let end = 0;
  for (let k = 0; k < RUN.groups; k++) {
    const at = RUN.start[k]!;
    const length = RUN.length[k]!;
    // the trunk zero in +44 (0)20 is written but not dialled
    const trunk = k > 0 && length === 1 && b[at] === 48 && b[at - 1] === 40;
    if (!trunk) for (let i = at; i < at + length; i++) text += String.fromCharCode(b[i]!);
    if (text.length - skip > 15) break;
    if (!isWord(b[at + length]!) || b[at + length] === 120) {
      if (isPossible(text.slice(skip))) end = at + length;
    }
  }
  return end;
}

function isPossible(digits: string): boolean {
  for (let length = 1; length <= 3; length++) {
    const bits = LENGTHS.get(Number(digits.slice(0, length)));
    if (bits !== undefined) return ((bits >> (digits.length - length)) & 1) === 1;
  }
  return false;
}

function nationalEnd(scan: Scan, at: number, paren: boolean): number {
  const b = scan.b;
  if (isAttached(b, at)) return 0;
  if (b[at] === 48 && b[at + 1] === 48 && RUN.length[0]! > 2 && RUN.groups > 1) {
    const end = internationalEnd(b, 2);
    if (end > 0) return end;
  }
  if (paren) {
    if (RUN.separator[0] !== PAREN || RUN.length[0]! > 5 || RUN.groups < 2) return 0;
    const end = groupsEnd(b, 7, 13);
    const year = RUN.length[0] === 4 && /^(19|20)$/.test(String(number(b, at, 2)));
    return year && !hasContext(scan, at, end, PHONE) ? 0 : end;
  }
  const layout = layoutEnd(b, at);
  if (layout > 0) return layout;
  return contextEnd(scan, at);
}

/**
 * Layouts that say phone by themselves: 415-555-2671, 1.415.555.2671, 06 12 34 56 78, 020 7946
 * 0958.
 */
function layoutEnd(b: Uint8Array, at: number): number {
  const first = RUN.separator[0]!;
  const country = RUN.length[0] === 1 && b[at] === 49 ? 1 : 0;
  if (
    RUN.groups >= country + 3 &&
    RUN.length[country] === 3 &&
    RUN.length[country + 1] === 3 &&
    RUN.length[country + 2] === 4 &&
    (first === DASH || first === DOT || (country === 1 && first === SPACE)) &&
    b[RUN.start[country]!]! > 48 &&
    RUN.separator[country] === RUN.separator[country + 1]
  ) {
    return closed(b, country + 2);
  }
  if (b[at] !== 48 || b[at + 1] === 48 || RUN.length[0]! < 2 || RUN.length[0]! > 5) return 0;
  if (first !== SPACE && first !== DASH && first !== SLASH) return 0;
  const end = groupsEnd(b, 10, 11);
  // a pair of two-digit groups and a year is a date that dateEnd did not know
  return end > 0 && RUN.groups > 1 ? end : 0;
}

/** Any layout, where words or the key say phone. */
function contextEnd(scan: Scan, at: number): number {
  const b = scan.b;
  if (RUN.groups === 1) {
    if (RUN.digits > 15 || isWord(b[RUN.end]!)) return 0;
    if (RUN.digits === 8 && isCompactDate(b, at)) return 0;
    const strong = hasContext(scan, at, RUN.end, PHONE);
    return strong && (RUN.digits < 13 || scan.context & PHONE) ? RUN.end : 0;
  }
  if (RUN.separator[0] === DOT && (RUN.groups === 2 || RUN.length[0]! < 2)) return 0;
  const end = groupsEnd(b, 7, 13);
  return end > 0 && hasContext(scan, at, end, PHONE | PHONE_HINT) ? end : 0;
}

function hasContext(scan: Scan, at: number, end: number, bits: number): boolean {
  if ((scan.context & bits) !== 0) return true;
  return ((wordsBefore(scan, at) | wordsAfter(scan, end)) & bits) !== 0;
}

/**
 * End of the longest prefix of groups with that many digits in all and no group longer than 8, 0 if
 * none.
 */
function groupsEnd(b: Uint8Array, least: number, most: number): number {
  let digits = 0;
  let end = 0;
  for (let k = 0; k < RUN.groups; k++) {
    const length = RUN.length[k]!;
    digits += length;
    if (length > 8 || digits > most) break;
    if (k > 0 && digits >= least && closed(b, k) > 0) end = closed(b, k);
  }
  return end;
}

/**
 * End of group k when nothing of a word touches it (an extension may) and no further group is
 * joined to it, else 0.
 */
function closed(b: Uint8Array, k: number): number {
  if (k < RUN.groups - 1 && RUN.separator[k] !== SPACE && RUN.separator[k] !== PAREN) return 0;
  const end = RUN.start[k]! + RUN.length[k]!;
  return !isWord(b[end]!) || (b[end] === 120 && isDigit(b[end + 1]!)) ? end : 0;
}

/** True when the number goes on to the left: 12-415-555-2671, 0.4155552671, v/415. */
function isAttached(b: Uint8Array, at: number): boolean {
  const before = b[at - 1]!;
  if (before === 45 || before === 46 || before === 47) return isWord(b[at - 2]!);
  return (before === 58 || before === 44) && isDigit(b[at - 2]!);
}

/** Takes in "x818", "ext. 12". */
function withExtension(b: Uint8Array, end: number): number {
  let i = end;
  if (b[i] === 32) i++;
  if ((b[i]! | 32) === 101 && (b[i + 1]! | 32) === 120 && (b[i + 2]! | 32) === 116) i += 3;
  else if ((b[i]! | 32) === 120) i++;
  else return end;
  if (b[i] === 46) i++;
  if (b[i] === 32) i++;
  const start = i;
  while (i < start + 6 && isDigit(b[i]!)) i++;
  return i > start && i < start + 6 && !isLetter(b[i]!) ? i : end;
}

/**
 * E.164 where the calling code is written or the number is North American, else the bare digits.
 */
function normalise(raw: string): string {
  const [line = '', extension] = raw.toLowerCase().split(/ ?(?:ext\.?|x) ?/);
  let digits = line.replace(/\(0\)/, '').replace(/\D/g, '');
  let international = line.includes('+');
  if (!international && digits.startsWith('00') && digits.length > 10) {
    digits = digits.slice(2);
    international = true;
  }
  if (!international && digits.length === 10 && /^[2-9]/.test(digits)) digits = `1${digits}`;
  if (digits.length === 11 && digits.startsWith('1')) international = true;
  return (international ? '+' : '') + digits + (extension ? `;ext=${extension}` : '');
}

export const PHONE_ROWS: readonly TypeRow[] = [
  {
    type: 'phone',
    trigger: { at: 'number' },
    find,
    normalise,
    context: PHONE | PHONE_HINT,
    examples: [
      'Call ‹+1 (415) 555-2671› after five',
      'tel:‹+442079460958›',
      'reach me at ‹+44 (0)20 7946 0958›.',
      '‹+49 30 1234567›',
      '‹0049 30 1234567›',
      'my cell is ‹415-555-2671›',
      '‹415.555.2671› is the number',
      '‹(415) 555-2671›, thanks',
      '‹1-800-555-0199›',
      'phone ‹4155552671›',
      '‹06 12 34 56 78›',
      'office ‹020 7946 0958›',
      '‹001-748-088-2851x818›',
      'Mobil: ‹0171/1234567›',
      '电话 ‹+86 138 1234 5678›。',
      '‹+33\u00a06\u00a012\u00a034\u00a056\u00a078›',
    ],
    counterExamples: [
      '2026-11-22T10:11:12.123Z',
      'from 22.11.2026 to 24/12/2026',
      'epoch 1763870000 or 1763870000123',
      'ratio 0.4155552671',
      'order 4155552671 shipped',
      'invoice 12-415-555-2671-9',
      'call about order number 112-3456789-1234567',
      'ticket number 123-456-789',
      'id 550e8400-e29b-41d4-a716-446655440000',
      'pages 100-200 and 300-400',
      'f(415) 555 2671',
      'lat 52.5200066, lon 13.404954',
      'ISBN 978-3-16-148410-0',
      'range 20261122 20261123',
      'sha 4bf92f3577b34da6a3ce929d0e0e4736',
      '+12345',
      'tool call 1234567890 failed',
    ],
  },
];
