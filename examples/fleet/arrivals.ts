// When cases come in: more by day than by night, fewer at weekends, as people have them.
// Example: arrivals({ dice, runs: 100, endUs: now, historyDays: 7 }) → 100 moments in microseconds,
//   in order
import type { Dice } from './dice.ts';

const HOUR_US = 3_600_000_000;
/** Share of each hour of the day, in UTC; the night is quiet, not silent. */
const BY_HOUR = [2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 8, 7, 6, 5, 4, 3];
const WEEKEND = 0.4;

export function arrivals(options: {
  readonly dice: Dice;
  readonly runs: number;
  readonly endUs: number;
  readonly historyDays: number;
}): readonly number[] {
  const { dice, runs, endUs, historyDays } = options;
  const hours = Math.max(Math.round(historyDays * 24), 1);
  const startUs = endUs - hours * HOUR_US;
  const totals: number[] = [];
  let total = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    total += weightOf(startUs + hour * HOUR_US);
    totals.push(total);
  }
  const moments = Array.from({ length: runs }, () => {
    const wanted = dice.float() * total;
    const hour = totals.findIndex((upTo) => upTo > wanted);
    return startUs + Math.floor((hour + dice.float()) * HOUR_US);
  });
  return moments.toSorted((left, right) => left - right);
}

function weightOf(timeUs: number): number {
  const date = new Date(timeUs / 1000);
  const isWeekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  return (BY_HOUR[date.getUTCHours()] ?? 1) * (isWeekend ? WEEKEND : 1);
}
