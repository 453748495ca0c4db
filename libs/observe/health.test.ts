// What health and metrics promise over HTTP: progress, not sockets.
// Example: (await fetch(`${server.url}/livez`)).status → 200
import { afterEach, expect, test } from 'vitest';
import type { Health, HealthServer } from './health.ts';
import { startHealth, trackProgress } from './health.ts';
import { createMetrics } from './metrics.ts';

const open: HealthServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const fine = (): Health => ({ ok: true, reason: 'ok' });

async function started(
  parts: Partial<Parameters<typeof startHealth>[0]> = {},
): Promise<HealthServer> {
  const metrics = createMetrics('worker', { process: false });
  const server = await startHealth({ port: 0, live: fine, ready: fine, metrics, ...parts });
  open.push(server);
  return server;
}

test('work that waits and does not get on is unhealthy, idleness is not', () => {
  let now = 0;
  const progress = trackProgress({ nowMs: () => now, stalledAfterMs: 30_000 });
  now = 3_600_000;
  expect(progress.status().ok).toBe(true);
  progress.waiting(500);
  now += 29_999;
  expect(progress.status().ok).toBe(true);
  now += 1;
  expect(progress.status()).toEqual({
    ok: false,
    reason: '500 records wait and none was finished for 30 s',
  });
  progress.advanced();
  expect(progress.status().ok).toBe(true);
  now += 60_000;
  expect(progress.status().ok).toBe(false);
  progress.waiting(0);
  expect(progress.status().ok).toBe(true);
});

test('livez and readyz answer 200 or 503 with the reason', async () => {
  let ready: Health = { ok: false, reason: 'waiting for Kafka' };
  const server = await started({ ready: () => ready });
  const read = async (path: string): Promise<[number, string]> => {
    const response = await fetch(server.url + path);
    return [response.status, await response.text()];
  };
  expect(await read('/livez')).toEqual([200, 'ok\n']);
  expect(await read('/readyz')).toEqual([503, 'waiting for Kafka\n']);
  ready = fine();
  expect(await read('/readyz?verbose')).toEqual([200, 'ok\n']);
  expect((await read('/'))[0]).toBe(404);
  expect((await fetch(`${server.url}/livez`, { method: 'POST' })).status).toBe(405);
});

test('a check that throws answers 500 and the server goes on', async () => {
  const server = await started({
    live: () => {
      throw new Error('no');
    },
  });
  expect((await fetch(`${server.url}/livez`)).status).toBe(500);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});

test('metrics pair accepted with refused, per stage and code', async () => {
  const metrics = createMetrics('worker', { process: false });
  metrics.accepted('decode', 5);
  metrics.accepted('decode');
  metrics.refused('decode', 'SPINE_RECORD_AVRO', 2);
  metrics.batch('journey', 0.004, 128, 4_096);
  metrics.lag('agent.events', 0, { records: 7, seconds: 0.2, finishedAtSeconds: 1 });
  metrics.lag('agent.events', 1, { records: 9, seconds: 0.2, finishedAtSeconds: 1 });
  metrics.forgetLag('agent.events', 1);
  metrics.counter('inserts', 'Inserts.', ['table']).add({ table: 'events' }, 3);
  const server = await started({ metrics });
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get('content-type')).toBe(metrics.contentType);
  const text = await response.text();
  const lines = text.split('\n');
  const stage = (result: string, code: string): string =>
    `spine_stage_records_total{stage="decode",result="${result}",code="${code}",service="worker"}`;
  expect(lines).toContain(`${stage('accepted', '')} 6`);
  expect(lines).toContain(`${stage('refused', 'SPINE_RECORD_AVRO')} 2`);
  expect(lines).toContain(
    'spine_lag_records{topic="agent.events",partition="0",service="worker"} 7',
  );
  expect(lines).toContain('spine_inserts_total{table="events",service="worker"} 3');
  expect(text).not.toContain('partition="1"');
  expect(text).toContain('spine_batch_duration_seconds_bucket{le="0.005"');
});

test('process metrics are there unless they are left out', async () => {
  expect(await createMetrics('sink').text()).toContain('process_resident_memory_bytes');
  expect(await createMetrics('sink', { process: false }).text()).not.toContain('process_');
});

test('it listens on loopback, and says so when the port is taken', async () => {
  const server = await started();
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  await expect(started({ port: server.port })).rejects.toMatchObject({
    code: 'SPINE_STACK_PORT',
    message: `SPINE_STACK_PORT 127.0.0.1:${server.port}: wanted a free port, found a port in use`,
  });
});

test('close frees the port and may be repeated', async () => {
  const server = await started();
  await fetch(`${server.url}/livez`);
  await Promise.all([server.close(), server.close()]);
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow('fetch failed');
});
