// PagerDuty, Events API v2: POST /v2/enqueue.
// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
// Guarantees: the incident's key is the dedup_key, so that a repeated trigger opens nothing twice
// and a resolve reaches the same incident; summary within 1,024 characters.
// Example: const receiver = pagerduty({ id: 'pager', url, routingKey, timeoutMs })
import type { Severity } from '@agentspine/alert/rule';
import { factsOf, headline } from './describe-alert.ts';
import { post } from './post.ts';
import type { Receiver } from './receiver.ts';

export type PagerDutyOptions = {
  readonly id: string;
  readonly url: string;
  readonly routingKey: string;
  readonly timeoutMs: number;
};

const SEVERITY: Readonly<Record<Severity, string>> = {
  info: 'info',
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
};
const SUMMARY_MAX = 1_024;

export function pagerduty(options: PagerDutyOptions): Receiver {
  return {
    id: options.id,
    kind: 'pagerduty',
    deduplicates: true,
    send: (notification, { nowMs }) => {
      const { action, incident, title, severity, alerts, left, atMs } = notification;
      const [first] = alerts;
      const linked = alerts.flatMap((alert) => [
        { href: alert.link, text: headline(alert) },
        { href: alert.runbook, text: `Runbook of ${alert.ruleId}` },
      ]);
      const event = {
        routing_key: options.routingKey,
        event_action: action === 'resolve' ? 'resolve' : 'trigger',
        dedup_key: incident,
        payload: {
          summary: title.slice(0, SUMMARY_MAX),
          source: first?.labels['agent'] ?? first?.labels['tenant'] ?? 'agentspine',
          severity: SEVERITY[severity],
          timestamp: new Date(atMs).toISOString(),
          component: first?.labels['agent'] ?? '',
          group: first?.labels['tenant'] ?? '',
          class: first?.ruleId ?? '',
          custom_details: {
            alerts: alerts.map((alert) => Object.fromEntries(factsOf(alert))),
            ...(left > 0 && { more: left }),
          },
        },
        links: linked.filter(({ href }) => /^https?:/u.test(href)),
        client: 'AgentSpine',
      };
      return post({
        url: `${options.url.replace(/\/+$/u, '')}/v2/enqueue`,
        body: JSON.stringify(event),
        timeoutMs: options.timeoutMs,
        nowMs,
      });
    },
  };
}
