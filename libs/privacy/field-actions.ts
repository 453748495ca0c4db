// One leaf of an event under one action of the field policy: a function from text to text, made
// once per path. A value that is wholly of a known type (an address as actor.id) gets that type's
// token, so that it is equal to the tokens the detector makes of the same value elsewhere.
// Example: textStep({ action: 'mask', keep_last: 4 }, 0)('4111111111111111', work) === '****1111'
import { scrubText, detect } from './detect.ts';
import type { FieldAction } from './field-policy.ts';
import { openScan } from './scan.ts';
import { tokenEnd } from './token-shape.ts';
import type { PiiType } from './types/row.ts';
import type { Work } from './work.ts';

/** null drops the value. */
export type TextStep = (text: string, work: Work) => string | null;

/** Makes the step of an action; `context` holds the bits of the field's own name. */
export function textStep(action: FieldAction, context: number): TextStep {
  switch (action.action) {
    case 'keep':
      return (text) => text;
    case 'drop':
      return (text) => (text === '' ? text : null);
    case 'scan':
      return (text, work) => scan(text, work, context);
    case 'detect':
      return (text, work) => scrubText(text, work.tokenFor, context);
    case 'mask':
      return (text) => mask(text, action.keep_last);
    case 'truncate':
      return (text, work) => cut(scan(text, work, context), action.chars);
    case 'generalise':
      return (text) => generalise(text, action.to);
    case 'pseudonymise':
      return (text, work) => pseudonymise(text, work, action.type);
  }
}

/** Values declared elsewhere in the event first, then the detector. */
function scan(text: string, work: Work, context: number): string {
  const known = work.known.length === 0 ? text : work.replaceKnown(text);
  return scrubText(known, work.tokenFor, context);
}

/** The token of a declared value; '' and our own tokens stay. */
function pseudonymise(text: string, work: Work, type: string): string {
  if (text === '') return text;
  return (
    work.declaredToken(text) || (isToken(text) ? text : work.token(wholeType(text) ?? type, text))
  );
}

/** Notes a declared value and its token, so that it is found in the free text of the same event. */
export function declare(text: string, work: Work, type: string): void {
  if (text === '' || isToken(text)) return;
  const whole = wholeType(text);
  work.declare(text, type, work.token(whole ?? type, text), whole === undefined);
}

/** The type of a value that is nothing but one value of that type. */
function wholeType(text: string): PiiType | undefined {
  if (text.length > 320) return undefined;
  const [span] = detect(text);
  return span !== undefined && span.start === 0 && span.end === text.length ? span.type : undefined;
}

function isToken(text: string): boolean {
  if (!text.startsWith('pii_') || text.length > 96) return false;
  const { b, from, to } = openScan(0, text);
  return tokenEnd(b, from, to) === to;
}

function mask(text: string, keepLast: number): string {
  if (text === '') return text;
  return keepLast > 0 && text.length > keepLast * 2 ? `****${text.slice(-keepLast)}` : '****';
}

/** At most that many characters, never half a surrogate pair and never half a token. */
function cut(text: string, chars: number): string {
  if (text.length <= chars) return text;
  let end = chars;
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last < 0xdc00) end--;
  const token = text.lastIndexOf('pii_', end);
  if (token >= 0 && token < end && end - token < 80) {
    const match = /^pii_[a-z0-9_]+_k[0-9]+_[A-Za-z0-9_-]{22}/.exec(text.slice(token, token + 96));
    if (match !== null && token + match[0].length > end) end = token;
  }
  return text.slice(0, end);
}

/** A date to its month or year, an address to its network (/24, /48). What is neither is masked. */
function generalise(text: string, to: 'month' | 'year' | 'network'): string {
  if (text === '') return text;
  if (to === 'network') {
    const v4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(text);
    if (v4 !== null) return `${v4[1]}.0/24`;
    const v6 = /^([0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}):[0-9a-f:]+$/i.exec(text);
    return v6 === null || v6[0].slice(0, v6[1]!.length + 2).includes('::')
      ? '****'
      : `${v6[1]}::/48`;
  }
  const date = /^(\d{4})-(\d{2})(?:-\d{2}(?:[T ].*)?)?$/.exec(text);
  if (date === null) return '****';
  return to === 'year' ? date[1]! : `${date[1]}-${date[2]}`;
}
