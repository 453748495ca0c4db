// Each receiver against a stand-in: what it says on the wire, that open and resolve carry one key,
// and what it makes of a receiver that is down, slow, refuses or asks for patience.
import { createHmac } from 'node:crypto';
import type { Notification, ToldAlert } from '@agentspine/alert/delivery';
import { parseRoutes } from '@agentspine/alert/parse-routes';
import { isSpineError } from '@agentspine/outcome/errors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openReceivers } from './open-receivers.ts';
import { retryAfterMs } from './post.ts';
import type { Receiver } from './receiver.ts';
import { httpStandIn, smtpStandIn, type HttpStandIn } from './stand-ins.ts';

const NOW = Date.UTC(2026, 4, 4, 12);
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const alert: ToldAlert = {
  key: 'a'.repeat(32),
  ruleId: 'ERRORS-BURN-FAST',
  name: 'Runs fail',
  kind: 'slo_burn',
  severity: 'critical',
  labels: { tenant: 'acme', agent: 'refunds' },
  state: 'firing',
  pendingAtMs: NOW - 60_000,
  startedAtMs: NOW,
  brokenAtMs: NOW,
  noDataAtMs: 0,
  resolvedAtMs: 0,
  updatedAtMs: NOW,
  value: 21.3,
  threshold: 14.4,
  n: 1200,
  windowMs: 3_600_000,
  summary: 'failed operations burn the budget 21x over 1h, bound 14.4x: 240 of 1,200',
  cause: '<!channel> tool_timeout',
  exampleRuns: ['run-1', 'run-2'],
  agentVersions: ['2.3'],
  policyBundles: ['3091ded7'],
  business: { owner: 'ana', team: 'care', criticality: 'high', costCenter: 'cc-7', kpi: 'margin' },
  advice: 'See what fails first.',
  runbook: 'https://wiki.example.org/errors',
  link: 'https://grafana.example.org/d/agent?var-agent=refunds',
};

const notification = (action: Notification['action']): Notification => ({
  id: `${action}-1`.padEnd(32, '0'),
  incident: 'c'.repeat(32),
  action,
  reason: action === 'open' ? 'new' : 'resolved',
  atMs: NOW,
  severity: 'critical',
  title: 'CRITICAL Runs fail: acme/refunds',
  group: { tenant: 'acme' },
  alerts: [action === 'open' ? alert : { ...alert, state: 'resolved', resolvedAtMs: NOW + 60_000 }],
  left: 0,
});

let http: HttpStandIn;
beforeEach(async () => {
  http = await httpStandIn();
});
afterEach(() => http.close());

function receiver(
  spec: Readonly<Record<string, unknown>>,
  env: Record<string, string> = {},
): Receiver {
  const value = { receivers: [{ id: 'one', timeout: '200ms', ...spec }] };
  const source = { value, locate: () => 'routes.yaml:1', nearest: () => undefined };
  const opened = openReceivers(parseRoutes(source).receivers, {
    env: { KEY: 'k-1234', SECRET, HOOK: `${http.url}/hook`, ...env },
    readFile: () => 'from-a-file\n',
  });
  const [first] = opened.values();
  if (first === undefined) throw new Error('no receiver');
  return first;
}

const bodies = (): Record<string, unknown>[] =>
  http.heard.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

async function openAndResolve(one: Receiver): Promise<void> {
  for (const action of ['open', 'resolve'] as const) {
    expect(await one.send(notification(action), { nowMs: NOW })).toEqual({ ok: true });
  }
}

