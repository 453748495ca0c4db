// The next state of an alert, from the one before, an observation and the clock.
// Guarantees: pure, and a fixed point: the same observation at the same time changes nothing. A
// firing alert is resolved only by data that say so for keep_firing_for, or by their absence for
// resolve_without_data; missing data alone never resolve.
//   none ─breach→ pending ─for→ firing ─ok for keep_firing_for→ resolved
//   firing ⇄ insufficient_data (the incident stays open)
// Example: advance(rule, observation, undefined, nowMs)?.state → 'pending'
import { alertKey, NO_BUSINESS, type Alert } from './alert.ts';
import type { Rule } from './rule.ts';
import type { Observation } from './sample.ts';

/** undefined: there is nothing to say about this series. */
export function advance(
  rule: Rule,
  observation: Observation,
  before: Alert | undefined,
  nowMs: number,
): Alert | undefined {
  const old = before === undefined || before.resolvedAtMs > 0 ? undefined : before;
  const isFiring = old !== undefined && old.startedAtMs > 0;
  const verdict = isFiring ? observation.verdictWhileFiring : observation.verdict;
  if (verdict === 'breach') return broken(rule, observation, old, nowMs);
  if (old === undefined) return undefined;
  if (verdict === 'insufficient_data') return withoutData(rule, observation, old, nowMs);
  const whole = seen(old, observation, nowMs);
  if (!isFiring) return resolved(whole, nowMs);
  const quietMs = nowMs - old.brokenAtMs;
  return quietMs >= rule.keepFiringForMs
    ? resolved(whole, nowMs)
    : // The evidence of the breach stays until it is over.
      { ...old, state: 'firing', noDataAtMs: 0, updatedAtMs: nowMs };
}

function broken(
  rule: Rule,
  observation: Observation,
  old: Alert | undefined,
  nowMs: number,
): Alert {
  const pendingAtMs = old?.pendingAtMs ?? nowMs;
  const isFiring = (old?.startedAtMs ?? 0) > 0 || nowMs - pendingAtMs >= rule.forMs;
  const startedAtMs = isFiring ? old?.startedAtMs || nowMs : 0;
  return {
    ...(old ?? fresh(rule, observation)),
    ...evidence(observation),
    state: isFiring ? 'firing' : 'pending',
    pendingAtMs,
    startedAtMs,
    brokenAtMs: nowMs,
    noDataAtMs: 0,
    resolvedAtMs: 0,
    updatedAtMs: nowMs,
  };
}

function withoutData(rule: Rule, observation: Observation, old: Alert, nowMs: number): Alert {
  const noDataAtMs = old.noDataAtMs || nowMs;
  const isOver = old.startedAtMs === 0 || nowMs - noDataAtMs >= rule.resolveWithoutDataMs;
  const words = observation.words;
  if (isOver) return resolved({ ...old, noDataAtMs, summary: words }, nowMs);
  return { ...old, state: 'insufficient_data', noDataAtMs, updatedAtMs: nowMs };
}

const resolved = (alert: Alert, nowMs: number): Alert => ({
  ...alert,
  state: 'resolved',
  resolvedAtMs: nowMs,
  updatedAtMs: nowMs,
});

const seen = (old: Alert, observation: Observation, nowMs: number): Alert => ({
  ...old,
  value: observation.value,
  n: observation.n,
  summary: observation.words,
  noDataAtMs: 0,
  updatedAtMs: nowMs,
});

/** What the last breach was judged by; what is not known now is kept from before. */
function evidence(observation: Observation): Partial<Alert> {
  const { value, threshold, n, windowMs, words, cause, exampleRuns, version } = observation;
  return {
    value,
    threshold,
    n,
    windowMs,
    summary: words,
    ...(cause !== '' && { cause }),
    ...(exampleRuns.length > 0 && { exampleRuns }),
    ...(version !== '' && { agentVersions: [version] }),
  };
}

function fresh(rule: Rule, observation: Observation): Alert {
  return {
    key: alertKey(rule.id, observation.labels),
    ruleId: rule.id,
    name: rule.name,
    kind: rule.condition.kind,
    severity: rule.severity,
    labels: { ...rule.labels, ...observation.labels },
    state: 'pending',
    pendingAtMs: 0,
    startedAtMs: 0,
    brokenAtMs: 0,
    noDataAtMs: 0,
    resolvedAtMs: 0,
    updatedAtMs: 0,
    value: Number.NaN,
    threshold: Number.NaN,
    n: 0,
    windowMs: 0,
    summary: '',
    cause: '',
    exampleRuns: [],
    agentVersions: [],
    policyBundles: [],
    business: NO_BUSINESS,
    advice: rule.advice,
    runbook: rule.runbook,
  };
}
