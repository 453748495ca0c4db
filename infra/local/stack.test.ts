// The whole stack on real parts: found again, told apart, two side by side, and nothing left
// behind.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spoolDir } from './engine/body.ts';
import { startPart, stopPart } from './part.ts';
import { isAlive } from './process-identity.ts';
import {
  type ProgressLine,
  readStack,
  stackStatus,
  type StackState,
  startStack,
  stopStack,
} from './stack.ts';
import { until } from './test-engine.ts';
import { checkTools } from './tools.ts';

const { java } = await checkTools();
const START_MS = 600_000;
const homes: string[] = [];

async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'spine-stack-'));
  homes.push(home);
  return home;
}

afterAll(async () => {
  for (const home of homes) {
    await stopStack(home);
    await rm(home, { recursive: true, force: true });
  }
}, 120_000);

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

// Kafka and the registry are Java programs: without a JVM of 17 or newer there is nothing to start.
describe.skipIf(java === null)('a stack (skipped without a JVM of 17 or newer)', () => {
  let first: StackState;
  let second: StackState;
  const said: ProgressLine[] = [];

  beforeAll(async () => {
    const [one, two] = [await newHome(), await newHome()];
    [first, second] = await Promise.all([
      startStack({ stateDir: one, onProgress: (line) => said.push(line) }),
      startStack({ stateDir: two }),
    ]);
  }, START_MS);

  test('two of them run at once, each on ports of its own', async () => {
    const ports = [...first.parts, ...second.parts].map((part) => part.port);
    expect(new Set(ports).size).toBe(6);
    for (const { stateDir } of [first, second]) {
      // a machine under heavy load may miss one round trip
      const isRunning = async (): Promise<boolean> =>
        (await stackStatus(stateDir)).every((part) => part.status === 'running');
      expect([await until(isRunning), await stackStatus(stateDir)]).toEqual([
        true,
        ['kafka', 'registry', 'clickhouse'].map((name) => expect.objectContaining({ name })),
      ]);
      const status = await stackStatus(stateDir);
      for (const part of status) expect(part.residentBytes).toBeGreaterThan(50e6);
    }
  });

  test('other processes find it by its state folder', async () => {
    expect(await readStack(first.stateDir)).toEqual(first);
    expect(first.registryUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/apis\/ccompat\/v7$/);
    expect(first.clickhouseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(first.brokers).toHaveLength(1);
  });

  test('says of each part when it starts and when it answers', () => {
    for (const part of ['kafka', 'registry', 'clickhouse']) {
      const steps = said.filter((line) => line.part === part && line.step !== 'download');
      expect(steps.map((line) => line.step).slice(-2)).toEqual(['start', 'ready']);
    }
  });

  test('a second start takes the running parts as they are', async () => {
    const lines: ProgressLine[] = [];
    const again = await startStack({ stateDir: first.stateDir, onProgress: (l) => lines.push(l) });
    expect(again).toEqual(first);
    expect(new Set(lines.map((line) => line.step))).toEqual(new Set(['already']));
    const elsewhere = startStack({ stateDir: first.stateDir, ports: { registry: 1 } });
    await expect(elsewhere).rejects.toMatchObject({ code: 'SPINE_STACK_PORT' });
  }, 60_000);

  test('the broker takes what a producer sends and writes it under the state folder', async () => {
    const logLevel = kafkajs.logLevel.NOTHING;
    const kafka = new kafkajs.Kafka({ brokers: [...first.brokers], logLevel });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'seen', numPartitions: 1 }] });
    const producer = kafka.producer({ idempotent: true });
    await producer.connect();
    await producer.send({ topic: 'seen', messages: [{ value: 'needle-in-the-segment' }] });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
    const data = join(first.stateDir, 'kafka', 'data', 'seen-0');
    const segments = (await readdir(data)).filter((name) => name.endsWith('.log'));
    const bytes = await Promise.all(segments.map((name) => readFile(join(data, name))));
    expect(Buffer.concat(bytes).includes('needle-in-the-segment')).toBe(true);
  }, 60_000);

  test('a part that was killed is called crashed, with the end of its log, and comes back with its schemas', async () => {
    const subject = `${first.registryUrl}/subjects/kept-value/versions`;
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const body = JSON.stringify({ schema: '"string"' });
    const posted = await fetch(subject, { method: 'POST', headers, body });
    const { id } = (await posted.json()) as { id: number };
    const registry = first.parts.find((part) => part.name === 'registry');
    process.kill(registry?.pid ?? -1, 'SIGKILL');
    const isCrashed = async (): Promise<boolean> =>
      (await stackStatus(first.stateDir)).some(
        (part) => part.name === 'registry' && part.status === 'crashed',
      );
    expect(await until(isCrashed)).toBe(true);
    const again = await startStack({ stateDir: first.stateDir });
    expect(again.registryUrl).toBe(first.registryUrl);
    expect(again.parts.filter((part) => part.name !== 'registry')).toEqual(
      expect.arrayContaining(first.parts.filter((part) => part.name !== 'registry')),
    );
    const kept = await fetch(`${subject}/latest`);
    expect(await kept.json()).toMatchObject({ id, version: 1 });
    first = again;
  }, 120_000);

  test('a stop ends services and parts, frees every port, and may be repeated', async () => {
    const script = 'setInterval(() => {}, 1000)';
    const service = { name: 'worker', command: process.execPath, args: ['-e', script] };
    const ready = (): Promise<boolean> => Promise.resolve(true);
    const { state } = await startPart(first.stateDir, { ...service, ready, readyTimeoutMs: 5_000 });
    expect((await stackStatus(first.stateDir)).at(-1)).toMatchObject({ name: 'worker' });
    const { stopped } = await stopStack(first.stateDir);
    expect(stopped).toEqual(['worker', 'clickhouse', 'registry', 'kafka']);
    for (const part of [...first.parts, state]) {
      expect([part.name, await isAlive(part)]).toEqual([part.name, false]);
      if (part.port !== undefined) expect(await answers(part.port)).toBe(false);
    }
    await expect(readdir(spoolDir(join(first.stateDir, 'clickhouse')))).rejects.toThrow('ENOENT');
    expect(await stopStack(first.stateDir)).toEqual({ stopped: [] });
    expect(await readStack(first.stateDir)).toBeUndefined();
    for (const part of second.parts)
      expect([part.name, await isAlive(part)]).toEqual([part.name, true]);
  }, 120_000);
});

