// The demo where there is no Java and no Maven: the same services over the in-memory log, the real
// ClickHouse engine, said in one line, and the counts agree all the same. And what stops a start,
// told in one plain sentence with the way out.
// Example: PATH=/only/node spine demo --runs 30 --live-seconds 1
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackStatus, stopStack } from '@agentspine/local-stack/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSpine, type Ended } from './run-spine.ts';

/** Less than a start asks for. */
const TINY_BYTES = 4 * 1024 * 1024;

let folder: string;
let bare: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spine-bare-'));
  bare = join(folder, 'bin');
  await mkdir(bare);
  await symlink(process.execPath, join(bare, 'node'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function spine(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return runSpine(args, { cwd: folder, env: { PATH: bare, JAVA_HOME: '', ...env } });
}

/** A program of that name that says so and ends well. */
async function pretend(path: string, says: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\necho '${says}' >&2\n`, { mode: 0o755 });
}

describe('without Java and Maven', () => {
  let state: string;
  beforeAll(async () => {
    state = await mkdtemp(join(folder, 'state-'));
  });
  afterAll(() => stopStack(state));

  test('the demo runs in memory, says so in one line, and its counts agree; twice', async () => {
    for (const round of [1, 2]) {
      const args = ['demo', '--runs', '30', '--live-seconds', '1'];
      const { code, out, err } = await spine(args, { SPINE_STATE_DIR: state });
      expect({ round, code, err }).toMatchObject({ round, code: 0 });
      expect(err.match(/no Java 17 or newer here.*in-memory.*\n/gu)).toHaveLength(1);
      expect(out).toMatch(
        /✓ the counts agree: [\d,]+ produced = [\d,]+ rows \+ \d+ dead letters, 0 missing, 0 doubled/u,
      );
      expect(out).toContain('as sent and as stored');
      expect(out).toContain('What the sentinel found: 0 of the 5 things');
      expect(out).toMatch(
        /✗ support-concierge +not found, tool: insufficient data: (?:reference )?\d+ of \d+/u,
      );
      expect(out).toContain('install Java 17 and Maven');
      expect(out.split('\n').length).toBeLessThanOrEqual(60);
      expect(out.split('\n').filter((line) => line.length > 120)).toEqual([]);
    }
    expect((await stackStatus(state)).filter(({ status }) => status !== 'stopped')).toEqual([]);
  });

  test('up, which wants the real Kafka, says what to install: one sentence, exit code 3', async () => {
    const { code, err } = await spine(['up', '--state', await mkdtemp(join(folder, 'up-'))], {});
    expect(code).toBe(3);
    const [problem, way, ...more] = err
      .split('\n')
      .filter((line) => !/^ {2}clickhouse/u.test(line));
    expect(problem).toMatch(
      /^✗ SPINE_STACK_JAVA .*: wanted a Java runtime of 17 or newer, found none$/u,
    );
    expect(way).toMatch(/^ {2}Install a JDK 17 or newer/u);
    expect(more.join('').trim()).toBe('');
  });
});

test('with Java and without Maven, the demo names Maven', async () => {
  const path = await mkdtemp(join(folder, 'java-'));
  await symlink(process.execPath, join(path, 'node'));
  await symlink('/bin/sh', join(path, 'sh'));
  await pretend(join(path, 'java'), 'openjdk version "17.0.1"');
  const state = await mkdtemp(join(folder, 'maven-'));
  const args = ['demo', '--runs', '2', '--live-seconds', '0', '--json', '--state', state];
  const { code, out, err } = await spine(args, { PATH: path });
  expect(code, err).toBe(0);
  expect(err).toContain('no Maven here');
  expect(JSON.parse(out)).toMatchObject({ ok: true, missing: 0, doubled: 0 });
});

test('a usual port that is taken gives way to a free one', async () => {
  const server = await listen(8123);
  const state = await mkdtemp(join(folder, 'ports-'));
  try {
    const args = ['demo', '--runs', '2', '--live-seconds', '0', '--json', '--state', state];
    const { code, err } = await spine(args, {});
    expect(code, err).toBe(0);
  } finally {
    server?.close();
  }
});

/** Undefined where somebody else listens there already, which serves as well. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

// A full disk is a file system of a few megabytes, which only root may mount.
describe.skipIf(!canMount())('no space (skipped where no tmpfs can be mounted)', () => {
  test('is one sentence with the way out, and exit code 3', async () => {
    const state = await mkdtemp(join(folder, 'tiny-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TINY_BYTES}`, 'tmpfs', state]);
    try {
      for (const command of ['up', 'demo']) {
        const { code, out, err } = await spine([command], { SPINE_STATE_DIR: state });
        expect({ command, code, out }).toEqual({ command, code: 3, out: '' });
        expect(err).toMatch(
          /✗ SPINE_STACK_DISK .*\n {2}Free disk space, or point SPINE_STATE_DIR/u,
        );
      }
    } finally {
      execFileSync('umount', [state]);
    }
  });
});

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
      stdio: 'pipe',
    });
    return true;
  } catch {
    return false;
  }
}
