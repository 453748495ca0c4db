// spine up, status and down as processes, on a stack of their own: repeating is harmless, a part
// that ended by itself is named with the end of its log, nothing is left behind.
// Example: npx vitest run --project journeys cli-up
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPart } from '@agentspine/local-stack/part';
import { isAlive } from '@agentspine/local-stack/process-identity';
import { stopStack } from '@agentspine/local-stack/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSpine, type Ended } from './run-spine.ts';

describe('a stack of its own', () => {
  let state: string;
  const own = (...args: string[]): Promise<Ended> =>
    runSpine(args, { cwd: state, env: { SPINE_STATE_DIR: state } });
  type Part = { name: string; status: string; pid: number; lastLines?: string[] };
  const partsOf = ({ out }: Ended): Part[] => (JSON.parse(out) as { parts: Part[] }).parts;
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'spine-cli-up-'));
  });
  afterAll(async () => {
    await stopStack(state);
    await rm(state, { recursive: true, force: true });
  });

  test('up, up again, a crash and its log, up, down: data stays, no process does', async () => {
    const none = await own('status');
    expect(none).toMatchObject({ code: 1, err: '' });
    expect(none.out).toMatch(/Nothing runs in .*spine up/u);

    const first = await own('up', '--json');
    expect(first, first.err).toMatchObject({ code: 0 });
    const before = partsOf(await own('status', '--json'));
    expect(before.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual(
      ['clickhouse', 'kafka', 'registry', 'sentinel', 'sink', 'worker'].map(
        (name) => `${name} running`,
      ),
    );

    const again = await own('up');
    expect(again.err.match(/already running/gu)).toHaveLength(6);
    const pids = (parts: readonly Part[]): number[] => parts.map(({ pid }) => pid);
    expect(pids(partsOf(await own('status', '--json')))).toEqual(pids(before));

    const worker = before.find(({ name }) => name === 'worker')?.pid ?? 0;
    process.kill(worker, 'SIGKILL');
    await expect
      .poll(
        async () =>
          partsOf(await own('status', '--json')).find(({ name }) => name === 'worker')?.status,
        { timeout: 20_000 },
      )
      .toBe('crashed');
    const crashed = await own('status');
    expect(crashed.code).toBe(1);
    const lastLine = (await readFile(join(state, 'logs', 'worker.log'), 'utf8'))
      .trim()
      .split('\n')
      .at(-1);
    expect(crashed.out).toContain('worker ended by itself');
    expect(crashed.out).toContain(`│ ${lastLine ?? 'no log'}`);
    const sick = await own('doctor');
    expect(sick.code).toBe(1);
    expect(sick.out).toMatch(/✗ worker, sink, sentinel .*worker crashed/u);

    expect(await own('up')).toMatchObject({ code: 0 });
    const last = partsOf(await own('status', '--json'));
    expect(last.every(({ status }) => status === 'running')).toBe(true);
    const known = await Promise.all(last.map(({ name }) => readPart(state, name)));
    const running = known.filter((part) => part !== undefined);
    expect(running).toHaveLength(6);
    const down = await own('down', '--json');
    expect((JSON.parse(down.out) as { stopped: string[] }).stopped).toHaveLength(6);
    for (const part of running) expect(await isAlive(part), part.name).toBe(false);
    expect((await own('down')).out).toContain('nothing was running');
  });
});
