// National identity numbers. So far the US social security number; the others join here as rows.
// Source: SSA, "Is there any significance to the numbers assigned": area not 000, 666 or 900–999,
// group not 00, serial not 0000.
// Example: "ssn 123-45-6789" is found; "123 45 6789" only where the words or the key say so.
import { SSN, wordsBefore } from '../context.ts';
import { DASH, DOT, RUN, SPACE, number } from '../numeric-run.ts';
import { isDigit, isWord, type Scan } from '../scan.ts';
import type { TypeRow } from './row.ts';

function findSsn(scan: Scan, at: number): boolean {
  const b = scan.b;
  const separator = RUN.separator[0]!;
  const single = RUN.groups === 1 && RUN.digits === 9;
  if (!single && !isThreeTwoFour()) return false;
  const end = single ? at + 9 : at + 11;
  const before = b[at - 1]!;
  if (isWord(b[end]!) || ((before === 45 || before === 46) && isWord(b[at - 2]!))) return false;
  if ((b[end] === 45 || b[end] === 46) && isDigit(b[end + 1]!)) return false;
  const step = single ? 0 : 1;
  const area = number(b, at, 3);
  if (area === 0 || area === 666 || area > 899) return false;
  if (number(b, at + 3 + step, 2) === 0 || number(b, at + 5 + 2 * step, 4) === 0) return false;
  if (separator !== DASH && (wordsBefore(scan, at) & SSN) === 0) return false;
  scan.start = at;
  scan.end = end;
  return true;
}

function isThreeTwoFour(): boolean {
  const separator = RUN.separator[0]!;
  return (
    RUN.groups >= 3 &&
    RUN.length[0] === 3 &&
    RUN.length[1] === 2 &&
    RUN.length[2] === 4 &&
    separator === RUN.separator[1] &&
    (separator === DASH || separator === SPACE || separator === DOT) &&
    RUN.start[2] === RUN.start[0]! + 7
  );
}

export const IDENTITY_ROWS: readonly TypeRow[] = [
  {
    type: 'us_ssn',
    trigger: { at: 'number' },
    find: findSsn,
    normalise: (raw) => raw.replace(/\D/g, ''),
    context: SSN,
    examples: [
      'SSN: ‹123-45-6789›',
      'it is ‹078-05-1120›.',
      'social security number ‹123 45 6789›',
      'ssn=‹123456789›',
    ],
    counterExamples: [
      '000-12-3456',
      '666-12-3456',
      '912-12-3456',
      '123-00-4567',
      '123-45-0000',
      'part 123 45 6789',
      'order 123456789',
      'security group 123456789',
      'social media id 123456789',
      '1-123-45-6789',
      '123-45-6789-0',
    ],
  },
];
