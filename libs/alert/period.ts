// When a budget's period began: the hour, the day, the week (Monday) or the month, in UTC.
// Guarantees: pure; at the first instant of a period it is that instant.
// Example: periodStart('month', Date.UTC(2026, 4, 17)) → Date.UTC(2026, 4, 1)
import type { Budget } from './rule.ts';

const DAY = 86_400_000;
/** 1970-01-05, a Monday. */
const MONDAY = 4 * DAY;

export function periodStart(per: Budget['per'], nowMs: number): number {
  switch (per) {
    case 'hour':
      return nowMs - (nowMs % 3_600_000);
    case 'day':
      return nowMs - (nowMs % DAY);
    case 'week':
      return nowMs - ((nowMs - MONDAY) % (7 * DAY));
    case 'month': {
      const at = new Date(nowMs);
      return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
    }
    default:
      return per satisfies never;
  }
}
