// What a rate or a confidence usually is at a time of day: mean, deviation of one run, and how much
// hours differ beyond chance.
// Guarantees: from the same hour of day and its two neighbours of the week before; undefined where
// these have too few runs. An hour in which nothing failed is no proof that nothing can.
// Example: const usual = usualLevel(rows, { kind: 'rate', beforeMs }); usual(minuteMs)?.mean
import { DAY_HOURS, HOUR_MS, type HourlyRow } from './hourly-series.ts';
import type { Usual } from './judge-stream.ts';

const RUNS_MIN = 100;
const WEEK_MS = 7 * DAY_HOURS * HOUR_MS;
const BIN_WIDTH = 0.05;

export type LevelQuestion = {
  /** rate: rows of yes and no. confidence: rows of bins of a twentieth. */
  readonly kind: 'rate' | 'confidence';
  /** The week ends here. */
  readonly beforeMs: number;
};

type Sums = { n: number; sum: number; squares: number };

export function usualLevel(
  rows: readonly HourlyRow[],
  { kind, beforeMs }: LevelQuestion,
): (minuteMs: number) => Usual | undefined {
  const hours = new Map<number, Sums>();
  for (const { hourMs, value, bin, n } of rows) {
    if (hourMs >= beforeMs || hourMs < beforeMs - WEEK_MS) continue;
    const x = kind === 'rate' ? Number(value === 'yes') : (bin + 0.5) * BIN_WIDTH;
    const sums = hours.get(hourMs) ?? { n: 0, sum: 0, squares: 0 };
    sums.n += n;
    sums.sum += n * x;
    sums.squares += n * x * x;
    hours.set(hourMs, sums);
  }
  const levels = Array.from({ length: DAY_HOURS }, (_, clock) => {
    const near = [...hours].filter(([hourMs]) => {
      const apart = Math.abs(((hourMs / HOUR_MS) % DAY_HOURS) - clock);
      return Math.min(apart, DAY_HOURS - apart) <= 1;
    });
    return levelOf(
      near.map(([, sums]) => sums),
      kind,
    );
  });
  return (minuteMs) => levels[Math.floor(minuteMs / HOUR_MS) % DAY_HOURS];
}

function levelOf(hours: readonly Sums[], kind: LevelQuestion['kind']): Usual | undefined {
  const n = hours.reduce((all, each) => all + each.n, 0);
  if (n < RUNS_MIN) return undefined;
  const sum = hours.reduce((all, each) => all + each.sum, 0);
  const mean = kind === 'rate' ? (sum + 0.5) / (n + 1) : sum / n;
  const square = hours.reduce((all, each) => all + each.squares, 0) / n;
  // Sheppard's correction the other way: values within a bin differ as well.
  const grain = kind === 'rate' ? 0 : BIN_WIDTH ** 2 / 12;
  const variance = kind === 'rate' ? mean * (1 - mean) : Math.max(0, square - mean ** 2) + grain;
  const surplus = hours.reduce((all, each) => {
    const gap = each.sum / each.n - mean;
    return all + each.n * (gap * gap - variance / each.n);
  }, 0);
  return { mean, deviation: Math.sqrt(variance), between: Math.max(0, surplus / n) };
}
