// Words that several reports share: what an operation is called, how now is held against before,
// and when a difference is more than chance.
// Guarantees: pure; below a floor the words are `insufficient data: 24 of 100 …`, never a number.
// Example: operationWords('tool_call', 'refund') // 'tool refund'
import { showSpan, showValue } from '@agentspine/report/show-value';
import type { Asked, Window } from './report-asking.ts';

const KIND_WORDS: Readonly<Record<string, string>> = {
  agent_run: 'the whole run',
  model_call: 'model',
  tool_call: 'tool',
  retrieval: 'retrieval from',
};

export function operationWords(kind: string, subject: string): string {
  if (kind === 'agent_run') return 'the whole run';
  const word = KIND_WORDS[kind] ?? kind.replaceAll('_', ' ');
  return subject === '' || subject === kind ? word : `${word} ${subject}`;
}

/** in the last 24 h, against the 7 d before. */
export function againstWords({ recent, before }: Pick<Asked, 'recent' | 'before'>): string {
  return `in the last ${spanWords(recent)} against the ${spanWords(before)} before`;
}

export function spanWords({ since, until }: Window): string {
  return showSpan(until - since);
}

export function insufficientWords(found: number, needed: number, what: string): string {
  return `insufficient data: ${showValue(found, 'count')} of ${showValue(needed, 'count')} ${what}`;
}

/** Two parts of a whole as people say them: 31 %; of nothing, nothing. */
export function part(of: number, whole: number): number | null {
  return whole > 0 ? of / whole : null;
}

/**
 * How many standard errors a share of n now is above a share before, pooled; null where there is
 * nothing to compare.
 */
export function shareZ(hits: number, n: number, before: number, nBefore: number): number | null {
  if (n <= 0 || nBefore <= 0) return null;
  const pooled = (hits + before) / (n + nBefore);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / nBefore));
  return error > 0 ? (hits / n - before / nBefore) / error : null;
}

/** Beyond this a difference is told: one in 30,000 by chance, for the many that are looked at. */
export const TOLD_Z = 4;

/** a, b and c; at most so many by name. */
export function listed(names: readonly string[], most = 3): string {
  const named = names.slice(0, most);
  const others = names.length - named.length;
  if (others > 0) return `${named.join(', ')} and ${others} more`;
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
}
