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

beforeAll(async () => {
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
});

async function logLines(): Promise<string[]> {
  const texts = await Promise.all(
    SERVICES.map((service) => readFile(join(stateDir, 'logs', `${service}.log`), 'utf8')),
  );
  return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
}

/** Starts the part again where its clients look for it. */
async function back(part: PartName): Promise<void> {
  const port = up.stack.parts.find(({ name }) => name === part)?.port ?? 0;
  await startStack({ stateDir, parts: [part], ports: { [part]: port } });
}

/** What the services logged since there were so many lines; no more than once that they wait. */
async function saidSince(lines: number): Promise<string[]> {
  const said = (await logLines()).slice(lines);
  expect(said.filter((line) => line.includes('waiting for')).length).toBeLessThanOrEqual(4);
  expect(said.filter((line) => /\bat .*\.[jt]s:\d+/.test(line))).toEqual([]);
  return said;
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
    const linesBefore = (await logLines()).length;
    await stopPart(stateDir, part);
    if (part !== 'kafka') {
      // Producers go on while the part is away.
      await load.history({ seed: 12, runs: 20, now: new Date(), onBatch: () => undefined });
    }
    await elapse(3_000, 'away for several attempts of every client');
    await back(part);
    await load.history({ seed: 13, runs: 20, now: new Date(), onBatch: () => undefined });
    expect(await settled()).toMatchObject({ ok: true, produced: produced + load.produced() });
    await saidSince(linesBefore);
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
  const linesBefore = (await logLines()).length;
  const starting = Promise.all(
    SERVICES.map((service) =>
      startService(service, { stateDir, cwd: process.cwd() }, up.configFile),
    ),
  );
  const waits = async (): Promise<void> =>
    expect((await saidSince(linesBefore)).join('\n')).toContain('waiting for');
  await vi.waitFor(waits, { timeout: 60_000, interval: 100 });
  await elapse(3_000, 'away for several attempts of every service');
  await back(part);
  await starting;
  expect(await settled()).toMatchObject({ ok: true, produced: produced + load.produced() });
  await saidSince(linesBefore);
});
