// The real local stack without Docker: Kafka, the schema registry and the ClickHouse engine as
// three processes of the user, on loopback, under one state folder. Guarantees: `up` twice is
// harmless, parts start side by side and count as ready after a real round trip, a failed start
// leaves nothing behind that this call started, `down` leaves no process and no port.
// Example: const stack = await startStack({ stateDir: '.spine' }); … await stopStack('.spine');

import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SpineError } from '@agentspine/outcome/errors';
import lockfile from 'proper-lockfile';
import { defaultCacheDir, wantSpace } from './cache.ts';
import { spoolDir } from './engine/body.ts';
import { type PartState, type PartStatus, partStatus, stopPart, writeJson } from './part.ts';
import { releasePorts } from './port-claims.ts';
import { type PartName, PARTS, probePart, startStackPart, type StackRun } from './stack-part.ts';

export type { PartName } from './stack-part.ts';

export type ProgressLine = {
  readonly part: string;
  readonly step: 'download' | 'start' | 'ready' | 'already';
  readonly text: string;
  /** Since the call began. */
  readonly ms?: number;
};

export type StackOptions = {
  readonly stateDir: string;
  /** Default: SPINE_CACHE_DIR, else ~/.cache/agentspine. */
  readonly cacheDir?: string;
  /**
   * A port given here is taken or refused; 0 asks for any free one; left out, the usual one or a
   * free one.
   */
  readonly ports?: { readonly [part in PartName]?: number };
  readonly parts?: readonly PartName[];
  /** Default: SPINE_READY_TIMEOUT_MS, else two minutes. */
  readonly readyTimeoutMs?: number;
  onProgress?(line: ProgressLine): void;
};

export type StackState = {
  readonly stateDir: string;
  /** host:port; empty where there is no broker in this stack. */
  readonly brokers: readonly string[];
  /** Ends with /apis/ccompat/v7; '' where there is no registry. */
  readonly registryUrl: string;
  /** '' where there is no engine. */
  readonly clickhouseUrl: string;
  readonly parts: readonly PartState[];
};

const STATE_SPACE_BYTES = 500e6;

/** Throws SPINE_STACK_JAVA, _MAVEN, _DOWNLOAD, _PORT, _DISK, _CRASHED or _TIMEOUT. */
export async function startStack(options: StackOptions): Promise<StackState> {
  const stateDir = resolve(options.stateDir);
  await mkdir(stateDir, { recursive: true });
  await wantSpace(stateDir, STATE_SPACE_BYTES);
  const begun = Date.now();
  const run: StackRun = {
    stateDir,
    cacheDir: resolve(options.cacheDir ?? defaultCacheDir()),
    ports: options.ports ?? {},
    readyTimeoutMs:
      options.readyTimeoutMs ?? Number(process.env['SPINE_READY_TIMEOUT_MS'] || 120_000),
    taken: new Set(),
    claimed: [],
    report: (part, step, text) => {
      options.onProgress?.({ part, step, text, ms: Date.now() - begun });
    },
  };
  return locked(stateDir, async () => {
    const wanted = options.parts ?? PARTS;
    const tries = await Promise.allSettled(wanted.map((part) => startStackPart(part, run)));
    await releasePorts(run.claimed);
    const failed = tries.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      const fresh = tries.flatMap((one) =>
        one.status === 'fulfilled' && !one.value.already ? [one.value.state.name] : [],
      );
      await Promise.all(fresh.map((name) => stopPart(stateDir, name)));
      throw failed.reason;
    }
    const earlier = (await readStack(stateDir))?.parts ?? [];
    const now = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value.state] : []));
    const others = earlier.filter((part) => !now.some((one) => one.name === part.name));
    const state = stateOf(stateDir, [...now, ...others]);
    await writeJson(statePath(stateDir), state);
    return state;
  });
}

/**
 * Services first, then clickhouse, registry, kafka. Safe to repeat, and where nothing was ever
 * started.
 */
export async function stopStack(
  stateDir: string,
  options: { graceMs?: number } = {},
): Promise<{ stopped: string[] }> {
  const dir = resolve(stateDir);
  await mkdir(dir, { recursive: true });
  return locked(dir, async () => {
    const services = (await knownParts(dir)).filter((name) => !isStackPart(name));
    const waves = [services, ['clickhouse'], ['registry'], ['kafka']];
    const stopped: string[] = [];
    for (const wave of waves) {
      const done = await Promise.all(wave.map((name) => stopPart(dir, name, options)));
      stopped.push(...wave.filter((_, at) => done[at]));
    }
    await rm(spoolDir(join(dir, 'clickhouse')), { recursive: true, force: true });
    await rm(statePath(dir), { force: true });
    return { stopped };
  });
}

/**
 * What `startStack` wrote; undefined where no stack was started or it was stopped. Says nothing of
 * whether it lives.
 */
export async function readStack(stateDir: string): Promise<StackState | undefined> {
  try {
    return JSON.parse(await readFile(statePath(resolve(stateDir)), 'utf8')) as StackState;
  } catch {
    return undefined;
  }
}

/** One line per part, after a real round trip to each; the stack's own first, then the services. */
export async function stackStatus(stateDir: string): Promise<PartStatus[]> {
  const dir = resolve(stateDir);
  const services = (await knownParts(dir)).filter((name) => !isStackPart(name));
  return Promise.all([...PARTS, ...services].map((name) => partStatus(dir, name, probeOf(name))));
}

function probeOf(name: string): ((state: PartState) => Promise<boolean | string>) | undefined {
  return isStackPart(name) ? (state) => probePart(name, state) : undefined;
}

function stateOf(stateDir: string, parts: readonly PartState[]): StackState {
  const urlOf = (name: PartName): string => parts.find((part) => part.name === name)?.url ?? '';
  const broker = urlOf('kafka');
  return {
    stateDir,
    brokers: broker === '' ? [] : [broker],
    registryUrl: urlOf('registry'),
    clickhouseUrl: urlOf('clickhouse'),
    parts,
  };
}

async function knownParts(stateDir: string): Promise<string[]> {
  const files = await readdir(join(stateDir, 'parts')).catch(() => []);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
}

function isStackPart(name: string): name is PartName {
  return (PARTS as readonly string[]).includes(name);
}

function statePath(stateDir: string): string {
  return join(stateDir, 'stack.json');
}

/** One `up` or `down` at a time for a state folder; a second one waits. */
async function locked<T>(stateDir: string, work: () => Promise<T>): Promise<T> {
  const release = await lockfile
    .lock(stateDir, {
      lockfilePath: join(stateDir, 'stack.lock'),
      stale: 10_000,
      update: 2_000,
      retries: { retries: 600, factor: 1, minTimeout: 500, maxTimeout: 500 },
    })
    .catch((error: unknown) => {
      throw new SpineError('SPINE_STACK_TIMEOUT', {
        wanted: 'the other `spine up` or `spine down` on this state folder to end',
        found: 'it is still under way',
        where: stateDir,
        cause: error,
      });
    });
  try {
    return await work();
  } finally {
    await release();
  }
}
