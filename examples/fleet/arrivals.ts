// When cases come in: more by day than by night, fewer at weekends, as people have them.
// Example: arrivals({ dice, runs: 100, startUs, endUs }) → 100 moments in microseconds,
//   in order
import type { Dice } from './dice.ts';

const HOUR_US = 3_600_000_000;
/** Share of each hour of the day, in UTC; the night is quiet, not silent. */
const BY_HOUR = [2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 11, 12, 12, 11, 9, 8, 7, 6, 5, 4, 3];
const WEEKEND = 0.4;

export function arrivals(options: {
  readonly dice: Dice;
  readonly runs: number;
  readonly startUs: number;
  readonly endUs: number;
  /** Share of a weekday's work that comes on a day of a weekend. */
  readonly weekend?: number;
}): readonly number[] {
  const { dice, runs, startUs, endUs, weekend = WEEKEND } = options;
  const hours = Math.max(Math.round((endUs - startUs) / HOUR_US), 1);
  const hourUs = (endUs - startUs) / hours;
  const totals: number[] = [];
  let total = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    total += weightOf(startUs + hour * hourUs, weekend);
    totals.push(total);
  }
  // One in each of as many equal shares: chance moves a case by minutes, not the size of a day.
  const moments = Array.from({ length: runs }, (_, at) => {
    const wanted = ((at + dice.float()) / runs) * total;
    const hour = totals.findIndex((upTo) => upTo > wanted);
    return startUs + Math.floor((hour + dice.float()) * hourUs);
  });
  return moments.toSorted((left, right) => left - right);
}

function weightOf(timeUs: number, weekend: number): number {
  const date = new Date(timeUs / 1000);
  const isWeekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  return (BY_HOUR[date.getUTCHours()] ?? 1) * (isWeekend ? weekend : 1);
}
