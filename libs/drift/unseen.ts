// Values that were never there before: a new tool, a new decision, a new model. True at any size,
// so a first sight is a warning by itself where the reference is large enough to have seen it.
// Guarantees: an alert only where so many new runs are more than the reference's own rare values
// let expect (the missing mass of I. J. Good, Biometrika 40 (1953): values seen once, over runs).
// Example: judgeUnseen({ reference, current, referenceMin: 1000, … }).words // "tool: first seen:
// drop_table (3 runs …)"
import type { State } from './judge-window.ts';
import { binomialTail } from './tails.ts';

export type UnseenQuestion = {
  readonly dimension: string;
  /** Runs by value. */
  readonly reference: ReadonlyMap<string, number>;
  readonly current: ReadonlyMap<string, number>;
  readonly referenceMin: number;
  readonly correct: (p: number) => number;
  readonly alpha: number;
};

export type UnseenFinding = {
  readonly state: State;
  readonly values: readonly { readonly value: string; readonly n: number }[];
  readonly nCurrent: number;
  readonly nReference: number;
  readonly p: number;
  readonly pCorrected: number;
  readonly words: string;
};

const LISTED_MAX = 5;

export function judgeUnseen(question: UnseenQuestion): UnseenFinding {
  const { dimension, reference, current, referenceMin, correct, alpha } = question;
  const sum = (side: ReadonlyMap<string, number>): number =>
    [...side.values()].reduce((all, n) => all + n, 0);
  const [nCurrent, nReference] = [sum(current), sum(reference)];
  const base = { nCurrent, nReference, p: 1, pCorrected: 1, values: [] };
  if (nReference < referenceMin) {
    const words = `${dimension}: insufficient data: reference ${nReference} of ${referenceMin}`;
    return { ...base, state: 'insufficient_data', words };
  }
  const values = [...current]
    .filter(([value, n]) => n > 0 && !((reference.get(value) ?? 0) > 0))
    .map(([value, n]) => ({ value, n }))
    .toSorted((a, b) => b.n - a.n || (a.value < b.value ? -1 : 1));
  if (values.length === 0) {
    return { ...base, state: 'ok', words: `${dimension}: nothing new in ${nCurrent} runs` };
  }
  const singles = [...reference.values()].filter((n) => n === 1).length;
  const missing = (singles + 1) / (nReference + 1);
  const unseen = values.reduce((all, { n }) => all + n, 0);
  const p = binomialTail(unseen, nCurrent, missing);
  const pCorrected = correct(p);
  const list = values
    .slice(0, LISTED_MAX)
    .map(({ value, n }) => `${value} (${n} ${n === 1 ? 'run' : 'runs'})`);
  const more = values.length > LISTED_MAX ? ` and ${values.length - LISTED_MAX} more` : '';
  const words = `${dimension}: first seen: ${list.join(', ')}${more}; 0 of ${nReference} runs before`;
  // Where new values are to be expected, one more is no news.
  const expected = singles > 0 && p > 0.01;
  const state = pCorrected < alpha ? 'alert' : expected ? 'ok' : 'warn';
  return { state, values, nCurrent, nReference, p, pCorrected, words };
}
