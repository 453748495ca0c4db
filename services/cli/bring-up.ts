// Brings up the local stack and the services on it: Kafka, registry, engine, then topics, subjects,
// tables, worker, sink, sentinel.
// Guarantees: repeating it is harmless; the configuration it writes lies in the state folder and is
// found by every command; a part that does not come up is named with the last lines of its log.
// Example: const up = await bringUp({ stateDir: '.spine', cwd, env, onProgress })
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKeyring } from '@agentspine/keys/keyring-file';
import { readPart, startPart, stopPart } from '@agentspine/local-stack/part';
import { choosePort } from '@agentspine/local-stack/ports';
import {
  startStack,
  type ProgressLine,
  type StackOptions,
  type StackState,
} from '@agentspine/local-stack/stack';
import { open, stackConfigFile, type Opened } from './open.ts';
import { createTopics, migrateTables, registerSchemas } from './prepare.ts';
import type { Env } from './shell.ts';

export type BringUpOptions = {
  readonly stateDir: string;
  readonly cwd: string;
  readonly env: Env;
  /** False starts the stack alone. */
  readonly hasServices?: boolean;
  readonly ports?: StackOptions['ports'];
  readonly onProgress?: (line: ProgressLine) => void;
};

export type Up = {
  readonly stack: StackState;
  readonly configFile: string;
  readonly opened: Opened;
};

export const SERVICES = ['worker', 'sink', 'sentinel'] as const;
export type ServiceName = (typeof SERVICES)[number];

const READY_TIMEOUT_MS = 120_000;
/** Events live for milliseconds: a larger nursery would cost 100 MB and save nothing. */
const NODE_FLAGS = ['--max-semi-space-size=8'];
const WISH = { asked: 0, earlier: undefined, usual: 0, avoid: new Set<number>() };

/** Stack and services; resolves when all of them answer. */
export async function bringUp(options: BringUpOptions): Promise<Up> {
  const up = await bringUpStack(options);
  if (options.hasServices !== false) await startServices(options, up.configFile);
  return up;
}

/** The stack with its topics, subjects and tables: what producers need. */
export async function bringUpStack(options: BringUpOptions): Promise<Up> {
  const { stateDir, cwd, env, onProgress } = options;
  const stack = await startStack({
    stateDir,
    ...(options.ports && { ports: options.ports }),
    ...(onProgress && { onProgress }),
  });
  const configFile = stackConfigFile(stateDir);
  if (await writeStackConfig(stack, configFile, options)) {
    // A part has moved: services that run still look for it where it was.
    await Promise.all(SERVICES.map((service) => stopPart(stateDir, service)));
  }
  const opened = open({ cwd, env }, { config: configFile, state: stateDir });
  const begun = performance.now();
  await Promise.all([
    createTopics(opened).then(() => registerSchemas(opened)),
    migrateTables(opened),
  ]);
  onProgress?.({
    part: 'topics, schemas, tables',
    step: 'ready',
    text: 'ready',
    ms: performance.now() - begun,
  });
  return { stack, configFile, opened };
}

export async function startServices(
  options: BringUpOptions,
  configFile: string,
  services: readonly ServiceName[] = SERVICES,
): Promise<void> {
  await Promise.all(services.map((service) => startService(service, options, configFile)));
}

/** Starts a service of ours as a process of its own; ready when its health says so. */
export async function startService(
  service: ServiceName,
  { stateDir, cwd, onProgress }: Pick<BringUpOptions, 'stateDir' | 'cwd' | 'onProgress'>,
  configFile: string,
): Promise<void> {
  const begun = performance.now();
  const main = fileURLToPath(new URL(`../${service}/main.ts`, import.meta.url));
  const port =
    (await readPart(stateDir, service))?.port ?? (await choosePort({ ...WISH, part: service }));
  const url = `http://127.0.0.1:${port}`;
  const { state, already } = await startPart(stateDir, {
    name: service,
    command: process.execPath,
    args: [...NODE_FLAGS, main, '--config', configFile],
    env: { [`SPINE_${service.toUpperCase()}_HTTP_PORT`]: String(port) },
    cwd,
    port,
    url,
    ready: () => isReady(url),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  const step = already ? 'already' : 'ready';
  onProgress?.({ part: service, step, text: `pid ${state.pid}`, ms: performance.now() - begun });
}

async function isReady(url: string): Promise<boolean | string> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return response.ok || (await response.text()).trim();
  } catch {
    return 'its health does not answer yet';
  }
}

/** True when it says something else than before. */
export async function writeStackConfig(
  stack: StackState,
  configFile: string,
  { stateDir }: Pick<BringUpOptions, 'stateDir'>,
): Promise<boolean> {
  const keyFile = join(stateDir, 'keys.json');
  await mkdir(stateDir, { recursive: true });
  const startedMs = Math.max(...stack.parts.map((part) => part.startedAtMs));
  if (!existsSync(keyFile)) createKeyring(keyFile, new Date(startedMs));
  const mine = createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
  const lines = [
    '# The local stack. Written by `spine up` at every start; edits are lost.',
    'kafka:',
    `  brokers: [${stack.brokers.map((broker) => JSON.stringify(broker)).join(', ')}]`,
    'registry:',
    `  url: ${JSON.stringify(stack.registryUrl)}`,
    'clickhouse:',
    `  url: ${JSON.stringify(stack.clickhouseUrl)}`,
    'privacy:',
    `  key_file: ${JSON.stringify(keyFile)}`,
    '# Groups of this state folder alone: a service of another stack that still looks for a broker on',
    '# the usual port must not take partitions here.',
    'worker:',
    `  group_id: agentspine-worker-${mine}`,
    'sink:',
    `  group_id: agentspine-sink-${mine}`,
    '',
  ];
  const text = lines.join('\n');
  const before = await readFile(configFile, 'utf8').catch(() => '');
  await writeFile(configFile, text);
  return before !== text;
}
