// What a rule makes of the samples of its signal: broken, whole, or not to be told from so little.
// Guarantees: pure; below a rule's floor the verdict is insufficient_data, never ok and never
// broken; NaN is no data; each verdict says its reason in words.
// Example: judge(rule, sample).words → 'failed operations burn the budget 21x over 1h and 24x over
// 5m, bound 14.4x: 240 of 1,200'
import { showDuration } from './duration.ts';
import { metricOf } from './metrics.ts';
import type { Comparison, Condition, Rule, SloBurn, Threshold } from './rule.ts';
import type { Burn, Observation, Sample, Verdict } from './sample.ts';
import { showCount, showValue } from './show-value.ts';

type Judged = Pick<
  Observation,
  'verdict' | 'verdictWhileFiring' | 'value' | 'threshold' | 'n' | 'windowMs' | 'words'
>;

export function judge(rule: Rule, sample: Sample): Observation {
  const { condition } = rule;
  return {
    labels: sample.labels,
    cause: sample.cause ?? '',
    exampleRuns: sample.exampleRuns ?? [],
    version: sample.version ?? '',
    ...judgeCondition(condition, sample),
  };
}

/** What no row at all means: nothing happened (a sum is zero), or nothing is known. */
export function absentSample(condition: Condition, labels: Sample['labels']): Sample {
  const isZero =
    condition.kind === 'budget' ||
    condition.kind === 'violations' ||
    (condition.kind === 'threshold' && metricOf(condition.metric).form === 'sum');
  return { labels, value: isZero ? 0 : Number.NaN, n: 0 };
}

function judgeCondition(condition: Condition, sample: Sample): Judged {
  const { kind } = condition;
  switch (kind) {
    case 'threshold':
    case 'pipeline':
      return judgeThreshold(condition, sample);
    case 'slo_burn':
      return judgeBurn(condition, sample);
    case 'budget': {
      const { amount, share, per, measure } = condition;
      const bound = amount * share;
      const unit = measure === 'tokens' ? 'tokens' : 'usd';
      const is: Verdict = sample.value >= bound ? 'breach' : 'ok';
      const words = `${showValue(sample.value, unit)} spent of ${showValue(amount, unit)} this ${per}`;
      const judged = same(Number.isFinite(sample.value) ? is : 'insufficient_data');
      return { ...judged, ...sized(sample, bound, PERIOD_MS[per]), words };
    }
    case 'drift': {
      const { state = 'insufficient_data', bound = Number.NaN, words = 'no result' } = sample;
      const broken = (condition.states as readonly string[]).includes(state);
      const judged = state === 'insufficient_data' ? state : broken ? 'breach' : 'ok';
      return { ...same(judged), ...sized(sample, bound, condition.windowMs), words };
    }
    case 'violations': {
      const { bound, windowMs } = condition;
      const words = `${showCount(sample.value, 'violation')} in ${showDuration(windowMs)}`;
      const judged = sample.value >= bound ? 'breach' : 'ok';
      return { ...same(judged), ...sized(sample, bound, windowMs), words };
    }
    case 'absence': {
      const { windowMs, minN } = condition;
      const span = showDuration(windowMs);
      if (!(sample.n >= minN)) return { ...tooFew(sample.n, minN), ...sized(sample, 1, windowMs) };
      const words =
        sample.value > 0
          ? `${showCount(sample.value, 'event')} in ${span}`
          : `nothing for ${span}, where ${showCount(sample.n, 'event')} came before`;
      return { ...same(sample.value > 0 ? 'ok' : 'breach'), ...sized(sample, 1, windowMs), words };
    }
    default:
      return kind satisfies never;
  }
}

/** A length for each period, for people; budgets themselves go by the calendar. */
const PERIOD_MS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, month: 2_592_000_000 };

