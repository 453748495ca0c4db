// Runs a test beside a rule: the series become samples window by window, the rule is evaluated at
// every step, and the alerts at the times named must be those expected, no more and no fewer.
// Guarantees: the same evaluateRule as in service; what differs is said with file and line, wanted
// and found.
// Example: runRuleTest(rule, test) → [] where it holds
import { isOpen, type Alert } from './alert.ts';
import { evaluateRule } from './evaluate-rule.ts';
import { metricOf } from './metrics.ts';
import { DRIFT_WORDS } from './parse-tests.ts';
import { periodStart } from './period.ts';
import type { Mistake } from './read-fields.ts';
import type { ExpectedAlert, Rule, RuleTest, TestSeries } from './rule.ts';
import type { Sample } from './sample.ts';

/** Tests begin here: a Monday, the first of a month, so that every period begins with them. */
const BASE_MS = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;
/** Values may be off by so much: they are rounded for people. */
const TOLERANCE = 0.01;

export function runRuleTest(rule: Rule, test: RuleTest): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const expectations = test.expect.toSorted((a, b) => a.atMs - b.atMs);
  const endMs = expectations.at(-1)?.atMs ?? 0;
  let open = new Map<string, Alert>();
  let last: readonly Alert[] = [];
  let next = 0;
  const check = (atMs: number): void => {
    for (let due = expectations[next]; due !== undefined && due.atMs < atMs + test.stepMs;) {
      mistakes.push(...differences(last, due.alerts, rule, due.where));
      next += 1;
      due = expectations[next];
    }
  };
  for (let atMs = 0; atMs <= endMs; atMs += test.stepMs) {
    const samples = test.series.map((series) => sampleAt(rule, series, test.stepMs, atMs));
    const round = evaluateRule(rule, samples, open, BASE_MS + atMs);
    last = round.alerts;
    const going = last.filter(({ resolvedAtMs }) => resolvedAtMs === 0);
    open = new Map(going.map((alert) => [alert.key, alert]));
    check(atMs);
  }
  return mistakes;
}

function differences(
  found: readonly Alert[],
  wanted: readonly ExpectedAlert[],
  rule: Rule,
  where: string,
): readonly Mistake[] {
  // A resolved alert that never fired is no alert.
  const told = found.filter((alert) => alert.state !== 'resolved' || alert.startedAtMs > 0);
  const left = [...told];
  const missing = wanted.filter((one) => {
    const at = left.findIndex((alert) => fits(alert, one));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  if (missing.length === 0 && left.length === 0) return [];
  const show = (alerts: readonly string[]): string =>
    alerts.length === 0 ? 'no alert' : alerts.join(' and ');
  return [
    {
      where,
      wanted: show(
        wanted.map((one) =>
          [
            rule.id,
            one.state,
            JSON.stringify(one.of),
            one.value === undefined ? '' : `at ${one.value}`,
          ]
            .join(' ')
            .trim(),
        ),
      ),
      found: show(
        told.map(
          (alert) =>
            `${alert.ruleId} ${alert.state} ${JSON.stringify(alert.labels)} at ${alert.value} (${alert.summary})`,
        ),
      ),
    },
  ];
}

function fits(alert: Alert, one: ExpectedAlert): boolean {
  if (alert.state !== one.state) return false;
  if (one.state === 'firing' && !isOpen(alert)) return false;
  if (Object.entries(one.of).some(([key, value]) => alert.labels[key] !== value)) return false;
  if (one.value === undefined) return true;
  return Math.abs(alert.value - one.value) <= Math.abs(one.value) * TOLERANCE + 1e-9;
}

/** What the signal would say at a time, from the steps that ended by then. */
export function sampleAt(rule: Rule, series: TestSeries, stepMs: number, atMs: number): Sample {
  const { condition } = rule;
  const { of: labels } = series;
  const slice = (field: string, fromMs: number, untilMs: number): readonly number[] =>
    (series.values.get(field) ?? []).slice(
      Math.max(0, Math.ceil(fromMs / stepMs)),
      Math.max(0, Math.floor(untilMs / stepMs)),
    );
  const sum = (field: string, windowMs: number, untilMs = atMs): number =>
    slice(field, untilMs - windowMs, untilMs).reduce((all, one) => all + (one || 0), 0);
  const latest = (field: string, windowMs: number): number =>
    slice(field, atMs - windowMs, atMs).findLast(Number.isFinite) ?? Number.NaN;
  switch (condition.kind) {
    case 'threshold':
    case 'pipeline': {
      const { metric, windowMs, minN } = condition;
      const { form } = metricOf(metric);
      if (form === 'ratio' && series.values.has('whole')) {
        const n = sum('whole', windowMs);
        return { labels, value: n > 0 ? sum('part', windowMs) / n : Number.NaN, n };
      }
      const value = form === 'sum' ? sum('value', windowMs) : latest('value', windowMs);
      const n = series.values.has('n') ? sum('n', windowMs) : Number.isFinite(value) ? minN : 0;
      return { labels, value, n };
    }
    case 'slo_burn': {
      const windows = condition.windows.flatMap(({ longMs, shortMs }) => [longMs, shortMs]);
      const burns = windows.map((ms) => ({ bad: sum('bad', ms), total: sum('total', ms) }));
      return { labels, value: Number.NaN, n: 0, burns };
    }
    case 'budget': {
      const sinceMs = periodStart(condition.per, BASE_MS + atMs) - BASE_MS;
      return { labels, value: sum('spent', atMs - sinceMs), n: 0 };
    }
    case 'drift': {
      const at = latest('states', condition.windowMs);
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
