// One rule in one round: samples and open alerts in, alerts out.
// Guarantees: pure; an open alert whose series is not among the samples is judged as absent, never
// forgotten; the counts say how many series were judged and how.
// Example: evaluateRule(rule, samples, open, nowMs).alerts.filter(({ state }) => state ===
// 'firing')
import { advance } from './advance.ts';
import { alertKey, type Alert } from './alert.ts';
import { absentSample, judge } from './judge.ts';
import type { Rule } from './rule.ts';
import type { Observation, Sample, Verdict } from './sample.ts';

export type RuleRound = {
  readonly ruleId: string;
  /** Alerts that are not over, and those that are over since this round. */
  readonly alerts: readonly Alert[];
  readonly counts: Readonly<Record<Verdict, number>>;
  /** In words, the series with the least data: "insufficient data: 24 of 200". */
  readonly insufficient: string;
};

/** `open`: the rule's alerts that are not over, by key. */
export function evaluateRule(
  rule: Rule,
  samples: readonly Sample[],
  open: ReadonlyMap<string, Alert>,
  nowMs: number,
): RuleRound {
  const counts = { breach: 0, ok: 0, insufficient_data: 0 };
  const alerts: Alert[] = [];
  const judged = new Set<string>();
  let insufficient = '';
  const take = (observation: Observation, before: Alert | undefined): void => {
    counts[observation.verdict] += 1;
    if (observation.verdict === 'insufficient_data') insufficient ||= observation.words;
    const alert = advance(rule, observation, before, nowMs);
    if (alert !== undefined) alerts.push(alert);
  };
  for (const sample of samples) {
    const key = alertKey(rule.id, sample.labels);
    judged.add(key);
    take(judge(rule, sample), open.get(key));
  }
  for (const [key, alert] of open) {
    if (judged.has(key)) continue;
    take(judge(rule, absentSample(rule.condition, alert.labels)), alert);
  }
  return { ruleId: rule.id, alerts, counts, insufficient };
}

/** Alerts of rules that are no longer in force are over. */
export function orphaned(
  open: Iterable<Alert>,
  rules: readonly Rule[],
  nowMs: number,
): readonly Alert[] {
  const known = new Set(rules.map(({ id }) => id));
  return [...open]
    .filter((alert) => !known.has(alert.ruleId))
    .map((alert) => ({
      ...alert,
      state: 'resolved' as const,
      resolvedAtMs: nowMs,
      updatedAtMs: nowMs,
      summary: `the rule ${alert.ruleId} is not in force any more`,
    }));
}
