// Payment cards and bank accounts: issuer ranges with their lengths and the Luhn check (ISO/IEC
// 7812-1), IBAN by country with its structure (SWIFT IBAN registry) and the check digits (ISO
// 13616, mod 97).
// Sources: ISO/IEC 7812 issuer ranges as the networks publish them, SWIFT IBAN registry release 99.
// Example: "5105 1051 0510 5100" is a card; "1763870000123456" (an epoch in microseconds) is none.
import { CARD, wordsBefore } from '../context.ts';
import { DASH, DOT, RUN, SPACE } from '../numeric-run.ts';
import { isAlnum, isDigit, isLetter, isWord, touchesWord, type Scan } from '../scan.ts';
import { IBAN_COUNTRIES } from './iban-countries.ts';
import type { TypeRow } from './row.ts';

/** First six digits from..to, and the lengths issued; weak ranges need the word card near them. */
type Range = readonly [
  from: number,
  to: number,
  lengths: readonly number[],
  weak?: readonly number[],
];
const RANGES: readonly Range[] = [
  [400000, 499999, [16], [13, 19]], // Visa
  [510000, 559999, [16]], // Mastercard
  [222100, 272099, [16]], // Mastercard 2-series
  [340000, 349999, [15]], // American Express
  [370000, 379999, [15]],
  [601100, 601199, [16], [17, 18, 19]], // Discover
  [644000, 659999, [16], [17, 18, 19]],
  [620000, 629999, [16], [17, 18, 19]], // UnionPay
  [810000, 817199, [16], [17, 18, 19]],
  [300000, 305999, [14], [16, 17, 18, 19]], // Diners Club
  [309500, 309599, [14], [16, 17, 18, 19]],
  [360000, 369999, [14], [15, 16, 17, 18, 19]],
  [380000, 399999, [14], [16, 17, 18, 19]],
  [352800, 358999, [16], [17, 18, 19]], // JCB
  [180000, 180099, [], [15]],
  [213100, 213199, [], [15]],
  [501800, 501999, [16], [12, 13, 14, 15, 17, 18, 19]], // Maestro, Dankort
  [502000, 502099, [16], [12, 13, 14, 15, 17, 18, 19]],
  [503800, 503899, [16], [12, 13, 14, 15, 17, 18, 19]],
  [589300, 589399, [16], [12, 13, 14, 15, 17, 18, 19]],
  [630400, 630499, [16], [12, 13, 14, 15, 17, 18, 19]],
  [675900, 675999, [16], [12, 13, 14, 15, 17, 18, 19]],
  [676100, 676399, [16], [12, 13, 14, 15, 17, 18, 19]],
  [676770, 676774, [16], [12, 13, 14, 15, 17, 18, 19]],
  [220000, 220499, [16], [17, 18, 19]], // Mir
  [506099, 506198, [16], [18, 19]], // Verve
  [506699, 506778, [16]], // Elo
  [509000, 509999, [16]],
  [636000, 639999, [16], [17, 18, 19]], // InterPayment, InstaPayment, Elo
  [606282, 606282, [16]], // Hipercard
  [508500, 508999, [16]], // RuPay
  [607000, 608999, [16]],
  [820000, 829999, [16]],
  [979200, 979289, [16]], // Troy
  [970400, 970499, [], [16, 19]], // Napas
  [860000, 860099, [], [16]], // Uzcard
  [986000, 986099, [], [16]], // Humo
];
const ANY_CARD_LENGTH = [12, 13, 14, 15, 16, 17, 18, 19];

function findCard(scan: Scan, at: number): boolean {
  if (RUN.digits < 12) return false;
  const b = scan.b;
  if (b[at - 1] === 46 && isDigit(b[at - 2]!)) return false;
  const separator = RUN.separator[0]!;
  let digits = '';
  for (let k = 0; k < RUN.groups && digits.length < 19; k++) {
    const start = RUN.start[k]!;
    const length = RUN.length[k]!;
    if (k > 0 && RUN.separator[k - 1] !== separator) break;
    if (k > 0 && separator !== SPACE && separator !== DASH && separator !== DOT) break;
    for (let i = start; i < start + length; i++) digits += String.fromCharCode(b[i]!);
    if (digits.length < 12 || digits.length > 19 || isWord(b[start + length]!)) continue;
    if (!isCard(scan, at, digits, k + 1)) continue;
    scan.start = at;
    scan.end = start + length;
    return true;
  }
  return false;
}