describe('on the wire', () => {
  test('PagerDuty: trigger and resolve with one dedup_key', async () => {
    const spec = { kind: 'pagerduty', url: http.url, routing_key: { env: 'KEY' } };
    await openAndResolve(receiver(spec));
    expect(http.heard.map(({ path }) => path)).toEqual(['/v2/enqueue', '/v2/enqueue']);
    expect(bodies()).toMatchObject([
      {
        routing_key: 'k-1234',
        event_action: 'trigger',
        dedup_key: 'c'.repeat(32),
        payload: { severity: 'critical', source: 'refunds', class: 'ERRORS-BURN-FAST' },
        links: [{ href: alert.link }, { href: alert.runbook }],
      },
      { event_action: 'resolve', dedup_key: 'c'.repeat(32) },
    ]);
  });

  test('Opsgenie: the alias opens it and closes it', async () => {
    const spec = { kind: 'opsgenie', url: http.url, api_key: { env: 'KEY' } };
    await openAndResolve(receiver(spec));
    const alias = 'c'.repeat(32);
    expect(http.heard.map(({ path }) => path)).toEqual([
      '/v2/alerts',
      `/v2/alerts/${alias}/close?identifierType=alias`,
    ]);
    expect(http.heard[0]?.headers.authorization).toBe('GenieKey k-1234');
    expect(bodies()[0]).toMatchObject({ alias, priority: 'P1', entity: 'refunds' });
  });

  test('Slack: text is escaped, so that a cause cannot call the channel', async () => {
    await openAndResolve(receiver({ kind: 'slack', webhook_url: { env: 'HOOK' } }));
    expect(http.heard[0]?.path).toBe('/hook');
    expect(http.heard[0]?.body).toContain('&lt;!channel&gt;');
    expect(http.heard[0]?.body).not.toContain('<!channel>');
    for (const { body } of http.heard) expect(body).toContain('c'.repeat(32));
  });

  test('Teams: an adaptive card within its size, however many alerts', async () => {
    const one = receiver({ kind: 'teams', webhook_url: { env: 'HOOK' } });
    const big = { ...alert, cause: 'x'.repeat(10_000), summary: 'y'.repeat(10_000) };
    const many = { ...notification('open'), alerts: Array.from({ length: 20 }, () => big) };
    expect(await one.send(many, { nowMs: NOW })).toEqual({ ok: true });
    const body = http.heard[0]?.body ?? '';
    expect(Buffer.byteLength(body)).toBeLessThan(28_000);
    const { attachments } = JSON.parse(body) as { attachments: { content: { type: string } }[] };
    expect(attachments[0]?.content.type).toBe('AdaptiveCard');
  });

  test('webhook: signed over id, time and body, as Standard Webhooks says', async () => {
    const spec = { kind: 'webhook', url: `${http.url}/in`, secret: { env: 'SECRET' } };
    await openAndResolve(receiver(spec));
    for (const { headers, body } of http.heard) {
      const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
      const key = Buffer.alloc(32, 7);
      const wanted = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
      expect(headers['webhook-signature']).toBe(wanted);
    }
    expect(bodies()).toMatchObject([
      {
        type: 'alert.open',
        data: { alerts: [{ rule: 'ERRORS-BURN-FAST', value: 21.3, n: 1200 }] },
      },
      { type: 'alert.resolve', data: { alerts: [{ resolved_at: '2026-05-04T12:01:00.000Z' }] } },
    ]);
    expect(http.heard[0]?.headers['webhook-id']).toBe(`msg_${notification('open').id}`);
  });

  test('Alertmanager: one alert from open to resolve, with an end in the future while it fires', async () => {
    const one = receiver({ kind: 'alertmanager', urls: [http.url], valid_for: '10m' });
    await openAndResolve(one);
    await one.refresh?.([alert], { nowMs: NOW + 300_000 });
    const sent = http.heard.map(
      ({ body }) => (JSON.parse(body) as Record<string, Record<string, string>>[])[0],
    );
    const labels = { alertname: 'ERRORS-BURN-FAST', agent: 'refunds', team: 'care' };
    for (const alerted of sent) expect(alerted?.['labels']).toMatchObject(labels);
    expect(new Set(sent.map((alerted) => JSON.stringify(alerted?.['labels']))).size).toBe(1);
    expect(sent.map((alerted) => alerted?.['endsAt'])).toEqual([
      '2026-05-04T12:10:00.000Z',
      '2026-05-04T12:01:00.000Z',
      '2026-05-04T12:15:00.000Z',
    ]);
  });

  test('e-mail: one thread for an incident, a Message-ID of the idempotency key', async () => {
    const smtp = await smtpStandIn();
    try {
      const one = receiver({
        kind: 'email',
        host: '127.0.0.1',
        port: smtp.port,
        security: 'none',
        from: 'spine@example.org',
        to: ['oncall@example.org'],
        timeout: '5s',
      });
      await openAndResolve(one);
      one.close?.();
      expect(smtp.heard).toHaveLength(2);
      expect(smtp.heard[0]).toContain(
        `Message-ID: <${notification('open').id}@agentspine.invalid>`,
      );
      expect(smtp.heard[1]).toContain(`In-Reply-To: <${'c'.repeat(32)}@agentspine.invalid>`);
      expect(smtp.heard[0]).toContain('Subject: CRITICAL Runs fail: acme/refunds');
      expect(smtp.heard[0]).toContain('&lt;!channel&gt;');
      smtp.answer = '451 later';
      expect(await one.send(notification('open'), { nowMs: NOW })).toMatchObject({ retry: true });
      smtp.answer = '550 no such mailbox';
      expect(await one.send(notification('open'), { nowMs: NOW })).toMatchObject({
        ok: false,
        retry: false,
        words: 'SMTP 550',
      });
    } finally {
      await smtp.close();
    }
  });
});

