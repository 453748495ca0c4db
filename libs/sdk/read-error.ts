// What a thrown value says about a failed operation: status, a class of low cardinality
// (error.type), a message. Anything may be thrown, so anything is read without throwing; the value
// itself goes on to the caller unchanged.
// Example: readError(Object.assign(new Error('slow'), { code: 'ETIMEDOUT' })) → { status:
//   'timeout', errorType: 'ETIMEDOUT', … }
import type { Status } from '@agentspine/event/agent-event';
import { textOf } from './content.ts';

export type ErrorFacts = {
  readonly status: Status;
  readonly errorType: string;
  readonly errorMessage: string;
};

const CODE = /^[A-Za-z0-9_.:-]{1,64}$/;
const TIMEOUT = /timeout|timed.?out|^ETIMEDOUT$|^ESOCKETTIMEDOUT$|^(?:408|504)$/i;
const CANCELLED = /abort|cancel/i;
const MAX_MESSAGE_LENGTH = 2000;

export function readError(error: unknown): ErrorFacts {
  const name = nameOf(error);
  const errorType =
    codeOf(member(error, 'code')) ??
    codeOf(member(error, 'status')) ??
    codeOf(member(error, 'statusCode')) ??
    name;
  return { status: statusOf(name, errorType), errorType, errorMessage: messageOf(error) };
}

function statusOf(name: string, errorType: string): Status {
  if (TIMEOUT.test(name) || TIMEOUT.test(errorType)) return 'timeout';
  return CANCELLED.test(name) || CANCELLED.test(errorType) ? 'cancelled' : 'error';
}

function nameOf(error: unknown): string {
  return codeOf(member(error, 'name')) ?? (error === null ? 'null' : typeof error);
}

/** DOMException has numeric codes that say less than its name, hence the bound. */
function codeOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 100 ? `${value}` : null;
  return typeof value === 'string' && CODE.test(value) ? value : null;
}

function messageOf(error: unknown): string {
  const message = member(error, 'message');
  const text = typeof message === 'string' ? message : textOf(error);
  return text.slice(0, MAX_MESSAGE_LENGTH);
}

function member(error: unknown, key: string): unknown {
  try {
    return typeof error === 'object' && error !== null
      ? (error as Record<string, unknown>)[key]
      : undefined;
  } catch {
    return undefined;
  }
}
