// The cache of downloads: whole or absent, once for all, repaired where broken.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cached, defaultCacheDir, isWhole } from './cache.ts';

let cacheDir = '';

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'spine-cache-'));
});

afterEach(async () => {
  await rm(cacheDir, { recursive: true, force: true });
});

function entry(fill: (dir: string) => Promise<void>, needsBytes = 1) {
  return { cacheDir, name: 'thing', needsBytes, fill };
}

const fillWell = async (dir: string): Promise<void> => {
  await mkdir(join(dir, 'deep'));
  await writeFile(join(dir, 'deep', 'file'), 'twelve bytes');
};

test('fills once and then answers from the disk', async () => {
  const dir = await cached(entry(fillWell));
  expect(await readFile(join(dir, 'deep', 'file'), 'utf8')).toBe('twelve bytes');
  const again = await cached(
    entry(() => {
      throw new Error('filled twice');
    }),
  );
  expect(again).toBe(dir);
});

test('leaves nothing of a download that failed', async () => {
  const broken = entry(async (dir) => {
    await writeFile(join(dir, 'half'), 'x');
    throw new Error('cut off');
  });
  await expect(cached(broken)).rejects.toThrow('cut off');
  expect(await readdir(cacheDir)).toEqual([]);
});

test('fetches an entry anew whose files are cut or missing, and removes what a killed process left', async () => {
  const dir = await cached(entry(fillWell));
  await mkdir(join(cacheDir, 'thing.part-1'));
  await writeFile(join(dir, 'deep', 'file'), 'twelve');
  expect(await isWhole(dir)).toBe(false);
  await cached(entry(fillWell));
  expect(await isWhole(dir)).toBe(true);
  await rm(join(dir, 'deep', 'file'));
  await cached(entry(fillWell));
  expect(await readFile(join(dir, 'deep', 'file'), 'utf8')).toBe('twelve bytes');
  expect(await readdir(cacheDir)).toEqual(['thing']);
});

test('two processes that need it at once download it once', async () => {
  const script = `
    import { appendFile, writeFile } from 'node:fs/promises';
    import { cached } from ${JSON.stringify(join(import.meta.dirname, 'cache.ts'))};
    const cacheDir = ${JSON.stringify(cacheDir)};
    await cached({ cacheDir, name: 'thing', needsBytes: 1, fill: async (dir) => {
      await appendFile(cacheDir + '/count', 'x');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await writeFile(dir + '/file', 'whole');
    } });`;
  const run = (): Promise<number | null> =>
    new Promise((resolve) => {
      const args = ['--input-type=module', '-e', script];
      spawn(process.execPath, args, { stdio: 'inherit' }).once('close', resolve);
    });
  expect(await Promise.all([run(), run(), run()])).toEqual([0, 0, 0]);
  expect(await readFile(join(cacheDir, 'count'), 'utf8')).toBe('x');
  expect(await isWhole(join(cacheDir, 'thing'))).toBe(true);
});

test('a disk too small is said before anything is fetched', async () => {
  await expect(cached(entry(fillWell, 1e18))).rejects.toMatchObject({
    code: 'SPINE_STACK_DISK',
    facts: { where: cacheDir },
  });
});

test('a disk that fills up on the way is called by its name', async () => {
  const full = entry(() => Promise.reject(new Error('ENOSPC: no space left on device, write')));
  await expect(cached(full)).rejects.toMatchObject({ code: 'SPINE_STACK_DISK' });
});

test('the folder is the one of SPINE_CACHE_DIR, else one under the home folder', () => {
  expect(defaultCacheDir({ SPINE_CACHE_DIR: '/x' })).toBe('/x');
  expect(defaultCacheDir({ SPINE_CACHE_DIR: '' })).toMatch(/[/\\]\.cache[/\\]agentspine$/);
});