describe('a receiver that does not take it', () => {
  const pager = (): Receiver =>
    receiver({ kind: 'pagerduty', url: http.url, routing_key: { env: 'KEY' } });
  const send = (one: Receiver) => one.send(notification('open'), { nowMs: NOW });
  const UNREACHABLE = { ok: false, retry: true, code: 'SPINE_NOTIFY_UNREACHABLE' };

  test('is down: may pass', async () => {
    const one = pager();
    await http.close();
    expect(await send(one)).toEqual({ ...UNREACHABLE, afterMs: 0, words: 'ECONNREFUSED' });
  });

  test('is slow: given up after the timeout, may pass', async () => {
    http.answer = () => ({ status: 200, hangs: true });
    expect(await send(pager())).toMatchObject({ ...UNREACHABLE, words: 'no answer in 200 ms' });
  });

  test.each([500, 502, 503, 504, 408, 425])('answers %i: may pass', async (status) => {
    http.answer = () => ({ status });
    expect(await send(pager())).toMatchObject({ ...UNREACHABLE, words: `HTTP ${status}` });
  });

  test('answers 429 with Retry-After: may pass, and says when', async () => {
    http.answer = () => ({ status: 429, headers: { 'retry-after': '30' } });
    expect(await send(pager())).toMatchObject({ ...UNREACHABLE, afterMs: 30_000 });
  });

  test.each([400, 401, 403, 404, 422])('answers %i: refused', async (status) => {
    http.answer = () => ({ status });
    const refused = {
      ok: false,
      retry: false,
      code: 'SPINE_NOTIFY_REFUSED',
      words: `HTTP ${status}`,
    };
    expect(await send(pager())).toMatchObject(refused);
  });

  test('sends elsewhere: no redirect is followed', async () => {
    const other = await httpStandIn();
    http.answer = () => ({ status: 307, headers: { location: other.url } });
    expect(await send(pager())).toMatchObject({ ok: false, retry: false });
    expect(other.heard).toEqual([]);
    await other.close();
  });

  test('Retry-After is seconds or a date, and never more than an hour', () => {
    expect(retryAfterMs('7', NOW)).toBe(7_000);
    expect(retryAfterMs(new Date(NOW + 90_000).toUTCString(), NOW)).toBe(90_000);
    expect(retryAfterMs('999999', NOW)).toBe(3_600_000);
    expect(retryAfterMs('soon', NOW)).toBe(0);
    expect(retryAfterMs(null, NOW)).toBe(0);
  });
});

describe('secrets', () => {
  function refusalOf(act: () => unknown): string {
    try {
      act();
    } catch (error) {
      if (isSpineError(error)) return error.message;
      throw error;
    }
    throw new Error('it was not refused');
  }

  test('that are not set stop the start, named but not shown', () => {
    const spec = { kind: 'pagerduty', routing_key: { env: 'NO_SUCH' } };
    expect(refusalOf(() => receiver(spec))).toBe(
      'SPINE_ALERT_FILE routes.yaml:1: wanted routing_key: the environment variable NO_SUCH, found it is not set',
    );
  });

  test('written into the file are a mistake, and stay out of its words', () => {
    const spec = { kind: 'pagerduty', routing_key: 'hunter2hunter2' };
    const refusal = refusalOf(() => receiver(spec));
    expect(refusal).toContain('{ env: NAME } or { file: PATH }');
    expect(refusal).not.toContain('hunter2');
  });

  test('of the wrong form say so without themselves', () => {
    const spec = { kind: 'webhook', url: http.url, secret: { env: 'SHORT' } };
    const refusal = refusalOf(() => receiver(spec, { SHORT: 'whsec_c2hvcnQ=' }));
    expect(refusal).toContain('whsec_ and the base64 of 24 to 64 bytes');
    expect(refusal).not.toContain('c2hvcnQ');
  });
});
