// Do two samples of categories come from the same mix? Pearson's chi-square and the likelihood
// ratio, both with effective sample sizes, so that correlated observations weigh what they are
// worth.
// Guarantees: with plain sizes chiSquareTest() is the 2 x K test of the textbooks; the rule takes
// the larger p of both statistics, since Pearson's overstates rare cells far out in the tail (where
// a fleet's corrected levels lie) and the likelihood ratio overstates sparse ones.
// Example: chiSquareTest([50, 50], [80, 20]) // { statistic: 19.8, df: 1, p: 8.6e-6 }
import { type Counts, total } from './distances.ts';
import { chiSquareTail, fTail, studentTails } from './tails.ts';

export type ChiSquare = { readonly statistic: number; readonly df: number; readonly p: number };

/** Pearson's test of two rows of counts, without continuity correction. */
export function chiSquareTest(reference: Counts, current: Counts): ChiSquare {
  const nr = total(reference);
  const nc = total(current);
  if (!(nr > 0) || !(nc > 0)) return { statistic: 0, df: 0, p: 1 };
  const pr = Array.from(reference, (n) => n / nr);
  const pc = Array.from(current, (n) => n / nc);
  const { pearson, df } = statistics(pr, pc, 1 / nr, 1 / nc);
  return { statistic: pearson, df, p: chiSquareTail(pearson, df) };
}

/** What a share of 1/2 varies by, over 1/4: 1/n for independent runs, more for correlated ones. */
export type Spread = { readonly reference: number; readonly current: number; readonly df: number };

/**
 * The same with spreads that were estimated, so F and t in place of chi-square and normal. Gives
 * the smaller p of two questions (is the mix another; is any one share another), doubled.
 */
export function mixTest(pr: readonly number[], pc: readonly number[], spread: Spread): number {
  const { pearson, likelihood, df } = statistics(pr, pc, spread.reference, spread.current);
  if (df === 0) return 1;
  const whole = fTail(Math.min(pearson, likelihood) / df, df, spread.df);
  let largest = 0;
  for (let at = 0; at < pr.length; at += 1) {
    const [r, c] = [pr[at] ?? 0, pc[at] ?? 0];
    const one = statistics([r, 1 - r], [c, 1 - c], spread.reference, spread.current);
    largest = Math.max(largest, Math.min(one.pearson, one.likelihood));
  }
  const single = df === 1 ? whole : (df + 1) * studentTails(Math.sqrt(largest), spread.df);
  return df === 1 ? whole : Math.min(1, 2 * Math.min(whole, single));
}

function statistics(
  pr: readonly number[],
  pc: readonly number[],
  spreadReference: number,
  spreadCurrent: number,
): { pearson: number; likelihood: number; df: number } {
  const spread = spreadReference + spreadCurrent;
  let pearson = 0;
  let likelihood = 0;
  let cells = 0;
  for (let at = 0; at < pr.length; at += 1) {
    const [r, c] = [pr[at] ?? 0, pc[at] ?? 0];
    const pooled = (r * spreadCurrent + c * spreadReference) / spread;
    if (!(pooled > 0)) continue;
    cells += 1;
    pearson += (c - r) ** 2 / (pooled * spread);
    if (r > 0) likelihood += (2 * r * Math.log(r / pooled)) / spreadReference;
    if (c > 0) likelihood += (2 * c * Math.log(c / pooled)) / spreadCurrent;
  }
  return { pearson, likelihood: Math.max(0, likelihood), df: Math.max(0, cells - 1) };
}
