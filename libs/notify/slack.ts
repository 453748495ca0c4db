// Slack, incoming webhooks with blocks.
// https://api.slack.com/messaging/webhooks
// Guarantees: text from alerts is escaped as Slack asks, so that a name cannot make a mention;
// within 50 blocks and 3,000 characters each; the webhook's address is a secret and in no message.
// Slack does not deduplicate: the incident's key stands at the foot of the message.
// Example: const receiver = slack({ id: 'chat', webhookUrl, timeoutMs })
import type { Notification, ToldAlert } from '@agentspine/alert/delivery';
import { factsOf, headline } from './describe-alert.ts';
import { post } from './post.ts';
import type { Receiver } from './receiver.ts';

export type ChatOptions = {
  readonly id: string;
  readonly webhookUrl: string;
  readonly timeoutMs: number;
};

const TEXT_MAX = 2_900;
const HEADER_MAX = 150;
const SHOWN_MAX = 10;

export function slack({ id, webhookUrl, timeoutMs }: ChatOptions): Receiver {
  return {
    id,
    kind: 'slack',
    deduplicates: false,
    send: (notification, { nowMs }) =>
      post({ url: webhookUrl, body: JSON.stringify(messageOf(notification)), timeoutMs, nowMs }),
  };
}

function messageOf({ title, alerts, left, incident, id }: Notification): unknown {
  const shown = alerts.slice(0, SHOWN_MAX);
  const more = left + alerts.length - shown.length;
  return {
    text: escaped(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, HEADER_MAX) } },
      ...shown.map((alert) => ({
        type: 'section',
        text: { type: 'mrkdwn', text: section(alert).slice(0, TEXT_MAX) },
      })),
      {
        type: 'context',
        elements: [
          {
            type: 'mrkdwn',
            text: `${more > 0 ? `and ${more} more · ` : ''}incident ${incident} · ${id}`,
          },
        ],
      },
    ],
  };
}

function section(alert: ToldAlert): string {
  const lines = factsOf(alert).map(([name, value]) => `${name}: ${escaped(value)}`);
  const links = [
    [alert.link, 'look'],
    [alert.runbook, 'runbook'],
  ].flatMap(([href = '', text]) => (/^https?:/u.test(href) ? [`<${escaped(href)}|${text}>`] : []));
  return [`*${escaped(headline(alert))}*`, ...lines, links.join(' · ')].filter(Boolean).join('\n');
}

/** https://api.slack.com/reference/surfaces/formatting#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
