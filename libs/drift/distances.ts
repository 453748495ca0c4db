// How far two distributions are apart: PSI, Jensen-Shannon, L-infinity for categories, Wasserstein
// and Kolmogorov-Smirnov's D for histograms.
// Guarantees: symmetric where the name promises it; never NaN: an empty side is no distance but a
// question the caller must not ask (the rule's floors come first), and gives 0.
// Example: psi([50, 50], [80, 20]) // 0.40

/** Counts or shares, cell by cell; both sides have the same cells in the same order. */
export type Counts = ArrayLike<number>;

export function total(counts: Counts): number {
  let sum = 0;
  for (let at = 0; at < counts.length; at += 1) sum += counts[at] ?? 0;
  return sum;
}

/**
 * Population stability index of counts. Half a run is added to each cell, so that an empty cell has
 * a logarithm (Krichevsky and Trofimov's estimate); the index of exact shares is the limit.
 */
export function psi(reference: Counts, current: Counts): number {
  const cells = reference.length;
  const nr = total(reference);
  const nc = total(current);
  if (!(nr > 0) || !(nc > 0)) return 0;
  let sum = 0;
  for (let at = 0; at < cells; at += 1) {
    const pr = ((reference[at] ?? 0) + 0.5) / (nr + 0.5 * cells);
    const pc = ((current[at] ?? 0) + 0.5) / (nc + 0.5 * cells);
    sum += (pc - pr) * Math.log(pc / pr);
  }
  return sum;
}

/** Jensen-Shannon distance with base 2: the root of the divergence, 0 (same) to 1 (disjoint). */
export function jensenShannonDistance(reference: Counts, current: Counts): number {
  const nr = total(reference);
  const nc = total(current);
  if (!(nr > 0) || !(nc > 0)) return 0;
  let sum = 0;
  for (let at = 0; at < reference.length; at += 1) {
    const pr = (reference[at] ?? 0) / nr;
    const pc = (current[at] ?? 0) / nc;
    if (pr > 0) sum += pr * Math.log2((2 * pr) / (pr + pc));
    if (pc > 0) sum += pc * Math.log2((2 * pc) / (pr + pc));
  }
  return Math.sqrt(Math.max(0, sum / 2));
}

/** The largest difference of a cell's share. */
export function lInfinity(reference: Counts, current: Counts): number {
  const nr = total(reference);
  const nc = total(current);
  if (!(nr > 0) || !(nc > 0)) return 0;
  let largest = 0;
  for (let at = 0; at < reference.length; at += 1) {
    largest = Math.max(largest, Math.abs((current[at] ?? 0) / nc - (reference[at] ?? 0) / nr));
  }
  return largest;
}

/** The largest difference of the cumulated shares: Kolmogorov-Smirnov's D of two histograms. */
export function kolmogorovSmirnov(reference: Counts, current: Counts): number {
  const nr = total(reference);
  const nc = total(current);
  if (!(nr > 0) || !(nc > 0)) return 0;
  let largest = 0;
  let gap = 0;
  for (let at = 0; at < reference.length; at += 1) {
    gap += (current[at] ?? 0) / nc - (reference[at] ?? 0) / nr;
    largest = Math.max(largest, Math.abs(gap));
  }
  return largest;
}

/**
 * Wasserstein's first distance of two histograms, in units of the positions: how far mass must be
 * moved, times how much. Positions ascend.
 */
export function wasserstein(reference: Counts, current: Counts, positions: Counts): number {
  const nr = total(reference);
  const nc = total(current);
  if (!(nr > 0) || !(nc > 0)) return 0;
  let sum = 0;
  let gap = 0;
  for (let at = 0; at + 1 < reference.length; at += 1) {
    gap += (current[at] ?? 0) / nc - (reference[at] ?? 0) / nr;
    sum += Math.abs(gap) * ((positions[at + 1] ?? 0) - (positions[at] ?? 0));
  }
  return sum;
}

/** Mean and standard deviation of a histogram, in units of the positions. */
export function moments(counts: Counts, positions: Counts): { mean: number; deviation: number } {
  const n = total(counts);
  if (!(n > 0)) return { mean: 0, deviation: 0 };
  let mean = 0;
  for (let at = 0; at < counts.length; at += 1) {
    mean += ((counts[at] ?? 0) * (positions[at] ?? 0)) / n;
  }
  let square = 0;
  for (let at = 0; at < counts.length; at += 1) {
    square += ((counts[at] ?? 0) * ((positions[at] ?? 0) - mean) ** 2) / n;
  }
  return { mean, deviation: Math.sqrt(square) };
}
