// One engine for a test file: started in a folder of its own on a free port, stopped and removed
// afterwards. Guarantees that it is the very part the stack starts; the first run downloads it into
// the cache.
// Example: const engine = await TestEngine.start(); … await engine.rows('SELECT 1'); … await
// engine.stop();

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { defaultCacheDir } from './cache.ts';
import { clickhousePart } from './clickhouse.ts';
import { spoolDir } from './engine/body.ts';
import type { PartSpec } from './part.ts';
import { readPart, startPart, stopPart } from './part.ts';
import { choosePort } from './ports.ts';
import { isAlive, signal } from './process-identity.ts';

export class TestEngine {
  readonly stateDir: string;
  readonly port: number;
  readonly url: string;
  client: ClickHouseClient;

  private constructor(stateDir: string, port: number) {
    this.stateDir = stateDir;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.client = this.connect();
  }

  static async start(): Promise<TestEngine> {
    const stateDir = await mkdtemp(join(tmpdir(), 'spine-engine-'));
    const engine = new TestEngine(stateDir, await choosePort({ part: 'clickhouse' }));
    await startPart(stateDir, await engine.spec(engine.port));
    return engine;
  }

  get spoolDir(): string {
    return spoolDir(join(this.stateDir, 'clickhouse'));
  }

  spec(port: number): Promise<PartSpec> {
    const { stateDir } = this;
    const wish = { stateDir, cacheDir: defaultCacheDir(), port, readyTimeoutMs: 60_000 };
    return clickhousePart({ ...wish, say: () => undefined });
  }

  connect(options: Parameters<typeof createClient>[0] = {}): ClickHouseClient {
    return createClient({ url: this.url, log: { level: ClickHouseLogLevel.OFF }, ...options });
  }

  async rows(query: string, more: object = {}): Promise<unknown[]> {
    return (await this.client.query({ query, format: 'JSONEachRow', ...more })).json();
  }

  /** kill -9, then the same folder again on the same port. */
  async killAndRestart(): Promise<void> {
    const state = await readPart(this.stateDir, 'clickhouse');
    if (state === undefined) throw new Error('the engine was never started');
    await signal(state, 'SIGKILL');
    await this.client.close();
    // Its port is closed before it is gone, and only then is the folder free.
    if (!(await until(async () => !(await isAlive(state))))) throw new Error('still alive');
    await startPart(this.stateDir, await this.spec(this.port));
    this.client = this.connect();
  }

  async stop(): Promise<void> {
    await this.client.close();
    await stopPart(this.stateDir, 'clickhouse');
    await rm(this.spoolDir, { recursive: true, force: true });
    await rm(this.stateDir, { recursive: true, force: true });
  }
}

/** Asks every 50 ms for up to ten seconds; false where it never held. */
export async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return true;
    await delay(50);
  }
  return false;
}
