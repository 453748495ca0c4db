// Prometheus Alertmanager, API v2: POST /api/v2/alerts.
// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
// Guarantees: an alert keeps its labels from open to resolve, so that it is the same alert there;
// what is firing is told again (refresh) with an end in the future, so that Alertmanager does not
// resolve it by itself, and a resolve carries its end; several Alertmanagers of a cluster are all
// told, and one that took it is enough.
// Example: const receiver = alertmanager({ id: 'am', urls: ['http://127.0.0.1:9093'], … })
import type { Notification, ToldAlert } from '@agentspine/alert/delivery';
import { labelsOf } from '@agentspine/alert/matcher';
import { factsOf, headline } from './describe-alert.ts';
import { post } from './post.ts';
import type { Receiver, Sent } from './receiver.ts';

export type AlertmanagerOptions = {
  readonly id: string;
  readonly urls: readonly string[];
  readonly username: string;
  readonly password: string;
  /** How long Alertmanager may go on without hearing of an alert. */
  readonly validForMs: number;
  readonly timeoutMs: number;
};

export function alertmanager(options: AlertmanagerOptions): Receiver {
  const tell = async (alerts: readonly unknown[], nowMs: number): Promise<Sent> => {
    const body = JSON.stringify(alerts);
    const { username, password, timeoutMs } = options;
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const headers = username === '' ? {} : { authorization: `Basic ${basic}` };
    const answers = await Promise.all(
      options.urls.map((url) => {
        const target = `${url.replace(/\/+$/u, '')}/api/v2/alerts`;
        return post({ url: target, body, headers, timeoutMs, nowMs });
      }),
    );
    return answers.find(({ ok }) => ok) ?? (answers[0] as Sent);
  };
  return {
    id: options.id,
    kind: 'alertmanager',
    deduplicates: true,
    send: (notification, { nowMs }) =>
      tell(
        notification.alerts.map((alert) => wireAlert(alert, endOf(notification, alert, nowMs))),
        nowMs,
      ),
    refresh: (alerts, { nowMs }) =>
      tell(
        alerts.map((alert) => wireAlert(alert, nowMs + options.validForMs)),
        nowMs,
      ),
  };

  function endOf({ action }: Notification, alert: ToldAlert, nowMs: number): number {
    return action === 'resolve' ? alert.resolvedAtMs || nowMs : nowMs + options.validForMs;
  }
}

function wireAlert(alert: ToldAlert, endsAtMs: number): unknown {
  const { rule = '', ...labels } = labelsOf(alert);
  const named = Object.entries(labels).flatMap(([name, value]) =>
    value === '' ? [] : [[name.replaceAll(/[^a-zA-Z0-9_]/gu, '_'), value]],
  );
  const annotations = factsOf(alert).map(([name, value]) => [name.replaceAll(' ', '_'), value]);
  return {
    labels: { alertname: rule, ...Object.fromEntries(named), alert_key: alert.key },
    annotations: {
      summary: headline(alert),
      ...Object.fromEntries(annotations),
      runbook_url: alert.runbook,
    },
    startsAt: new Date(alert.startedAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    ...(alert.link !== '' && { generatorURL: alert.link }),
  };
}
