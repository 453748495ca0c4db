// One alert: a rule on one series, with the state it is in and the evidence it was judged by.
// Guarantees: a value that is stored and read back as it is; the next state follows from it, an
// observation and the clock alone (advance.ts).
// Example: alertKey('LATENCY-BURN', { tenant: 'acme', agent: 'refunds' }) → 32 hex digits
import { createHash } from 'node:crypto';
import type { Labels, Severity } from './rule.ts';

export const ALERT_STATES = ['pending', 'firing', 'resolved', 'insufficient_data'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export type Business = {
  readonly owner: string;
  readonly team: string;
  readonly criticality: string;
  readonly costCenter: string;
  readonly kpi: string;
};

export type Alert = {
  /** Of rule and series; the same after every restart. */
  readonly key: string;
  readonly ruleId: string;
  readonly name: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly state: AlertState;
  /** When it broke first; with the key, the name of the incident. */
  readonly pendingAtMs: number;
  /** When it fired; 0 where it has not. */
  readonly startedAtMs: number;
  /** When it last was broken. */
  readonly brokenAtMs: number;
  /** When data went missing; 0 where they are there. */
  readonly noDataAtMs: number;
  /** 0 while it is not over. */
  readonly resolvedAtMs: number;
  readonly updatedAtMs: number;
  readonly value: number;
  readonly threshold: number;
  readonly n: number;
  readonly windowMs: number;
  readonly summary: string;
  readonly cause: string;
  readonly exampleRuns: readonly string[];
  readonly agentVersions: readonly string[];
  readonly policyBundles: readonly string[];
  readonly business: Business;
  readonly advice: string;
  readonly runbook: string;
};

export const NO_BUSINESS: Business = Object.freeze({
  owner: '',
  team: '',
  criticality: '',
  costCenter: '',
  kpi: '',
});

/** Names an alert for ever: 32 hex digits of a hash over rule and sorted labels. */
export function alertKey(ruleId: string, labels: Labels): string {
  const sorted = Object.entries(labels)
    .filter(([, value]) => value !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([ruleId, sorted]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** The incident at a receiver: this alert, from this time on. */
export function isOpen(alert: Alert): boolean {
  return alert.startedAtMs > 0 && alert.resolvedAtMs === 0;
}
