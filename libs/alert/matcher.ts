// Which alerts a route, a silence or an inhibition means: label against value, all of them.
// Guarantees: equality and lists alone, no patterns: what a silence hides can be read off it.
// `severity`, `rule`, `team`, `owner`, `criticality`, `cost_center` and `kpi` count as labels.
// Example: matches({ severity: ['critical', 'high'], tenant: ['acme'] }, alert)
import type { Alert } from './alert.ts';

/** Label → the values that count. */
export type Matcher = Readonly<Record<string, readonly string[]>>;

/** Labels of an alert as routes, groups and receivers see them. */
export function labelsOf(alert: Alert): Readonly<Record<string, string>> {
  const { owner, team, criticality, costCenter, kpi } = alert.business;
  return {
    ...alert.labels,
    rule: alert.ruleId,
    severity: alert.severity,
    ...(owner !== '' && { owner }),
    ...(team !== '' && { team }),
    ...(criticality !== '' && { criticality }),
    ...(costCenter !== '' && { cost_center: costCenter }),
    // A rule on a KPI has it among its own labels.
    ...(kpi !== '' && alert.labels['kpi'] === undefined && { kpi }),
  };
}

export function matches(matcher: Matcher, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(matcher).every(([name, values]) => values.includes(labels[name] ?? ''));
}
