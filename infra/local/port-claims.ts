// Which ports are about to be taken by a stack that is starting: small files that all copies on the
// machine see, so that two starts at once do not choose the same free port and lose seconds until
// one of them finds out. Guarantees nothing by itself, it only makes the race rare: a part is told
// from a stranger on its port by its identity. A claim ends with the process that made it.
// Example: if (await claimPort(9092)) { … await releasePorts([9092]); }

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { birthOf, isAlive, type ProcessIdentity } from './process-identity.ts';

const CLAIMS_DIR = join(tmpdir(), `agentspine-ports-${userInfo().uid}`);

/** False where a living process, this one included, has claimed the port and not released it. */
export async function claimPort(port: number): Promise<boolean> {
  await mkdir(CLAIMS_DIR, { recursive: true, mode: 0o700 });
  const own = { pid: process.pid, birth: (await birthOf(process.pid)) ?? '' };
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await writeFile(claimPath(port), JSON.stringify(own), { flag: 'wx' });
      return true;
    } catch {
      const holder = await readHolder(port);
      if (holder !== undefined && (await isAlive(holder))) return false;
      await rm(claimPath(port), { force: true });
    }
  }
  return false;
}

export async function releasePorts(ports: readonly number[]): Promise<void> {
  await Promise.all(ports.map((port) => rm(claimPath(port), { force: true })));
}

async function readHolder(port: number): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(claimPath(port), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function claimPath(port: number): string {
  return join(CLAIMS_DIR, String(port));
}
