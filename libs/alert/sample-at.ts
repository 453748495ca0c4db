// What the signal of a rule would say at a time, from a series of steps.
// Guarantees: the same windows as the queries in libs/clickhouse/signals, on the steps that ended
// by then.
// Example: sampleAt(rule, { labels, reader, baseMs }, atMs).burns
import { metricOf } from './metrics.ts';
import { DRIFT_WORDS } from './parse-tests.ts';
import { periodStart } from './period.ts';
import type { Labels, Rule } from './rule.ts';
import type { Sample } from './sample.ts';
import type { SeriesReader } from './series-reader.ts';

export type StepSeries = {
  readonly labels: Labels;
  readonly reader: SeriesReader;
  /** When the first step begins. */
  readonly baseMs: number;
};

const DAY = 86_400_000;

/** atMs counts from baseMs. */
export function sampleAt(
  { condition }: Rule,
  { labels, reader, baseMs }: StepSeries,
  atMs: number,
): Sample {
  const sum = (field: string, windowMs: number, untilMs = atMs): number =>
    reader.sum(field, windowMs, untilMs);
  switch (condition.kind) {
    case 'threshold':
    case 'pipeline': {
      const { metric, windowMs, minN } = condition;
      const { form } = metricOf(metric);
      if (form === 'ratio' && reader.has('whole')) {
        const n = sum('whole', windowMs);
        return { labels, value: n > 0 ? sum('part', windowMs) / n : Number.NaN, n };
      }
      const value =
        form === 'sum' ? sum('value', windowMs) : reader.latest('value', windowMs, atMs);
      const n = reader.has('n') ? sum('n', windowMs) : Number.isFinite(value) ? minN : 0;
      return { labels, value, n };
    }
    case 'slo_burn': {
      const windows = condition.windows.flatMap(({ longMs, shortMs }) => [longMs, shortMs]);
      const burns = windows.map((ms) => ({ bad: sum('bad', ms), total: sum('total', ms) }));
      return { labels, value: Number.NaN, n: 0, burns };
    }
    case 'budget': {
      const sinceMs = periodStart(condition.per, baseMs + atMs) - baseMs;
      return { labels, value: sum('spent', atMs - sinceMs), n: 0 };
    }
    case 'drift': {
      const at = reader.latest('states', condition.windowMs, atMs);
      const state = Number.isFinite(at) ? DRIFT_WORDS[at] : undefined;
      return { labels, value: at, n: 0, ...(state !== undefined && { state }) };
    }
    case 'violations': {
      const value = sum('count', condition.windowMs);
      return { labels, value, n: value };
    }
    case 'absence': {
      const { windowMs } = condition;
      const dayAgo = sum('events', windowMs, atMs - DAY);
      const n = atMs < 8 * DAY ? dayAgo : Math.min(dayAgo, sum('events', windowMs, atMs - 7 * DAY));
      return { labels, value: sum('events', windowMs), n };
    }
    default:
      return condition satisfies never;
  }
}
