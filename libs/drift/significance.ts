// Could chance have done it, and what would have been seen if it had not? The p-value of a
// comparison, and the smallest shift that the rule's power shows.
// Guarantees: both use the same spread, so that "would have been seen" means "would have been
// called significant". Estimated spreads cost certainty: Student's t and F in place of normal and
// chi-square.
// Example: pValueOf(reference, compare(reference, series, from, to)) // 3e-9
import { type Comparison, yesShare } from './compare.ts';
import { mixTest } from './homogeneity.ts';
import type { Reference } from './reference.ts';
import { kolmogorovQuantile, kolmogorovTail, studentQuantile, studentTails } from './tails.ts';

/** The p-value of a comparison: chi-square for mixes and rates, Kolmogorov-Smirnov for numbers. */
export function pValueOf(reference: Reference, comparison: Comparison): number {
  const { spread } = comparison;
  if (!(comparison.nCurrent > 0) || !(comparison.nReference > 0)) return 1;
  if (reference.series.kind !== 'number') {
    return mixTest(comparison.referenceShares, comparison.currentShares, spread);
  }
  const p = kolmogorovTail(comparison.linf / Math.sqrt(spread.reference + spread.current));
  if (!Number.isFinite(spread.df) || p >= 1) return p;
  // The spread is itself an estimate: as much less certain as Student's t is than the normal.
  return Math.max(p, studentTails(studentQuantile(p, Infinity), spread.df));
}

/** The smallest shift seen with the rule's power at a level: points, factor, or KS distance. */
export function visibleShift(reference: Reference, comparison: Comparison, level: number): number {
  const { spread, referenceShares } = comparison;
  const { rule, series } = reference;
  const v = spread.reference + spread.current;
  const certain = studentQuantile(2 * (1 - rule.power), Infinity);
  if (series.kind === 'number') {
    return (kolmogorovQuantile(level) + certain / 2) * Math.sqrt(v);
  }
  const tests = series.kind === 'rate' ? 1 : 2 * Math.max(2, referenceShares.length);
  const wanted = studentQuantile(level / tests, spread.df) + certain;
  if (series.kind === 'category') {
    const largest = Math.max(...referenceShares);
    const share = Math.min(largest, 0.5);
    return wanted * Math.sqrt(share * (1 - share) * v);
  }
  const rate = yesShare(reference, referenceShares);
  if (!(rate > 0)) return Infinity;
  // Twice the rate varies more than the rate itself.
  const middle = Math.min(0.5, rate * 1.5);
  return 1 + (wanted * Math.sqrt(middle * (1 - middle) * v)) / rate;
}
