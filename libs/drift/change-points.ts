// When did a stream change? Page-Hinkley on standardised values, for an alarm within minutes, and
// ADWIN, which keeps the window over which the mean holds.
// Guarantees: both are pure folds: the same values give the same points; a value that is no number
// is skipped.
// Sources: E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954), D. V. Hinkley 1971;
// A. Bifet and R. Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007,
// cut condition with the variance (their theorem on ADWIN, eq. 3.1).
// Example: pageHinkley(values, { drift: 0.5, threshold: 20 }) // { at: 61, since: 42, up: true }

export type ChangePoint = {
  /** Index at which it became certain. */
  readonly at: number;
  /** Index from which the values are others. */
  readonly since: number;
  readonly up: boolean;
};

export type PageHinkleyOptions = {
  /** Shift per value that is let pass, in standard deviations; half of what is looked for. */
  readonly drift: number;
  /** Cumulated standard deviations of the alarm. */
  readonly threshold: number;
};

/** The last change in values with mean 0 and deviation 1 while nothing changes. */
export function pageHinkley(
  values: readonly number[],
  { drift, threshold }: PageHinkleyOptions,
): ChangePoint | undefined {
  let [high, low, highSince, lowSince] = [0, 0, 0, 0];
  let found: ChangePoint | undefined;
  for (const [at, value] of values.entries()) {
    if (!Number.isFinite(value)) continue;
    if (high === 0) highSince = at;
    if (low === 0) lowSince = at;
    high = Math.max(0, high + value - drift);
    low = Math.max(0, low - value - drift);
    if (high <= threshold && low <= threshold) continue;
    // While the sum stays above, it is one change; it began where the sum last left 0.
    const up = high > low;
    const since = up ? highSince : lowSince;
    if (found === undefined || found.since !== since || found.up !== up) found = { at, since, up };
    // A change that goes on must not outweigh its own end for hours.
    high = Math.min(high, 2 * threshold);
    low = Math.min(low, 2 * threshold);
  }
  const ended = found !== undefined && (found.up ? high : low) <= threshold;
  return ended ? undefined : found;
}

export type AdwinOptions = {
  /** Chance of a false cut. */
  readonly delta: number;
  /** Fewest values on either side of a cut. */
  readonly sideMin: number;
};

/**
 * Index from which the mean of the values holds: 0 while no cut was found. Looks at every cut after
 * every value, so quadratic; for a day of minutes or less.
 */
export function adwin(values: readonly number[], { delta, sideMin }: AdwinOptions): number {
  const sums = [0];
  const squares = [0];
  const indices: number[] = [];
  for (const [at, value] of values.entries()) {
    if (!Number.isFinite(value)) continue;
    sums.push((sums.at(-1) ?? 0) + value);
    squares.push((squares.at(-1) ?? 0) + value * value);
    indices.push(at);
  }
  let start = 0;
  for (let end = 2 * sideMin; end < sums.length; end += 1) {
    let cut = lastCut({ sums, squares }, { start, end }, { delta, sideMin });
    while (cut !== undefined) {
      start = cut;
      cut = lastCut({ sums, squares }, { start, end }, { delta, sideMin });
    }
  }
  return start === 0 ? 0 : (indices[start] ?? 0);
}

type Prefix = { readonly sums: readonly number[]; readonly squares: readonly number[] };

/** The newest cut of [start, end) whose sides differ by more than chance allows. */
function lastCut(
  { sums, squares }: Prefix,
  { start, end }: { readonly start: number; readonly end: number },
  { delta, sideMin }: AdwinOptions,
): number | undefined {
  const n = end - start;
  const at = (list: readonly number[], index: number): number => list[index] ?? 0;
  const mean = (at(sums, end) - at(sums, start)) / n;
  const variance = Math.max(0, (at(squares, end) - at(squares, start)) / n - mean * mean);
  const level = Math.log((2 * Math.log(Math.max(n, 3))) / delta);
  for (let cut = end - sideMin; cut >= start + sideMin; cut -= 1) {
    const [before, after] = [cut - start, end - cut];
    const gap =
      (at(sums, cut) - at(sums, start)) / before - (at(sums, end) - at(sums, cut)) / after;
    const m = 1 / (1 / before + 1 / after);
    if (Math.abs(gap) > Math.sqrt((2 / m) * variance * level) + (2 / (3 * m)) * level) return cut;
  }
  return undefined;
}
