// The one line of a notification: what, how bad, where.
// Guarantees: at most 200 characters, without line breaks.
// Example: titleOf('open', alerts) → 'CRITICAL Latency objective burns: acme/refunds'
import type { Alert } from './alert.ts';
import type { Action } from './delivery.ts';
import { SEVERITIES, type Severity } from './rule.ts';

const TITLE_MAX = 200;

export function worst(alerts: readonly Alert[]): Severity {
  const ranks = alerts.map(({ severity }) => SEVERITIES.indexOf(severity));
  return SEVERITIES[Math.max(0, ...ranks)] ?? 'info';
}

export function titleOf(action: Action, alerts: readonly Alert[]): string {
  const head = action === 'resolve' ? 'RESOLVED' : worst(alerts).toUpperCase();
  const names = [...new Set(alerts.map(({ name }) => name))];
  const places = [...new Set(alerts.map(placeOf))].filter((place) => place !== '');
  const what = listed(names, 2);
  const text = `${head} ${what}${places.length === 0 ? '' : `: ${listed(places, 3)}`}`;
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return line.length > TITLE_MAX ? `${line.slice(0, TITLE_MAX - 1)}…` : line;
}

/** tenant/agent, and what else tells the series apart. */
export function placeOf(alert: Alert): string {
  const { tenant = '', agent = '' } = alert.labels;
  const own = ['subject', 'version', 'dimension', 'policy_rule', 'kpi'].flatMap((name) => {
    const value = alert.labels[name];
    return value === undefined || value === '' ? [] : [value];
  });
  return [[tenant, agent].filter(Boolean).join('/'), ...own].filter(Boolean).join(' ');
}

function listed(words: readonly string[], most: number): string {
  const shown = words.slice(0, most).join(', ');
  return words.length > most ? `${shown} and ${words.length - most} more` : shown;
}
