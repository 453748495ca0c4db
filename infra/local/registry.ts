// The schema registry of the local stack: Apicurio Registry with its Confluent-compatible API,
// storing into an H2 file under the state folder. Guarantees that schemas and their ids are the
// same after a restart, and that it listens on loopback alone.
// Example: const spec = await registryPart({ stateDir, cacheDir, port: 8081, readyTimeoutMs, say
// });

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SpineError } from '@agentspine/outcome/errors';
import { cached, exclusively } from './cache.ts';
import { DEPENDENCY_PLUGIN, mavenProgress, runClient } from './download.ts';
import type { PartSpec } from './part.ts';
import { javaCommand, wantJava, wantMaven } from './tools.ts';

export const REGISTRY_VERSION = '3.0.9';
export const REGISTRY_PORT = 8081;
export const REGISTRY_PATH = '/apis/ccompat/v7';
const ARCHIVE = `apicurio-registry-app-${REGISTRY_VERSION}-all.tar.gz`;
const ARCHIVE_SHA256 = '2b28181501a20cbf6efcd77f9b7153908fc01f3d3a7c32024c0bd9e1b04c8a43';
const IDENTITY_HEADER = 'X-Spine-Part';
const PROBE_TIMEOUT_MS = 5_000;

export type RegistryWish = {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly port: number;
  readonly readyTimeoutMs: number;
  say(text: string): void;
};

/** The unpacked archive in the cache, downloaded where it is not there. */
export async function fetchRegistry(
  cacheDir: string,
  say: (text: string) => void,
): Promise<string> {
  return cached({
    cacheDir,
    name: `apicurio-registry-${REGISTRY_VERSION}`,
    needsBytes: 400e6,
    onWait: () => {
      say('another process downloads it');
    },
    fill: async (dir) => {
      await wantMaven();
      const what = `Apicurio Registry ${REGISTRY_VERSION}`;
      const artifact = `io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`;
      const args = ['-B', '-C', `${DEPENDENCY_PLUGIN}:copy`, `-Dartifact=${artifact}`];
      args.push(`-DoutputDirectory=${dir}`);
      // Maven's local repository is not made for two writers
      await exclusively(cacheDir, 'maven', () =>
        runClient('mvn', args, { cwd: dir, what, onLine: mavenProgress(say) }),
      );
      await wantDigest(join(dir, ARCHIVE));
      await runClient('tar', ['-xzf', ARCHIVE], { cwd: dir, what, onLine: () => undefined });
      await rm(join(dir, ARCHIVE));
    },
  });
}

export async function registryPart(wish: RegistryWish): Promise<PartSpec> {
  await wantJava();
  const home = await fetchRegistry(wish.cacheDir, wish.say);
  const dir = join(wish.stateDir, 'registry');
  await mkdir(dir, { recursive: true });
  const url = `http://127.0.0.1:${wish.port}${REGISTRY_PATH}`;
  const identity = randomUUID();
  return {
    name: 'registry',
    command: javaCommand(),
    args: [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      // a line per request would grow without bound
      '-Dquarkus.http.access-log.enabled=false',
      '-Dquarkus.banner.enabled=false',
      '-Dquarkus.log.category."io.apicurio".level=WARN',
      `-Dquarkus.http.header."${IDENTITY_HEADER}".value=${identity}`,
      '-jar',
      join(home, `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`),
    ],
    cwd: dir,
    env: {
      QUARKUS_HTTP_HOST: '127.0.0.1',
      QUARKUS_HTTP_PORT: String(wish.port),
      QUARKUS_LOG_LEVEL: 'WARN',
      APICURIO_STORAGE_KIND: 'sql',
      APICURIO_STORAGE_SQL_KIND: 'h2',
      // without it H2 keeps a commit in memory for half a second, and a kill would lose schemas
      // already acknowledged
      APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(dir, 'schemas')};WRITE_DELAY=0`,
      APICURIO_DATASOURCE_JDBC_INITIAL_SIZE: '2',
      APICURIO_DATASOURCE_JDBC_MIN_SIZE: '2',
    },
    port: wish.port,
    url,
    identity,
    ready: () => probeRegistry(url, identity),
    readyTimeoutMs: wish.readyTimeoutMs,
  };
}

/** True, or what is missing. Throws where nothing listens. */
export async function probeRegistry(url: string, identity?: string): Promise<true | string> {
  const answer = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.status !== 200) return `GET /subjects answers ${answer.status}`;
  if (identity !== undefined && answer.headers.get(IDENTITY_HEADER) !== identity) {
    return 'another registry answers on this port';
  }
  return Array.isArray(body) ? true : 'GET /subjects answers no list';
}

async function wantDigest(path: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found === ARCHIVE_SHA256) return;
  throw new SpineError('SPINE_STACK_DOWNLOAD', {
    wanted: `SHA-256 ${ARCHIVE_SHA256}`,
    found,
    where: path,
  });
}