function isCard(scan: Scan, at: number, digits: string, groups: number): boolean {
  if (!luhn(digits) || /^(\d)\1*$/.test(digits)) return false;
  const prefix = Number(digits.slice(0, 6));
  const range = RANGES.find(([from, to]) => prefix >= from && prefix <= to);
  const layout = groups === 1 || (RUN.length[0] === 4 && isCardLayout(groups));
  if (layout && range?.[2].includes(digits.length)) return true;
  const lengths = range === undefined ? ANY_CARD_LENGTH : [...range[2], ...(range[3] ?? [])];
  return lengths.includes(digits.length) && (wordsBefore(scan, at) & CARD) !== 0;
}

/** 4-4-4-4, with a last group of any length, or 4-6-5 and 4-6-4. */
function isCardLayout(groups: number): boolean {
  if (groups === 3) return RUN.length[1] === 6;
  for (let k = 1; k < groups - 1; k++) if (RUN.length[k] !== 4) return false;
  return true;
}

/** The Luhn check (ISO/IEC 7812-1, annex B) over a text of digits. */
export function luhn(digits: string): boolean {
  let sum = 0;
  let twice = false;
  for (let i = digits.length - 1; i >= 0; i--) {
    let digit = digits.charCodeAt(i) - 48;
    if (twice) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    twice = !twice;
  }
  return sum % 10 === 0;
}

/** `at` is the first digit inside a word: an IBAN has two letters before it. */
function findIban(scan: Scan, at: number): boolean {
  const b = scan.b;
  const start = at - 2;
  if (start < scan.floor || !isDigit(b[at + 1]!)) return false;
  if (!isLetter(b[start]!) || !isLetter(b[start + 1]!) || touchesWord(b, start)) return false;
  const structure = IBAN_COUNTRIES.get(String.fromCharCode(b[start]! & 95, b[start + 1]! & 95));
  if (structure === undefined) return false;
  const end = ibanEnd(b, start, structure);
  if (end === 0 || end > scan.to || isWord(b[end]!)) return false;
  scan.start = start;
  scan.end = end;
  return true;
}

/**
 * End of the IBAN of that structure (n digit, a letter, c either; one per character), 0 when it is
 * none.
 */
function ibanEnd(b: Uint8Array, start: number, structure: string): number {
  let i = start + 4;
  let rest = 0;
  for (let k = 0; k < structure.length; k++) {
    if (b[i] === 32 || b[i] === 45) i++;
    const c = b[i++]!;
    const wanted = structure.charCodeAt(k);
    if (wanted === 110 ? !isDigit(c) : wanted === 97 ? !isLetter(c) : !isAlnum(c)) return 0;
    rest = mod97(rest, c);
  }
  for (let k = start; k < start + 4; k++) rest = mod97(rest, b[k]!);
  return rest === 1 ? i : 0;
}

function mod97(rest: number, c: number): number {
  return isDigit(c) ? (rest * 10 + c - 48) % 97 : (rest * 100 + (c & 95) - 55) % 97;
}

const digitsOf = (raw: string): string => raw.replace(/\D/g, '');
const compact = (raw: string): string => raw.replace(/[^A-Za-z0-9]/g, '').toUpperCase();

export const FINANCE_ROWS: readonly TypeRow[] = [
  {
    type: 'card',
    trigger: { at: 'number' },
    find: findCard,
    normalise: digitsOf,
    context: CARD,
    examples: [
      'card ‹4111111111111111› exp 12/29',
      'Visa ‹4111 1111 1111 1111›',
      '‹5105-1051-0510-5100›',
      'mc ‹2223000048400011›',
      'amex ‹378282246310005›',
      '‹3782 822463 10005›',
      '‹6011111111111117›',
      'jcb ‹3530111333300000›',
      'card ‹4222222222222›',
      'diners ‹30569309025904›',
      'pandas wrote ‹4111111111111111›.0',
      'card‹ 4111111111111111›'.replace('‹ ', ' ‹'),
    ],
    counterExamples: [
      'order 4111111111111112',
      'micros 1763870000123456',
      'nanos 1763870000123456789',
      '0.4111111111111111',
      'trace 4111111111111111a',
      'ids 0000000000000000',
      'sku 4222222222222',
      '550e8400-e29b-41d4-a716-411111111111',
      'snowflake 1212092628029698048',
    ],
  },
  {
    type: 'iban',
    trigger: { at: 'word_digit' },
    find: findIban,
    normalise: compact,
    context: 0,
    examples: [
      'to ‹DE89370400440532013000›',
      'IBAN ‹DE89 3704 0044 0532 0130 00› please',
      '‹GB82WEST12345698765432›, failed',
      'my iban is ‹gb82west12345698765432›',
      '‹FR1420041010050500013M02606›',
      '‹NO93 8601 1117 947›',
    ],
    counterExamples: [
      'DE89370400440532013001',
      'GB82TEST1234569876543',
      'xDE89370400440532013000',
      'commit de89370400440532013000aa',
      'US12345678901234567890',
    ],
  },
];
