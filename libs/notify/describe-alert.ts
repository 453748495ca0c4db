// An alert in plain lines, for receivers that show text: what, why, how much, where to look.
// Guarantees: the same facts for every receiver; no line where nothing is known.
// Example: factsOf(alert) → [['value', '21.3 (bound 14.4)'], ['window', '1h'], …]
import type { ToldAlert } from '@agentspine/alert/delivery';
import { showDuration } from '@agentspine/alert/duration';
import { placeOf } from '@agentspine/alert/title';

export type Fact = readonly [name: string, value: string];

export const headline = (alert: ToldAlert): string => {
  const place = placeOf(alert);
  return place === '' ? alert.name : `${alert.name}: ${place}`;
};

/** What is known, in the order people ask for it. */
export function factsOf(alert: ToldAlert): readonly Fact[] {
  const { business } = alert;
  const owner = [business.owner, business.team].filter(Boolean).join(', ');
  const facts: readonly Fact[] = [
    ['what', alert.summary],
    ['cause', alert.cause],
    ['value', measured(alert)],
    ['window', alert.windowMs > 0 ? showDuration(alert.windowMs) : ''],
    ['since', alert.startedAtMs > 0 ? new Date(alert.startedAtMs).toISOString() : ''],
    ['agent version', alert.agentVersions.join(', ')],
    ['policy bundle', alert.policyBundles.join(', ')],
    ['runs', alert.exampleRuns.join(', ')],
    ['owner', owner],
    ['criticality', business.criticality],
    ['cost centre', business.costCenter],
    ['KPI', business.kpi],
    ['what to do', alert.advice],
    ['rule', alert.ruleId],
  ];
  return facts.filter(([, value]) => value !== '');
}

function measured({ value, threshold, n }: ToldAlert): string {
  if (!Number.isFinite(value)) return '';
  const bound = Number.isFinite(threshold) ? ` (bound ${rounded(threshold)})` : '';
  return `${rounded(value)}${bound}${n > 0 ? `, of ${rounded(n)}` : ''}`;
}

const rounded = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: 4 });
