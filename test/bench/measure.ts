// Timing for the benchmarks: CPU time of this process, rounds in turn, medians. Machines are shared
// and noisy, so what counts is a ratio of two things measured side by side in the same run.
// Example: const [journey, decode] = inTurn([['journey', run], ['decode', decodeAll]], { rounds: 9,
// per: 5_000 })

export type Measured = {
  readonly name: string;
  /** Microseconds of CPU per item, median of the rounds. */
  readonly us: number;
  readonly min: number;
  readonly max: number;
};

export function inTurn(
  contestants: readonly (readonly [name: string, run: () => void])[],
  { rounds, per }: { readonly rounds: number; readonly per: number },
): Measured[] {
  for (const [, run] of contestants) for (let warm = 0; warm < 3; warm++) run();
  const all = contestants.map(() => [] as number[]);
  for (let round = 0; round < rounds; round++) {
    contestants.forEach(([, run], index) => {
      const before = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(before);
      all[index]?.push((user + system) / per);
    });
  }
  return contestants.map(([name], index) => {
    const sorted = (all[index] ?? []).toSorted((a, b) => a - b);
    return { name, us: median(sorted), min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
  });
}

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
