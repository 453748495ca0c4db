// A webhook of one's own, signed as Standard Webhooks asks: id, timestamp and body under
// HMAC-SHA256.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
// Guarantees: webhook-id is the idempotency key, the same for every attempt; the body is the same
// for every attempt too; the secret is whsec_ and base64, 24 to 64 bytes.
// Example: signatureOf(secret, id, timestampS, body) → 'v1,…'
import { createHmac } from 'node:crypto';
import type { Notification } from '@agentspine/alert/delivery';
import { labelsOf } from '@agentspine/alert/matcher';
import { post } from './post.ts';
import type { Receiver } from './receiver.ts';

export type WebhookOptions = {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
};

const SECRET = /^whsec_(?<base64>[A-Za-z0-9+/]+={0,2})$/u;

/** The bytes of the secret; undefined where it has not the form. */
export function secretBytes(secret: string): Buffer | undefined {
  const base64 = SECRET.exec(secret)?.groups?.['base64'];
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  return bytes !== undefined && bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}

export function signatureOf(secret: Buffer, id: string, timestampS: number, body: string): string {
  const signed = createHmac('sha256', secret).update(`${id}.${timestampS}.${body}`);
  return `v1,${signed.digest('base64')}`;
}

export function webhook({ id, url, secret, timeoutMs }: WebhookOptions): Receiver {
  const bytes = secretBytes(secret);
  if (bytes === undefined) throw new RangeError('a secret of the wrong form');
  return {
    id,
    kind: 'webhook',
    deduplicates: false,
    send: (notification, { nowMs }) => {
      const body = JSON.stringify(bodyOf(notification));
      const timestampS = Math.floor(nowMs / 1_000);
      const messageId = `msg_${notification.id}`;
      const headers = {
        'webhook-id': messageId,
        'webhook-timestamp': String(timestampS),
        'webhook-signature': signatureOf(bytes, messageId, timestampS, body),
        'idempotency-key': notification.id,
      };
      return post({ url, body, headers, timeoutMs, nowMs });
    },
  };
}

/** docs/alerts.md lists the fields. */
function bodyOf(notification: Notification): unknown {
  const { id, incident, action, reason, atMs, severity, title, group, alerts, left } = notification;
  return {
    type: `alert.${action}`,
    timestamp: iso(atMs),
    data: {
      id,
      incident,
      reason,
      severity,
      title,
      group,
      alerts_left_out: left,
      alerts: alerts.map((alert) => ({
        key: alert.key,
        rule: alert.ruleId,
        name: alert.name,
        kind: alert.kind,
        severity: alert.severity,
        state: alert.state,
        labels: labelsOf(alert),
        started_at: iso(alert.startedAtMs),
        resolved_at: alert.resolvedAtMs > 0 ? iso(alert.resolvedAtMs) : null,
        value: Number.isFinite(alert.value) ? alert.value : null,
        threshold: Number.isFinite(alert.threshold) ? alert.threshold : null,
        n: alert.n,
        window_ms: alert.windowMs,
        summary: alert.summary,
        cause: alert.cause,
        example_runs: alert.exampleRuns,
        agent_versions: alert.agentVersions,
        policy_bundles: alert.policyBundles,
        business: alert.business,
        advice: alert.advice,
        runbook: alert.runbook,
        link: alert.link,
      })),
    },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
