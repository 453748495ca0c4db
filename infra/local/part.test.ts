// Supervision, with small Node processes in the place of services.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { followLog, tailLog } from './part-log.ts';
import {
  type PartSpec,
  type PartState,
  partStatus,
  readPart,
  startPart,
  stopPart,
} from './part.ts';
import { birthOf, isAlive, signal } from './process-identity.ts';

let stateDir = '';
const names = ['quick', 'deaf', 'broken', 'late'];

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'spine-part-'));
});

afterEach(async () => {
  for (const name of names) await stopPart(stateDir, name, { graceMs: 200 });
  await rm(stateDir, { recursive: true, force: true });
});

function spec(name: string, script: string, more: Partial<PartSpec> = {}): PartSpec {
  return {
    name,
    command: process.execPath,
    args: ['-e', script],
    ready: async () => (await tailLog(stateDir, name, 1))[0] === 'up' || 'not up',
    readyTimeoutMs: 20_000,
    ...more,
  };
}

const STAYS = "console.log('up'); setInterval(() => {}, 1000);";

describe('startPart', () => {
  test('starts once, finds it again, and stops it', async () => {
    const first = await startPart(stateDir, spec('quick', STAYS, { port: 1, url: 'u' }));
    const second = await startPart(stateDir, spec('quick', STAYS));
    expect(first.already).toBe(false);
    expect(second).toEqual({ state: first.state, already: true });
    const status = await partStatus(stateDir, 'quick', async () => true);
    expect(status).toMatchObject({ status: 'running', pid: first.state.pid, port: 1, url: 'u' });
    expect(status.residentBytes).toBeGreaterThan(1e6);
    expect(await stopPart(stateDir, 'quick')).toBe(true);
    expect(await stopPart(stateDir, 'quick')).toBe(false);
    expect(await isAlive(first.state)).toBe(false);
    expect((await partStatus(stateDir, 'quick')).status).toBe('stopped');
  });

  test('names a part that ends while it starts, with its own last lines alone', async () => {
    await expect(
      startPart(stateDir, spec('broken', "console.log('old'); process.exit(1)")),
    ).rejects.toMatchObject({ code: 'SPINE_STACK_CRASHED' });
    const again = startPart(stateDir, spec('broken', "console.error('no luck'); process.exit(3)"));
    await expect(again).rejects.toMatchObject({
      code: 'SPINE_STACK_CRASHED',
      facts: {
        found: expect.stringMatching(/no luck/),
        where: join(stateDir, 'logs', 'broken.log'),
      },
    });
    await expect(again).rejects.toThrow(/saying:\nno luck\n$/);
    const status = await partStatus(stateDir, 'broken');
    expect(status).toMatchObject({ status: 'crashed', lastLines: ['no luck'] });
  });

  test('names a command that does not exist', async () => {
    const missing = spec('broken', '', { command: join(stateDir, 'nothing') });
    await expect(startPart(stateDir, missing)).rejects.toMatchObject({
      code: 'SPINE_STACK_CRASHED',
      facts: { found: expect.stringContaining('ENOENT') },
    });
  });

  test('says what was missing when the time is over, and leaves no process', async () => {
    const late = spec('late', 'setInterval(() => {}, 1000)', { readyTimeoutMs: 300 });
    await expect(startPart(stateDir, late)).rejects.toMatchObject({
      code: 'SPINE_STACK_TIMEOUT',
      facts: { found: 'not up' },
    });
    const state = await readPart(stateDir, 'late');
    expect(state === undefined || !(await isAlive(state))).toBe(true);
  });

  test('kills what does not listen to SIGTERM', async () => {
    const deaf =
      "process.on('SIGTERM', () => console.log('no')); console.log('up'); setInterval(() => {}, 1000);";
    const { state } = await startPart(stateDir, spec('deaf', deaf));
    expect(await stopPart(stateDir, 'deaf', { graceMs: 200 })).toBe(true);
    expect(await isAlive(state)).toBe(false);
    expect(await tailLog(stateDir, 'deaf', 1)).toEqual(['no']);
  });

  test('never signals another process that got the pid', async () => {
    const { state } = await startPart(stateDir, spec('quick', STAYS));
    const stranger: PartState = { ...state, birth: 'of another' };
    const record = join(stateDir, 'parts', 'quick.json');
    const kept = await readFile(record, 'utf8');
    await writeFile(record, JSON.stringify(stranger));
    expect(await stopPart(stateDir, 'quick')).toBe(false);
    expect(await signal(stranger, 'SIGKILL')).toBe(false);
    expect(await birthOf(state.pid)).toBe(state.birth);
    await writeFile(record, kept);
  });
});

describe('followLog', () => {
  test('gives the last lines, then new ones as they come', async () => {
    await startPart(stateDir, spec('quick', STAYS));
    const path = join(stateDir, 'logs', 'quick.log');
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const line of followLog(stateDir, 'quick', { signal: stop.signal, pollMs: 10 })) {
      seen.push(line);
      if (line === 'up') await writeFile(path, 'one\ntwo\n', { flag: 'a' });
      if (line === 'two') stop.abort();
    }
    expect(seen).toEqual(['up', 'one', 'two']);
  });
});
