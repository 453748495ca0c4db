// What happens more often now than before, counted per day: for violations, failures, money.
// Guarantees: pure; days before the first row of all count for nothing, so that a young store does
// not make everything look risen; a rise is told only beyond chance and where it doubled.
// Example: risen(points, asked)[0] // { name: 'DEC-003', now: 12, before: 2.1, factor: 5.7 }
import type { Asked } from './report-asking.ts';
import { grouped, instantOf, sumOf } from './report-series.ts';
import { TOLD_Z } from './report-words.ts';

const DAY_MS = 86_400e3;
const DOUBLED = 2;
/** Fewer are a coincidence. */
const FLOOR = 10;

export type Counted = { readonly time: string; readonly series: string; readonly n: number };

export type Rate = {
  readonly name: string;
  /** A day. */
  readonly now: number;
  readonly before: number;
  /** null: not seen before. */
  readonly factor: number | null;
  readonly nNow: number;
  readonly nBefore: number;
  /** Share of all that would fall on now if nothing changed. */
  readonly chance: number;
};

/** All series, by their rates; none where there is too little time before to compare with. */
export function rates(
  points: readonly Counted[],
  { recent, before }: Pick<Asked, 'recent' | 'before'>,
): readonly Rate[] {
  const first = Math.max(
    before.since,
    points.reduce((least, { time }) => Math.min(least, instantOf(time)), recent.since),
  );
  const daysNow = (recent.until - recent.since) / DAY_MS;
  const daysBefore = (recent.since - first) / DAY_MS;
  if (daysBefore < daysNow / 2) return [];
  const chance = daysNow / (daysNow + daysBefore);
  return [...grouped(points, ({ series }) => series)].map(([name, group]) => {
    const nNow = sumOf(group, ({ time, n }) => (instantOf(time) >= recent.since ? n : 0));
    const nBefore = sumOf(group, ({ time, n }) => (instantOf(time) < recent.since ? n : 0));
    const now = nNow / daysNow;
    const was = nBefore / daysBefore;
    return { name, now, before: was, factor: was > 0 ? now / was : null, nNow, nBefore, chance };
  });
}

/** Counts that rose; the steepest first. */
export function risen(
  points: readonly Counted[],
  asked: Pick<Asked, 'recent' | 'before'>,
): readonly Rate[] {
  return rates(points, asked)
    .filter(({ nNow, nBefore, factor, chance }) => {
      if (nNow < FLOOR || (factor !== null && factor < DOUBLED)) return false;
      const n = nNow + nBefore;
      const error = Math.sqrt(n * chance * (1 - chance));
      return error > 0 && (nNow - n * chance) / error > TOLD_Z;
    })
    .toSorted((a, b) => (b.factor ?? Infinity) - (a.factor ?? Infinity) || b.nNow - a.nNow);
}
