// Registry, Kafka or ClickHouse away at the start or in flight: the service waits, says so once,
// and goes on when it is back; nothing is lost. On a stack of its own, since its parts are stopped
// and started again.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit, type Audit } from '@agentspine/cli-service/audit';
import { bringUp, startService, SERVICES, type Up } from '@agentspine/cli-service/bring-up';
import { openLoad } from '@agentspine/cli-service/demo-load';
import { stopPart } from '@agentspine/local-stack/part';
import { startStack, stopStack, type PartName } from '@agentspine/local-stack/stack';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { elapse } from './elapse.ts';

const PARTS: readonly PartName[] = ['kafka', 'registry', 'clickhouse'];
let stateDir: string;
let up: Up;

/** Short sessions, so that the partitions of a member that lost Kafka are soon given out again. */
const SESSIONS = {
  SPINE_WORKER_SESSION_TIMEOUT_MS: '6000',
  SPINE_WORKER_HEARTBEAT_INTERVAL_MS: '1000',
  SPINE_SINK_SESSION_TIMEOUT_MS: '6000',
  SPINE_SINK_HEARTBEAT_INTERVAL_MS: '1000',
  SPINE_SINK_INSERT_TIMEOUT_MS: '5000',
};

beforeAll(async () => {
  for (const [name, value] of Object.entries(SESSIONS)) vi.stubEnv(name, value);
  stateDir = await mkdtemp(join(tmpdir(), 'spine-away-'));
  up = await bringUp({
    stateDir,
    cwd: process.cwd(),
    env: {},
    ports: { kafka: 0, registry: 0, clickhouse: 0 },
  });
});
afterAll(async () => {
  await up.opened.close();
  await stopStack(stateDir);
  await rm(stateDir, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** Where each service's log ends now. */
async function logEnds(): Promise<readonly number[]> {
  return (await logs()).map((text) => text.length);
}

function logs(): Promise<string[]> {
  return Promise.all(
    SERVICES.map((service) => readFile(join(stateDir, 'logs', `${service}.log`), 'utf8')),
  );
}

/** Starts the part again where its clients look for it. */
async function back(part: PartName): Promise<void> {
  const port = up.stack.parts.find(({ name }) => name === part)?.port ?? 0;
  await startStack({ stateDir, parts: [part], ports: { [part]: port } });
}

/** What the services logged since: each says that it waits, not how often it asked; no stacks. */
async function saidSince(ends: readonly number[]): Promise<string> {
  const said = (await logs()).map((text, index) => text.slice(ends[index]));
  for (const text of said) {
    const waits = [...text.matchAll(/waiting for (?<what>.+?) (?:at|to)/g)];
    for (const what of new Set(waits.map((wait) => wait.groups?.['what']))) {
      // A part that answers while it starts and then does not is away twice.
      const times = waits.filter((wait) => wait.groups?.['what'] === what).length;
      expect([what, times <= 2]).toEqual([what, true]);
    }
    expect(text).not.toMatch(/\bat .*\.[jt]s:\d+/);
  }
  return said.join('');
}

/** The audit, once all that was produced has a fate in the store. */
function settled(): Promise<Audit> {
  const whole = async (): Promise<Audit> => {
    const report = await audit(up.opened);
    if (report.isSettled && report.rows + report.deadLetters >= report.produced) return report;
    throw new Error(`${report.rows + report.deadLetters} of ${report.produced} stored`);
  };
  return vi.waitFor(whole, { timeout: 90_000, interval: 200 });
}

test.each(PARTS)('%s away in flight', async (part) => {
  const load = await openLoad(up.opened);
  const { produced } = await audit(up.opened);
  try {
    await load.history({ seed: 11, runs: 20, now: new Date(), onBatch: () => undefined });
    const before = await logEnds();
    await stopPart(stateDir, part);
    if (part !== 'kafka') {
      // Producers go on while the part is away.
      await load.history({ seed: 12, runs: 20, now: new Date(), onBatch: () => undefined });
    }
    await elapse(3_000, 'away for several attempts of every client');
    await back(part);
    await load.history({ seed: 13, runs: 20, now: new Date(), onBatch: () => undefined });
    expect(await settled()).toMatchObject({ ok: true, produced: produced + load.produced() });
    await saidSince(before);
  } finally {
    await load.close();
  }
});

test.each(PARTS)('%s away at the start', async (part) => {
  const { produced } = await audit(up.opened);
  const load = await openLoad(up.opened);
  await load.history({ seed: 21, runs: 10, now: new Date(), onBatch: () => undefined });
  await load.close();
  await Promise.all(SERVICES.map((service) => stopPart(stateDir, service)));
  await stopPart(stateDir, part);
  const before = await logEnds();
  const starting = Promise.all(
    SERVICES.map((service) =>
      startService(service, { stateDir, cwd: process.cwd() }, up.configFile),
    ),
  );
  starting.catch(() => undefined); // looked at below, unless a wait before it fails
  const waits = async (): Promise<void> => expect(await saidSince(before)).toContain('waiting for');
  await vi.waitFor(waits, { timeout: 60_000, interval: 100 });
  await elapse(3_000, 'away for several attempts of every service');
  await back(part);
  await starting;
  expect(await settled()).toMatchObject({ ok: true, produced: produced + load.produced() });
  await saidSince(before);
});
