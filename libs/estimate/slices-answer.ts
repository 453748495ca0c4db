// Rows of the query `accuracy-slices` to an answer: accuracy of each slice with its interval, and
// which slices differ from the rest of the agent's decisions.
// Guarantees: a slice below the floor is insufficient data; a difference counts only where it holds
// after correction for the number of slices looked at (Bonferroni).
// Example: sliceAnswers(rows).filter((slice) => slice.verdict === 'worse')
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { insufficient, type Insufficient } from './insufficient.ts';
import { LEVEL, wilson, type Interval } from './interval.ts';

export type SliceAnswerRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly dimension: string;
  readonly value: string;
  readonly n: number;
  readonly runs: number;
  readonly correct: number;
};

export type SliceAnswer = SliceAnswerRow & {
  readonly accuracy: Interval | Insufficient;
  /** Against all other decisions of the agent with a value of this dimension. */
  readonly verdict: 'better' | 'worse' | 'alike' | 'insufficient_data';
  readonly words: string;
};

/** Least judged decisions of a slice, and of the rest it is compared with. */
export const SLICE_FLOOR = 50;

export function sliceAnswers(
  rows: readonly SliceAnswerRow[],
  floor = SLICE_FLOOR,
): readonly SliceAnswer[] {
  const totals = new Map<string, { n: number; runs: number; correct: number }>();
  for (const row of rows) {
    const total = totals.get(groupOf(row)) ?? { n: 0, runs: 0, correct: 0 };
    totals.set(groupOf(row), {
      n: total.n + row.n,
      runs: total.runs + row.runs,
      correct: total.correct + row.correct,
    });
  }
  const compared = Math.max(1, rows.filter((row) => row.n >= floor).length);
  return rows.map((row) => {
    const all = totals.get(groupOf(row)) ?? row;
    const name = `${row.agent_id}, ${row.dimension} ${row.value}`;
    const effective = Math.min(row.n, row.runs);
    if (effective < floor) {
      const accuracy = insufficient(effective, floor);
      return {
        ...row,
        accuracy,
        verdict: 'insufficient_data',
        words: `${name}: ${accuracy.words}`,
      };
    }
    const accuracy = wilson(row.correct, row.n, row.runs);
    const rest = {
      n: all.n - row.n,
      runs: Math.min(all.n - row.n, all.runs - row.runs),
      correct: all.correct - row.correct,
    };
    const verdict = rest.runs < floor ? 'alike' : verdictOf(row, rest, compared);
    const share = (hits: number, n: number): string => `${((100 * hits) / n).toFixed(1)} %`;
    const others = rest.n > 0 ? `, the rest in ${share(rest.correct, rest.n)} of ${rest.n}` : '';
    const words = `${name}: right in ${share(row.correct, row.n)} of ${row.n}${others}`;
    return {
      ...row,
      accuracy,
      verdict,
      words: verdict === 'alike' ? words : `${words}: ${verdict}`,
    };
  });
}

type Counts = { readonly n: number; readonly runs: number; readonly correct: number };

/** Two-sided test of two shares with pooled variance. */
function verdictOf(slice: Counts, rest: Counts, compared: number): 'better' | 'worse' | 'alike' {
  const pooled = (slice.correct + rest.correct) / (slice.n + rest.n);
  const error = Math.sqrt(
    pooled *
      (1 - pooled) *
      (1 / Math.min(slice.n, slice.runs) + 1 / Math.max(1, Math.min(rest.n, rest.runs))),
  );
  const difference = slice.correct / slice.n - rest.correct / rest.n;
  const bound = normalQuantile(1 - (1 - LEVEL) / 2 / compared, 0, 1) * error;
  if (error === 0 || Math.abs(difference) <= bound) return 'alike';
  return difference > 0 ? 'better' : 'worse';
}

const groupOf = (row: SliceAnswerRow): string =>
  JSON.stringify([row.tenant_id, row.agent_id, row.dimension]);