describe('parts of a stack', () => {
  test(
    'the engine alone needs no JVM',
    async () => {
      const home = await newHome();
      const state = await startStack({
        stateDir: home,
        parts: ['clickhouse'],
        ports: { clickhouse: 0 },
      });
      expect(state).toMatchObject({ brokers: [], registryUrl: '' });
      expect(await (await fetch(`${state.clickhouseUrl}/?query=SELECT 7`)).text()).toBe('7\n');
      expect(await stopPart(home, 'clickhouse')).toBe(true);
      expect(await stackStatus(home)).toMatchObject([{}, {}, { status: 'stopped' }]);
    },
    START_MS,
  );

  test('stopping where nothing was started is harmless', async () => {
    expect(await stopStack(await newHome())).toEqual({ stopped: [] });
  });

  test('a download that cannot succeed is one error, and leaves no part running', async () => {
    const home = await newHome();
    const before = process.env['PATH'];
    process.env['PATH'] = home;
    try {
      const start = startStack({
        stateDir: home,
        cacheDir: join(home, 'cache'),
        parts: ['clickhouse'],
      });
      await expect(start).rejects.toMatchObject({ code: 'SPINE_STACK_DOWNLOAD' });
    } finally {
      process.env['PATH'] = before;
    }
    expect(await readdir(join(home, 'cache'))).toEqual([]);
    expect((await stackStatus(home)).every((part) => part.status === 'stopped')).toBe(true);
  });
});
