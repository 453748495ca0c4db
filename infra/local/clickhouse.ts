// The ClickHouse engine of the local stack: this folder's HTTP front (engine/) in a Node process of
// its own, with the npm package chdb from the cache. Guarantees exactly pinned packages that never
// enter the repository's lock file, and data that stay under <state>/clickhouse across restarts.
// Example: const spec = await clickhousePart({ stateDir, cacheDir, port: 8123, readyTimeoutMs, say
// });

import { randomUUID } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runClient } from './download.ts';
import type { PartSpec } from './part.ts';

export const CLICKHOUSE_PORT = 8123;
export const CHDB_VERSION = '3.4.0';
const PROBE_TIMEOUT_MS = 5_000;
const ENGINE_DIR = join(import.meta.dirname, 'engine');

export type ClickhouseWish = {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly port: number;
  readonly readyTimeoutMs: number;
  say(text: string): void;
};

/** The installed package in the cache. Throws SPINE_STACK_DOWNLOAD and SPINE_STACK_DISK. */
export async function fetchEngine(cacheDir: string, say: (text: string) => void): Promise<string> {
  return cached({
    cacheDir,
    name: `chdb-${CHDB_VERSION}-${process.platform}-${process.arch}`,
    needsBytes: 1_500e6,
    onWait: () => {
      say('another process downloads it');
    },
    fill: async (dir) => {
      await cp(join(ENGINE_DIR, 'package.json'), join(dir, 'package.json'));
      const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
      const what = `the ClickHouse engine (chdb ${CHDB_VERSION})`;
      say('550 MB on disk, npm shows no progress');
      await runClient('npm', args, { cwd: dir, what, onLine: () => undefined });
    },
  });
}

export async function clickhousePart(wish: ClickhouseWish): Promise<PartSpec> {
  const packageDir = await fetchEngine(wish.cacheDir, wish.say);
  const data = join(wish.stateDir, 'clickhouse');
  await mkdir(data, { recursive: true });
  const url = `http://127.0.0.1:${wish.port}`;
  const main = join(ENGINE_DIR, 'main.ts');
  const identity = randomUUID();
  const args = ['--package', packageDir, '--data', data, '--port', String(wish.port)];
  return {
    name: 'clickhouse',
    command: process.execPath,
    args: [main, ...args, '--name', identity],
    cwd: wish.stateDir,
    // each running query holds a thread of Node's pool: readers, the writer, KILL, and files beside
    // them
    env: { UV_THREADPOOL_SIZE: '16', TZ: 'UTC', NODE_OPTIONS: '' },
    port: wish.port,
    url,
    identity,
    ready: () => probeClickhouse(url, identity),
    readyTimeoutMs: wish.readyTimeoutMs,
  };
}

/** True, or what is missing. Throws where nothing listens. */
export async function probeClickhouse(url: string, identity?: string): Promise<true | string> {
  const answer = await fetch(url, {
    method: 'POST',
    body: 'SELECT 1',
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  });
  const body = await answer.text();
  const name = answer.headers.get('x-clickhouse-server-display-name');
  if (identity !== undefined && name !== identity) return 'another server answers on this port';
  return answer.status === 200 && body === '1\n'
    ? true
    : `SELECT 1 answers ${answer.status} ${body}`;
}
