// Puts single judged decisions into bins of confidence, as the query `calibration` does in the
// database: for simulations, tests and small sets.
// Guarantees: equal confidences share a bin, so that no order of ties changes the result.
// Example: binConfidence([{ confidence: 0.9, isCorrect: true }], 'width')
import type { CalibrationBin } from './calibration.ts';

export type Judged = { readonly confidence: number; readonly isCorrect: boolean };

/** width: bins of equal width; mass: bins of (nearly) equal numbers. Empty bins are left out. */
export function binConfidence(
  judged: readonly Judged[],
  binning: 'width' | 'mass',
  bins = 20,
): readonly CalibrationBin[] {
  const sorted = judged.toSorted((a, b) => a.confidence - b.confidence);
  const groups = new Map<number, Judged[]>();
  let firstAt = 0;
  sorted.forEach((one, at) => {
    if (one.confidence !== sorted[firstAt]?.confidence) firstAt = at;
    const bin =
      binning === 'width'
        ? Math.min(bins - 1, Math.floor(one.confidence * bins))
        : Math.floor((firstAt * bins) / sorted.length);
    const group = groups.get(bin);
    if (group === undefined) groups.set(bin, [one]);
    else group.push(one);
  });
  return [...groups.values()].map(sumsOf);
}

function sumsOf(group: readonly Judged[]): CalibrationBin {
  const sum = (of: (confidence: number, y: number) => number): number =>
    group.reduce((total, one) => total + of(one.confidence, one.isCorrect ? 1 : 0), 0);
  return {
    n: group.length,
    runs: group.length,
    correct: sum((_, y) => y),
    confidence_sum: sum((c) => c),
    confidence_square_sum: sum((c) => c * c),
    confidence_correct_sum: sum((c, y) => c * y),
    quartic_error_sum: sum((c, y) => (c - y) ** 4),
  };
}
