// A real Prometheus with the repository's own configuration and rules, pointed at given targets and
// asking every second; Debian's package or what .ci/run has unpacked of it.
// Guarantees: listens on loopback, keeps its data in a folder of its own, and is gone after
// close().
// Example: await using prometheus = await startPrometheus(binary, new Map([['agentspine-sink',
// url]]))
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { parse, stringify } from 'yaml';

const INFRA = join(import.meta.dirname, '..', '..', 'infra', 'prometheus');

export type Sample = { readonly metric: Readonly<Record<string, string>>; readonly value: number };

type Config = {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
};

export async function startPrometheus(binary: string, targets: ReadonlyMap<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'spine-prometheus-'));
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, await configFor(targets));
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    binary,
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${new URL(url).host}`,
    ],
    { stdio: 'ignore' },
  );
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL'); // its data go with the folder
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) });
    const body = (await response.json()) as { status: string; data: unknown; error?: string };
    if (body.status !== 'success') throw new Error(`${path}: ${body.error ?? response.status}`);
    return body.data;
  };
  const query = async (expr: string): Promise<Sample[]> => {
    const data = await get(`/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { result } = data as { result: { metric: Sample['metric']; value: [number, string] }[] };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  try {
    const isReady = async (): Promise<void> => {
      const response = await fetch(`${url}/-/ready`);
      if (!response.ok) throw new Error(`Prometheus says ${response.status}`);
    };
    await vi.waitFor(isReady, { timeout: 60_000, interval: 100 });
  } catch (error) {
    await close();
    throw error;
  }
  return { url, get, query, close, [Symbol.asyncDispose]: close };
}

/** The shipped configuration, with other targets and a shorter breath. */
async function configFor(targets: ReadonlyMap<string, string>): Promise<string> {
  const config = parse(await readFile(join(INFRA, 'prometheus.yml'), 'utf8')) as Config;
  return stringify({
    global: {
      ...config.global,
      scrape_interval: '1s',
      scrape_timeout: '1s',
      evaluation_interval: '1s',
    },
    rule_files: config.rule_files.map((path) => join(INFRA, path)),
    scrape_configs: config.scrape_configs.map((job) => {
      const target = targets.get(job.job_name);
      if (target === undefined) throw new Error(`no target for ${job.job_name}`);
      return { ...job, static_configs: [{ targets: [target] }] };
    }),
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
