// Runs a test beside a rule: the series become samples window by window, the rule is evaluated at
// every step, and the alerts at the times named must be those expected, no more and no fewer.
// Guarantees: the same evaluateRule as in service; what differs is said with file and line, wanted
// and found.
// Example: runRuleTest(rule, test) → [] where it holds
import { isOpen, type Alert } from './alert.ts';
import { evaluateRule } from './evaluate-rule.ts';
import type { Mistake } from './read-fields.ts';
import type { ExpectedAlert, Rule, RuleTest } from './rule.ts';
import { sampleAt } from './sample-at.ts';
import { seriesReader } from './series-reader.ts';

/** Tests begin here: a Monday, the first of a month, so that every period begins with them. */
const BASE_MS = Date.UTC(2024, 0, 1);
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
  const series = test.series.map(({ of, values }) => ({
    labels: of,
    reader: seriesReader(values, test.stepMs),
    baseMs: BASE_MS,
  }));
  for (let atMs = 0; atMs <= endMs; atMs += test.stepMs) {
    const samples = series.map((one) => sampleAt(rule, one, atMs));
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
