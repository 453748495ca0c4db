// Opsgenie, Alert API: POST /v2/alerts, and /v2/alerts/{alias}/close.
// https://docs.opsgenie.com/docs/alert-api
// Guarantees: the incident's key is the alias, by which Opsgenie counts a repeat instead of opening
// a second alert, and by which it is closed; texts within its limits.
// Example: const receiver = opsgenie({ id: 'ops', url, apiKey, timeoutMs })
import type { Notification } from '@agentspine/alert/delivery';
import type { Severity } from '@agentspine/alert/rule';
import { factsOf, headline } from './describe-alert.ts';
import { post } from './post.ts';
import type { Receiver } from './receiver.ts';

export type OpsgenieOptions = {
  readonly id: string;
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
};

const PRIORITY: Readonly<Record<Severity, string>> = {
  critical: 'P1',
  high: 'P2',
  medium: 'P3',
  low: 'P4',
  info: 'P5',
};
const MESSAGE_MAX = 130;
const DESCRIPTION_MAX = 15_000;
const TAG_MAX = 50;
const TAGS_MAX = 20;

export function opsgenie({ id, url, apiKey, timeoutMs }: OpsgenieOptions): Receiver {
  const base = `${url.replace(/\/+$/u, '')}/v2/alerts`;
  const headers = { authorization: `GenieKey ${apiKey}` };
  return {
    id,
    kind: 'opsgenie',
    deduplicates: true,
    send: (notification, { nowMs }) => {
      const { action, incident } = notification;
      const isOver = action === 'resolve';
      return post({
        url: isOver ? `${base}/${incident}/close?identifierType=alias` : base,
        body: JSON.stringify(isOver ? closing(notification) : opening(notification)),
        headers,
        timeoutMs,
        nowMs,
      });
    },
  };
}

const closing = ({ title }: Notification): unknown => ({
  source: 'AgentSpine',
  note: title,
});

function opening({ incident, title, severity, alerts, left }: Notification): unknown {
  const [first] = alerts;
  const description = alerts
    .map((alert) => {
      const facts = factsOf(alert).map(([name, value]) => `${name}: ${value}`);
      return [headline(alert), ...facts, `runbook: ${alert.runbook}`, alert.link]
        .filter(Boolean)
        .join('\n');
    })
    .concat(left > 0 ? [`and ${left} more`] : [])
    .join('\n\n');
  const tags = Object.entries(first?.labels ?? {}).map(([name, value]) => `${name}:${value}`);
  return {
    message: title.slice(0, MESSAGE_MAX),
    alias: incident,
    description: description.slice(0, DESCRIPTION_MAX),
    priority: PRIORITY[severity],
    source: 'AgentSpine',
    entity: first?.labels['agent'] ?? '',
    tags: tags.map((tag) => tag.slice(0, TAG_MAX)).slice(0, TAGS_MAX),
    details: { rule: first?.ruleId ?? '', team: first?.business.team ?? '', key: incident },
  };
}
