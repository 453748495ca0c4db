// A series of steps as windows are asked of it: the tests beside rules and the backtest build
// samples from it.
// Guarantees: a sum costs the same however long the window is (prefix sums); steps that have not
// ended, and those before the first, are nothing.
// Example: seriesReader(values, 300_000).sum('bad', 3_600_000, atMs)

export type SeriesReader = {
  has(field: string): boolean;
  /**
   * Over the steps that lie in (untilMs - windowMs, untilMs]; what is missing counts as nothing.
   */
  sum(field: string, windowMs: number, untilMs: number): number;
  /** The last value of those steps; NaN where there is none. */
  latest(field: string, windowMs: number, untilMs: number): number;
};

export function seriesReader(
  values: ReadonlyMap<string, ArrayLike<number>>,
  stepMs: number,
): SeriesReader {
  const sums = new Map([...values].map(([field, steps]) => [field, prefixSums(steps)]));
  const range = (windowMs: number, untilMs: number, length: number): readonly [number, number] => [
    Math.min(length, Math.max(0, Math.ceil((untilMs - windowMs) / stepMs))),
    Math.min(length, Math.max(0, Math.floor(untilMs / stepMs))),
  ];
  return {
    has: (field) => values.has(field),
    sum: (field, windowMs, untilMs) => {
      const sum = sums.get(field);
      if (sum === undefined) return 0;
      const [from, to] = range(windowMs, untilMs, sum.length - 1);
      return to > from ? (sum[to] ?? 0) - (sum[from] ?? 0) : 0;
    },
    latest: (field, windowMs, untilMs) => {
      const steps = values.get(field);
      if (steps === undefined) return Number.NaN;
      const [from, to] = range(windowMs, untilMs, steps.length);
      for (let at = to - 1; at >= from; at -= 1) {
        const value = steps[at];
        if (value !== undefined && Number.isFinite(value)) return value;
      }
      return Number.NaN;
    },
  };
}

function prefixSums(steps: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(steps.length + 1);
  for (let at = 0; at < steps.length; at += 1) sums[at + 1] = (sums[at] ?? 0) + (steps[at] || 0);
  return sums;
}
