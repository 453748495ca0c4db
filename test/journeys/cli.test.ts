// The command as its users run it: the real entry point as a process, judged by what it prints and
// by its exit code. Questions go to a pipeline of this file's own.
// Example: await spine('sql', 'SELECT 1', '--config', pipeline.configFile)
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateFleet } from '@agentspine/fleet/generate-fleet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPipeline, type Pipeline } from './pipeline.ts';
import { SERVICES } from '@agentspine/cli-service/bring-up';
import { MAIN, runSpine, type Ended } from './run-spine.ts';

const REPORTS = ['latency', 'decisions', 'drift', 'violations', 'outcomes', 'cost', 'failures'];
const EXPORT = { task_id: 1, trial: 0, reward: 1, info: {}, traj: 5 };

let folder: string;
let pipeline: Pipeline;
let events: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spine-cli-'));
  pipeline = await startPipeline('cli', { services: SERVICES });
  const fleet = generateFleet({ seed: 5, runs: 25, now: new Date() });
  events = 0;
  for await (const batch of fleet.events()) {
    await pipeline.publish(batch);
    events += batch.length;
  }
  await pipeline.stored(events);
});
afterAll(async () => {
  await pipeline.close();
  await rm(folder, { recursive: true, force: true });
});

function spineIn(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<Ended> {
  return runSpine(args, { cwd: folder, env });
}

/** On the pipeline's configuration. */
function spine(...args: string[]): Promise<Ended> {
  return spineIn({ SPINE_CONFIG: pipeline.configFile, SPINE_STATE_DIR: pipeline.stateDir }, args);
}

async function spineJson<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await spine(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as T;
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('spine sql', () => {
  test('answers as a table on a pipe, without colour', async () => {
    const { code, out } = await spine('sql', 'SELECT count() AS n FROM events');
    expect(code).toBe(0);
    expect(out).toContain('│');
    expect(out).toContain(String(events));
    expect(out).not.toContain('\u001b[');
  });

  test('answers as JSON with --json, and in the format asked for', async () => {
    const { data } = await spineJson<{ data: { n: number }[] }>(
      'sql',
      'SELECT count() AS n FROM events',
    );
    expect(Number(data[0]?.n)).toBe(events);
    const csv = await spine('sql', 'SELECT 1 AS a, 2 AS b', '--format', 'csvwithnames');
    expect(csv.out.trim()).toBe('"a","b"\n1,2');
  });

  test('says in the words of the server what is wrong, on one line, with a way out', async () => {
    const { code, out, err } = await spine('sql', 'SELECT agent_idd FROM events');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.trimEnd().split('\n')).toHaveLength(2);
    expect(err).toMatch(/^✗ SPINE_CLICKHOUSE_REFUSED: .*UNKNOWN_IDENTIFIER: .*agent_idd/u);
    expect(err).not.toContain('SETTINGS');
    expect(err).toContain('docs/query.md');
  });

  test.each([
    ['what writes', 'DROP TABLE events', 2],
    ['two statements', 'SELECT 1; SELECT 2', 2],
    ['more rows than asked for', 'SELECT number FROM numbers(20)', 1],
  ])('refuses %s', async (_, statement, code) => {
    const ended = await spine('sql', statement, '--limit', '10');
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(/^✗ SPINE_/u);
  });
});

describe('what was stored', () => {
  test('trace draws a run as a tree, and tells the same as --json', async () => {
    const { id, events: rows } = await spineJson<{ id: string; events: { kind: string }[] }>(
      'trace',
      'latest',
    );
    expect(rows.length).toBeGreaterThan(2);
    const { code, out } = await spine('trace', id);
    expect(code).toBe(0);
    const [head, root] = out.split('\n');
    expect(head).toContain(`run ${id}`);
    expect(root).toMatch(/^└─ 00:00\.000 (?:⇠ )?run of /u);
    for (const line of out.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(120);
  });

  test('a run that is not there is said so, with exit code 1', async () => {
    const { code, err } = await spine('trace', 'no-such-run');
    expect(code).toBe(1);
    expect(err).toMatch(/SPINE_NOT_FOUND: .*no-such-run/u);
  });

  test('report has its five lists, and no line wider than 120', async () => {
    const lists = await spineJson<Record<string, unknown[]>>('report', '--since', '8d');
    for (const name of ['runs', 'latency', 'failures', 'violations', 'cost']) {
      expect([name, lists[name]?.length ?? 0]).not.toEqual([name, 0]);
    }
    const { out } = await spine('report', '--since', '8d');
    expect(out).toContain('Latency by agent and operation');
    expect(out.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });

  test.each(REPORTS)('report %s says what it finds, and draws it as one page', async (what) => {
    const page = join(folder, `${what}.html`);
    const { code, out, err } = await spine('report', what, '--since', '8d', '--html', page);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain(page);
    const text = await readFile(page, 'utf8');
    expect(text).toMatch(/^<!doctype html>[\s\S]*<li class="(?:bad|warn|good|plain)">/u);
    // The queries at its end say themselves where a number is unknown.
    const drawn = text.replaceAll(/<pre>[\s\S]*?<\/pre>/gu, '');
    expect(drawn).not.toMatch(/NaN|undefined|<script/u);
    const told = await spineJson<{ findings: { text: string }[] }>('report', what);
    expect(told.findings.length).toBeGreaterThan(0);
  });

  test('a report that does not exist is refused with the nearest one that does', async () => {
    const { code, err } = await spine('report', 'latancy');
    expect(code).toBe(2);
    expect(err).toContain('spine report latency');
  });

  test('report says where the events are when the span asked for holds none', async () => {
    const { code, out } = await spine('report', '--since', '0m', '--tenant', 'nobody');
    expect(code).toBe(0);
    expect(out).toMatch(
      /Stored are .* events from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d: `spine report/u,
    );
  });

  test('tail --no-follow shows governed events, whole as JSON lines', async () => {
    const { code, out } = await spine('tail', '--no-follow', '--lines', '20', '--json');
    expect(code).toBe(0);
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.length).toBeGreaterThanOrEqual(20);
    expect(rows.every((row) => row['fate'] === 'row' && row['key_version'] === 'k1')).toBe(true);
    const plain = await spine('tail', '--no-follow', '--lines', '4');
    expect(plain.out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}\S+\/\S+/u);
  });

  test('doctor finds everything well, and each record once', async () => {
    const { findings } = await spineJson<{ findings: { name: string; ok: boolean }[] }>('doctor');
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    const delivery = await spineJson<{ ok: boolean; rows: number }>('doctor', '--delivery');
    expect(delivery).toMatchObject({ ok: true, rows: events, produced: events, deadLetters: 0 });
    const { out } = await spine('doctor', '--delivery');
    expect(out).toContain('✓ every record has exactly one fate');
  });
});

describe('contract and configuration', () => {
  test('schemas check passes offline, with nothing to reach', async () => {
    const { code, out } = await spineIn({ SPINE_STATE_DIR: folder }, ['schemas', 'check']);
    expect(code).toBe(0);
    expect(out).toContain('✓ agent-event.avsc');
    expect(out).toContain('FULL_TRANSITIVE');
  });

  test('config tells every key with its origin, and masks secrets', async () => {
    const path = await file(
      'secret.yaml',
      'registry:\n  username: ada\n  password: hunter2-of-ada\nclickhouse:\n  database: elsewhere\n',
    );
    const plain = await spineIn({}, ['config', '--config', path]);
    const { code, out } = await spineIn({ SPINE_CLICKHOUSE_PASSWORD: 'also-secret' }, [
      'config',
      '--json',
      '--config',
      path,
    ]);
    expect(code).toBe(0);
    expect(out + plain.out).not.toMatch(/hunter2|also-secret/u);
    const { keys } = JSON.parse(out) as { keys: { key: string; value: string; origin: string }[] };
    expect(keys.find(({ key }) => key === 'clickhouse.database')).toMatchObject({
      value: '"elsewhere"',
      origin: expect.stringContaining('secret.yaml:5') as string,
    });
    expect(keys.find(({ key }) => key === 'clickhouse.password')?.origin).toContain('SPINE_');
  });

  test('a configuration with a mistake is refused with file and line', async () => {
    const path = await file('mistake.yaml', 'kafka:\n  brokres: [a:1]\n');
    const { code, err } = await spineIn({}, ['report', '--config', path]);
    expect(code).toBe(1);
    expect(err).toMatch(/SPINE_CONFIG_KEY .*mistake\.yaml:2/u);
  });
});

describe('spine import', () => {
  test('refuses what it cannot read with place and reason, and goes on with the others', async () => {
    const cut = await file('cut.json', '[{"task_id": 1,\n "traj": [');
    const odd = await file('odd.json', [EXPORT]);
    const ended = await spine('import', cut, odd, join(folder, 'absent.json'), '--json');
    expect(ended.code).toBe(1);
    const { files } = JSON.parse(ended.out) as { files: { error: { message: string } }[] };
    expect(files.map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/SPINE_IMPORT_FORMAT cut\.json:2:\d+: wanted /u),
      expect.stringMatching(/SPINE_IMPORT_FORMAT odd\.json \$\[0\]\.traj: wanted an array/u),
      expect.stringMatching(/absent\.json: wanted a readable file, found no such file/u),
    ]);
  });
});

describe('exit codes', () => {
  test.each([
    [['stauts'], 'spine status'],
    [['tail', '--tenent', 'x'], '--tenant'],
    [['report', '--since', 'yesterday'], '7d'],
    [['trace'], 'latest'],
    [['down', 'everything'], 'everything'],
    [['demo', '--runs', 'many'], 'a whole number'],
    [['logs', 'wroker'], 'spine logs worker'],
  ])('%j is not understood: 2, with the way out', async (args, says) => {
    const { code, out, err } = await spine(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
    expect(err).not.toMatch(/^\s+at /mu);
  });

  test('where nothing answers: 3, and how to start it', async () => {
    const state = await mkdtemp(join(folder, 'empty-'));
    const env = { SPINE_STATE_DIR: state, SPINE_CLICKHOUSE_URL: 'http://127.0.0.1:9' };
    const { code, err } = await spineIn(env, ['sql', 'SELECT 1']);
    expect(code).toBe(3);
    expect(err).toMatch(/SPINE_CLICKHOUSE_UNREACHABLE .*\n.*`spine up`/u);
  });

  test('an error is JSON too where JSON was asked for', async () => {
    const { code, out } = await spine('trace', 'no-such-run', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'SPINE_NOT_FOUND' } });
  });

  test('a reader that stops early is no failure', async () => {
    const child = spawn(process.execPath, [MAIN, 'help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(0);
  });
});
