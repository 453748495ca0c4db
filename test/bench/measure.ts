// Timing for the benchmarks: CPU time of this process, rounds in turn, medians. Machines are shared
// and noisy, so what counts is a ratio of two things measured side by side in the same run.
// Example: const [journey, json] = inSlices([['journey', run], ['JSON', parse]], { rounds: 9,
// items: 5_000, slice: 250 })

export type Measured = {
  readonly name: string;
  /** Microseconds of CPU per item, median of the rounds. */
  readonly us: number;
  readonly min: number;
  readonly max: number;
};

/**
 * Contestants that work on the same items, in turn over short slices of them, so that what else the
 * machine does meets all of them alike. A slice is compared with itself alone: its median and its
 * least over the rounds; the figures are the means over all slices. `run` takes the items from
 * `start` to `end`.
 */
export function inSlices(
  contestants: readonly (readonly [name: string, run: (start: number, end: number) => void])[],
  { rounds, items, slice }: { readonly [Name in 'rounds' | 'items' | 'slice']: number },
): Measured[] {
  const count = Math.floor(items / slice);
  const all = contestants.map(() => Array.from({ length: count }, () => [] as number[]));
  for (let round = -WARM_ROUNDS; round < rounds; round++) {
    for (let at = 0; at < count; at++) {
      contestants.forEach(([, run], index) => {
        const before = process.cpuUsage();
        run(at * slice, (at + 1) * slice);
        const { user, system } = process.cpuUsage(before);
        if (round >= 0) all[index]?.[at]?.push((user + system) / slice);
      });
    }
  }
  return contestants.map(([name], index) => {
    const sorted = (all[index] ?? []).map((one) => one.toSorted((a, b) => a - b));
    const mean = (of: (one: readonly number[]) => number): number =>
      sorted.reduce((sum, one) => sum + of(one), 0) / count;
    return {
      name,
      us: mean(median),
      min: mean((one) => one[0] ?? NaN),
      max: mean((one) => one.at(-1) ?? NaN),
    };
  });
}

const WARM_ROUNDS = 4;

export function median(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1] ?? NaN;
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function line(name: string, ...cells: readonly (string | number)[]): void {
  const shown = cells.map((cell) => (typeof cell === 'number' ? figure(cell) : cell).padStart(14));
  console.log(`${name.padEnd(34)}${shown.join('')}`);
}

function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value < 10 ? 2 : 1);
}
