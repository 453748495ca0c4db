// Which hours a window is compared with: the full days behind it, without the hours of incidents.
// Guarantees: the reference ends at a midnight (UTC) at or before the window begins, so the two
// never overlap; hours of incidents give way to older ones, up to calibrationDays back, so that a
// drifted window never becomes the usual by itself.
// Example: const referenceFor = trailing(series, { excluded: new Set(), rule: DEFAULT_RULE })
import { DAY_HOURS, HOUR_MS, type HourlySeries, sizesOf } from './hourly-series.ts';
import { buildReference, type Reference } from './reference.ts';
import type { Rule } from './rule.ts';

/** The reference of a window that begins at an hour. */
export type ReferenceFor = (windowStart: number) => Reference;

export type TrailingOptions = {
  /** Hours of incidents, as indices of the series. */
  readonly excluded: ReadonlySet<number>;
  readonly rule: Rule;
};

export function trailing(series: HourlySeries, { excluded, rule }: TrailingOptions): ReferenceFor {
  const known = new Map<number, Reference>();
  const sizes = sizesOf(series);
  const offset = Math.floor(series.startMs / HOUR_MS) % DAY_HOURS;
  return (windowStart) => {
    const end = Math.floor((windowStart + offset) / DAY_HOURS) * DAY_HOURS - offset;
    const found = known.get(end) ?? build(end);
    known.set(end, found);
    return found;
  };

  function build(end: number): Reference {
    const calibration: number[] = [];
    const first = Math.max(0, end - rule.calibrationDays * DAY_HOURS);
    for (let hour = end - 1; hour >= first; hour -= 1) {
      if (!excluded.has(hour)) calibration.push(hour);
    }
    // Incident hours do not count, hours without runs do: a week is a week.
    const hours = calibration.slice(0, rule.referenceDays * DAY_HOURS);
    const busy = (hour: number): boolean => (sizes[hour] ?? 0) > 0;
    return buildReference(series, hours.filter(busy), calibration.filter(busy), rule);
  }
}

/** One fixed reference for every window: a pinned baseline, another version. */
export function fixed(series: HourlySeries, rule: Rule): ReferenceFor {
  const sizes = sizesOf(series);
  const hours = [...sizes.keys()].filter((hour) => (sizes[hour] ?? 0) > 0);
  const reference = buildReference(series, hours, hours, rule);
  return () => reference;
}
