// What became of one record at one step: ok, a dead letter with its reason, or try again later.
// Steps are pure and return an Outcome; only the runner (services/worker/run-batch.ts) touches
// Kafka.
// Example: const decoded = decode(bytes); if (decoded.is !== 'ok') return decoded;
import type { SpineErrorCode } from './errors.ts';

export type Ok<T> = { readonly is: 'ok'; readonly value: T };
export type DeadLetter = {
  readonly is: 'deadLetter';
  readonly code: SpineErrorCode;
  /** What was wanted and what was found. Never a payload, never a personal value. */
  readonly cause: string;
};
export type Retry = { readonly is: 'retry'; readonly code: SpineErrorCode; readonly cause: string };
export type Outcome<T> = Ok<T> | DeadLetter | Retry;

export function ok<T>(value: T): Ok<T> {
  return { is: 'ok', value };
}

export function deadLetter(code: SpineErrorCode, cause: string): DeadLetter {
  return { is: 'deadLetter', code, cause };
}

export function retry(code: SpineErrorCode, cause: string): Retry {
  return { is: 'retry', code, cause };
}
