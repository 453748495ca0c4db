// Downloads, kept between runs and shared by all copies of the repository. Guarantees: an entry is
// whole or absent (filled in a folder beside it, then renamed); two processes that need it at once
// download it once; an entry with missing or cut files is thrown away and fetched anew; a full disk
// is reported before it is filled.
// Example: const dir = await cached({ cacheDir, name: 'kafka-4.3.0', needsBytes: 2e8, fill: (temp)
// => download(temp), … });

import { mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SpineError } from '@agentspine/outcome/errors';
import lockfile from 'proper-lockfile';

export type CacheEntry = {
  readonly cacheDir: string;
  readonly name: string;
  /** Free space the download needs, with some to spare. */
  readonly needsBytes: number;
  /** Called once where another process is at it. */
  onWait?(): void;
  /** Puts the files into an empty folder. */
  fill(dir: string): Promise<void>;
};

const MANIFEST = '.complete.json';
const WAIT_MS = 500;
const WAIT_TRIES = 1_800;

export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env['SPINE_CACHE_DIR'] || join(homedir(), '.cache', 'agentspine');
}

/**
 * The folder of the entry, filled first where it is not there. Throws SPINE_STACK_DISK and what
 * `fill` throws.
 */
export async function cached(entry: CacheEntry): Promise<string> {
  const dir = join(entry.cacheDir, entry.name);
  if (await isWhole(dir)) return dir;
  return exclusively(entry.cacheDir, entry.name, () => fillEntry(entry, dir), entry.onWait);
}

async function fillEntry(entry: CacheEntry, dir: string): Promise<string> {
  if (await isWhole(dir)) return dir;
  await wantSpace(entry.cacheDir, entry.needsBytes);
  await removeLeftovers(entry);
  const draft = join(entry.cacheDir, `${entry.name}.part-${process.pid}`);
  await mkdir(draft, { recursive: true });
  try {
    await entry.fill(draft);
    await writeFile(join(draft, MANIFEST), JSON.stringify(await sizesUnder(draft)));
    await rm(dir, { recursive: true, force: true });
    await rename(draft, dir);
    return dir;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw asDiskError(error, entry.cacheDir);
  }
}

/** True where every file of the entry is there with its full size. */
export async function isWhole(dir: string): Promise<boolean> {
  try {
    const sizes = JSON.parse(await readFile(join(dir, MANIFEST), 'utf8')) as Record<string, number>;
    for (const [path, size] of Object.entries(sizes)) {
      if ((await stat(join(dir, path))).size !== size) return false;
    }
    return Object.keys(sizes).length > 0;
  } catch {
    return false;
  }
}

/** Throws SPINE_STACK_DISK where less than `bytes` are free. */
export async function wantSpace(dir: string, bytes: number): Promise<void> {
  await mkdir(dir, { recursive: true });
  const facts = await statfs(dir);
  const free = facts.bavail * facts.bsize;
  if (free >= bytes) return;
  throw new SpineError('SPINE_STACK_DISK', {
    wanted: `${toMegabytes(bytes)} MB of free disk space`,
    found: `${toMegabytes(free)} MB`,
    where: dir,
  });
}

/**
 * Runs `work` while no other process does so with the same name, and waits for its turn up to 15
 * minutes.
 */
export async function exclusively<T>(
  cacheDir: string,
  name: string,
  work: () => Promise<T>,
  onWait?: () => void,
): Promise<T> {
  await mkdir(cacheDir, { recursive: true });
  const release = await takeLock(join(cacheDir, name), onWait);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function takeLock(path: string, onWait?: () => void): Promise<() => Promise<void>> {
  // a holder renews its lock every 2 s; one that was killed loses it after 10 s
  const options = { realpath: false, stale: 10_000, update: 2_000 };
  for (let tries = 0; ; tries += 1) {
    try {
      return await lockfile.lock(path, options);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ELOCKED') throw error;
      if (tries === 0) onWait?.();
      if (tries >= WAIT_TRIES) {
        throw new SpineError('SPINE_STACK_TIMEOUT', {
          wanted: 'the download by another process to end',
          found: 'it is still under way',
          where: `${path}.lock`,
          cause: error,
        });
      }
      await delay(WAIT_MS);
    }
  }
}

async function removeLeftovers(entry: CacheEntry): Promise<void> {
  for (const name of await readdir(entry.cacheDir)) {
    if (!name.startsWith(`${entry.name}.part-`)) continue;
    await rm(join(entry.cacheDir, name), { recursive: true, force: true });
  }
}

async function sizesUnder(dir: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const item of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const path = join(item.parentPath, item.name);
    sizes[path.slice(dir.length + 1)] = (await stat(path)).size;
  }
  return sizes;
}

function asDiskError(error: unknown, dir: string): unknown {
  const text = error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
  if (!/ENOSPC|No space left on device/.test(text)) return error;
  return new SpineError('SPINE_STACK_DISK', {
    wanted: 'room for the download',
    found: 'the disk is full',
    where: dir,
    cause: error,
  });
}

function toMegabytes(bytes: number): number {
  return Math.floor(bytes / 1e6);
}