function judgeThreshold(condition: Threshold, sample: Sample): Judged {
  const { metric, windowMs, comparison, bound, clear, minN } = condition;
  const size = sized(sample, bound, windowMs);
  if (sample.n < minN) return { ...tooFew(sample.n, minN), ...size };
  if (!Number.isFinite(sample.value)) return { ...tooFew(0, Math.max(1, minN)), ...size };
  const { unit, means } = metricOf(metric);
  const count = sample.n > 0 ? `, of ${grouped(sample.n)}` : '';
  return {
    verdict: compares(sample.value, comparison, bound) ? 'breach' : 'ok',
    verdictWhileFiring: compares(sample.value, comparison, clear) ? 'breach' : 'ok',
    ...size,
    words:
      `${means}: ${showValue(sample.value, unit)} over ${showDuration(windowMs)}, ` +
      `bound ${comparison} ${showValue(bound, unit)}${count}`,
  };
}

/**
 * Multi-window, multi-burn-rate (Google, The Site Reliability Workbook, chapter 5): a pair breaks
 * when its long and its short window burn faster than the factor. The floors keep one bad call of
 * fourteen from being an emergency.
 */
function judgeBurn(condition: SloBurn, sample: Sample): Judged {
  const { windows, objective, minBad, minTotal, sli } = condition;
  const pairs = windows.map((window, at) => ({
    window,
    long: rateOf(sample.burns?.[at * 2], objective),
    short: rateOf(sample.burns?.[at * 2 + 1], objective),
  }));
  const enough = pairs.filter(({ long }) => long.total >= minTotal);
  const most = pairs.reduce((sum, { long }) => Math.max(sum, long.total), 0);
  const first = windows[0];
  if (enough.length === 0) {
    const size = { value: Number.NaN, threshold: first?.factor ?? 0, n: most };
    return { ...tooFew(most, minTotal), ...size, windowMs: first?.longMs ?? 0 };
  }
  const broken = enough.find(
    ({ window, long, short }) =>
      long.bad >= minBad && long.rate > window.factor && short.rate > window.factor,
  );
  const told = broken ?? enough[0];
  // It burnt, and now nothing comes: nobody knows whether it is over.
  const isSilent = enough.some(
    ({ window, long, short }) =>
      long.bad >= minBad && long.rate > window.factor && short.total === 0,
  );
  if (told === undefined) throw new RangeError('a burn rule without windows');
  const { window, long, short } = told;
  const what = sli === 'errors' ? 'failed operations burn' : 'slow operations burn';
  return {
    ...same(broken !== undefined ? 'breach' : isSilent ? 'insufficient_data' : 'ok'),
    value: long.rate,
    threshold: window.factor,
    n: long.total,
    windowMs: window.longMs,
    words:
      `${what} the budget ${times(long.rate)} over ${showDuration(window.longMs)} and ` +
      `${times(short.rate)} over ${showDuration(window.shortMs)}, bound ${window.factor}x: ` +
      `${grouped(long.bad)} of ${grouped(long.total)}`,
  };
}

/** Share of bad over the share the objective allows; 0 where nothing came. */
export function rateOf(burn: Burn | undefined, objective: number): Burn & { rate: number } {
  const { bad, total } = burn ?? { bad: 0, total: 0 };
  return { bad, total, rate: total > 0 ? bad / total / (1 - objective) : 0 };
}

function compares(value: number, comparison: Comparison, bound: number): boolean {
  switch (comparison) {
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    default:
      return comparison satisfies never;
  }
}

const same = (verdict: Verdict): Pick<Judged, 'verdict' | 'verdictWhileFiring'> => ({
  verdict,
  verdictWhileFiring: verdict,
});

function tooFew(
  n: number,
  wanted: number,
): Pick<Judged, 'verdict' | 'verdictWhileFiring' | 'words'> {
  const words = `insufficient data: ${grouped(n)} of ${grouped(wanted)}`;
  return { ...same('insufficient_data'), words };
}

const sized = (sample: Sample, threshold: number, windowMs: number) => ({
  value: sample.value,
  n: sample.n,
  threshold,
  windowMs,
});

const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');
const times = (rate: number): string => `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}x`;
