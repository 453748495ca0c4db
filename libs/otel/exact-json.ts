// JSON without the loss: integers beyond 2^53 come back as bigint, so that 64- and 128-bit ids and
// times in nanoseconds survive. Everything else is as JSON.parse gives it (RFC 8259; of repeated
// names the last one counts). Text that is no JSON is refused with line, column and reason, and
// never quotes the text itself.
// Example: parseExactJson('{"span_id": 17348474965005769013}', 'trace.json') → { span_id:
// 17348474965005769013n }
import { SpineError } from '@agentspine/outcome/errors';
import { findJsonFault } from './json-fault.ts';

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context: { source?: string },
) => unknown;
type WithRawJson = { rawJSON(text: string): unknown };

/** Digits of the largest integer kept exact: 128 bits, the size of a trace id. */
const INTEGER_DIGITS_MAX = 39;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

const reviveNumbers: Reviver = (_key, value, context) =>
  typeof value === 'number' && context.source !== undefined
    ? exactNumber(value, context.source)
    : value;

/**
 * Parses one JSON text. Integers that a double cannot hold become bigint; a number too large for a
 * double becomes its source text, as a string.
 * @throws SpineError SPINE_IMPORT_FORMAT with file:line:column, what was wanted and what was found
 */
export function parseExactJson(text: string, file: string, firstLine = 1): unknown {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  try {
    return JSON.parse(body, reviveNumbers as Parameters<typeof JSON.parse>[1]);
  } catch {
    // The engine's own message may quote the text, so it is not passed on, not even as the cause.
    const fault = findJsonFault(body);
    if (fault === null) throw new SpineError('SPINE_IMPORT_FORMAT', nestedTooDeep(file));
    throw new SpineError('SPINE_IMPORT_FORMAT', {
      where: `${file}:${fault.line + firstLine - 1}:${fault.column}`,
      wanted: fault.wanted,
      found: fault.found,
    });
  }
}

/** JSON text of a value in which bigints are integers of any size. */
export function exactJsonText(value: unknown): string {
  const { rawJSON } = JSON as unknown as WithRawJson;
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? rawJSON(inner.toString()) : inner,
  );
}

/** What an error says when a text is JSON but nests deeper than the stack carries. */
export function nestedTooDeep(file: string): { where: string; wanted: string; found: string } {
  return { where: file, wanted: 'values nested a few hundred deep', found: 'far deeper nesting' };
}

function exactNumber(value: number, source: string): number | bigint | string {
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return source;
  return Number.isInteger(value) ? (integerOf(source) ?? value) : value;
}

/**
 * The integer a JSON number spells, also with a fraction or exponent; null when it is none or too
 * long.
 */
function integerOf(source: string): bigint | null {
  const parts = DECIMAL.exec(source);
  if (parts === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const zeros = Number(exponent) - fraction.length;
  if (zeros < 0 && !/^0*$/.test(fraction.slice(zeros))) return null;
  if (whole.length + fraction.length + Math.max(0, zeros) > INTEGER_DIGITS_MAX + 1) return null;
  const digits = whole + (zeros < 0 ? fraction.slice(0, zeros) : fraction + '0'.repeat(zeros));
  return BigInt(sign + digits);
}
