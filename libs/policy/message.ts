// The message of a rule: text with {field} places, filled from the event after it was scrubbed.
// Guarantees: one line, bounded length, never a value that the rule's author did not name.
// Example: fillMessage(parseMessage('tool {tool.name} by {agent.id}', names), judged) → 'tool bash
// by refund-bot'
import type { Judged } from '@agentspine/event/facts';
import { fieldReader } from './emit-closures.ts';
import { LIMITS } from './limits.ts';
import { ConditionError, quoted } from './mistake.ts';
import { parseCondition } from './parse-condition.ts';
import { type Names, valueOf } from './read-value.ts';
import type { MessagePart } from './rule.ts';

/** Throws ConditionError. `{{` and `}}` are braces. */
export function parseMessage(template: string, names: Names): readonly MessagePart[] {
  const parts: MessagePart[] = [];
  const pattern = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
  let end = 0;
  for (const found of template.matchAll(pattern)) {
    parts.push(template.slice(end, found.index));
    end = found.index + found[0].length;
    const field = found[1];
    if (found[0] === '{{' || found[0] === '}}') parts.push(found[0].charAt(0));
    else if (field === undefined) {
      throw new ConditionError('{field}, or {{ for a brace', quoted(found[0]), found.index);
    } else parts.push(place(field, names, found.index + 1));
  }
  parts.push(template.slice(end));
  return parts.filter((part) => part !== '');
}

function place(field: string, names: Names, offset: number): MessagePart {
  const reading = { names, item: undefined, macros: [], spent: { nodes: 0 } };
  try {
    const value = valueOf(parseCondition(field), reading);
    if (value.is === 'field' && value.type.is !== 'record') {
      return { path: value.path, absent: value.absent };
    }
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw new ConditionError(error.wanted, error.found, offset + error.offset);
  }
  throw new ConditionError('a field of the event', quoted(field), offset);
}

export function fillMessage(parts: readonly MessagePart[], judged: Judged): string {
  const scope = { ...judged, item: undefined };
  const whole = parts
    .map((part) =>
      typeof part === 'string' ? part : shown(fieldReader(part.path, part.absent)(scope)),
    )
    .join('');
  return clipped(whole, LIMITS.messageChars);
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '-';
  const text =
    typeof value === 'object'
      ? Object.values(value).slice(0, 8).map(scalar).join(', ')
      : scalar(value);
  // A message is one line of a table or an alert.
  return clipped(text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '), LIMITS.messageValueChars);
}

function scalar(value: unknown): string {
  if (typeof value === 'object') return '…';
  const plain = value as string | number | boolean;
  return String(plain);
}

function clipped(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = limit - 1;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return `${text.slice(0, isHalf ? end - 1 : end)}…`;
}
