// Microsoft Teams, a workflow that posts an adaptive card ("When a Teams webhook request is
// received"); the older connectors are retired.
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
// Guarantees: below the 28 KB Teams takes; the address is a secret and in no message. Teams does
// not deduplicate: the incident's key stands at the foot of the card.
// Example: const receiver = teams({ id: 'chat', webhookUrl, timeoutMs })
import type { Notification, ToldAlert } from '@agentspine/alert/delivery';
import { factsOf, headline } from './describe-alert.ts';
import { post } from './post.ts';
import type { Receiver } from './receiver.ts';
import type { ChatOptions } from './slack.ts';

const SHOWN_MAX = 5;
const FACT_MAX = 400;
const BYTES_MAX = 27_000;

export function teams({ id, webhookUrl, timeoutMs }: ChatOptions): Receiver {
  return {
    id,
    kind: 'teams',
    deduplicates: false,
    send: (notification, { nowMs }) =>
      post({ url: webhookUrl, body: cardOf(notification), timeoutMs, nowMs }),
  };
}

/** As many alerts as fit. */
function cardOf(notification: Notification): string {
  for (let shown = Math.min(SHOWN_MAX, notification.alerts.length); shown > 1; shown -= 1) {
    const text = JSON.stringify(messageOf(notification, shown));
    if (Buffer.byteLength(text) <= BYTES_MAX) return text;
  }
  return JSON.stringify(messageOf(notification, 1));
}

function messageOf({ title, alerts, left, incident }: Notification, shown: number): unknown {
  const more = left + alerts.length - shown;
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', text: title, weight: 'bolder', size: 'medium', wrap: true },
            ...alerts.slice(0, shown).flatMap(blocksOf),
            {
              type: 'TextBlock',
              text: `${more > 0 ? `and ${more} more · ` : ''}incident ${incident}`,
              isSubtle: true,
              wrap: true,
            },
          ],
          actions: actionsOf(alerts[0]),
        },
      },
    ],
  };
}

function blocksOf(alert: ToldAlert): readonly unknown[] {
  const facts = factsOf(alert).map(([name, value]) => ({
    title: name,
    value: value.slice(0, FACT_MAX),
  }));
  return [
    { type: 'TextBlock', text: headline(alert), weight: 'bolder', wrap: true, separator: true },
    { type: 'FactSet', facts },
  ];
}

function actionsOf(alert: ToldAlert | undefined): readonly unknown[] {
  const links: readonly (readonly [string, string])[] = [
    ['Look', alert?.link ?? ''],
    ['Runbook', alert?.runbook ?? ''],
  ];
  return links
    .filter(([, url]) => /^https?:/u.test(url))
    .map(([title, url]) => ({ type: 'Action.OpenUrl', title, url }));
}
