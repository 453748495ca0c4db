// What the machine offers, with small scripts in the place of java and mvn.

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runClient } from './download.ts';
import { claimPort, releasePorts } from './port-claims.ts';
import { choosePort } from './ports.ts';
import { checkTools, wantJava, wantMaven } from './tools.ts';

let bin = '';

beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'spine-tools-'));
});

afterEach(async () => {
  await rm(bin, { recursive: true, force: true });
});

async function put(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!${process.execPath}\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

test('an absent JVM and an absent Maven are null, and one plain sentence each', async () => {
  const env = { PATH: bin };
  expect(await checkTools(env)).toEqual({ java: null, maven: null });
  await expect(wantJava(env)).rejects.toMatchObject({
    code: 'SPINE_STACK_JAVA',
    message: 'SPINE_STACK_JAVA java: wanted a Java runtime of 17 or newer, found none',
  });
  await expect(wantMaven(env)).rejects.toMatchObject({ code: 'SPINE_STACK_MAVEN' });
});

test('a JVM older than 17 counts as none, and is named', async () => {
  await put('java', `console.error('openjdk version "1.8.0_292"')`);
  const env = { PATH: bin };
  expect((await checkTools(env)).java).toBeNull();
  await expect(wantJava(env)).rejects.toMatchObject({ facts: { found: 'version 1.8.0_292' } });
});

test('a newer JVM and Maven are told with their versions', async () => {
  await put('java', `console.error('openjdk version "21.0.4" 2024-07-16')`);
  await put('mvn', `console.log('Apache Maven 3.9.9 (x)')`);
  expect(await checkTools({ PATH: bin })).toEqual({ java: '21.0.4', maven: '3.9.9' });
});

test('a client that fails is told with its own reason', async () => {
  await put('client', `console.log('[ERROR] Failed to read the artifact'); process.exit(1)`);
  const run = { cwd: bin, what: 'a thing', onLine: () => undefined };
  await expect(runClient(join(bin, 'client'), [], run)).rejects.toMatchObject({
    code: 'SPINE_STACK_DOWNLOAD',
    facts: { wanted: 'to download a thing', found: expect.stringContaining('Failed to read') },
  });
});

test('a port that is asked for and taken is refused; the usual one gives way to a free one', async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen({ host: '127.0.0.1', port: 0 }, () => {
      resolve((taken.address() as AddressInfo).port);
    });
  });
  try {
    await expect(choosePort({ part: 'x', asked: port })).rejects.toMatchObject({
      code: 'SPINE_STACK_PORT',
    });
    const other = await choosePort({ part: 'x', usual: port });
    expect(other).not.toBe(port);
    expect(await choosePort({ part: 'x', earlier: other, usual: port })).toBe(other);
    expect(await choosePort({ part: 'x', earlier: other, avoid: new Set([other]) })).not.toBe(
      other,
    );
  } finally {
    taken.close();
  }
});

test('a port is claimed once until it is released, or until its claimer is gone', async () => {
  const port = await choosePort({ part: 'x' });
  const claims = await Promise.all([claimPort(port), claimPort(port), claimPort(port)]);
  expect(claims.filter(Boolean)).toHaveLength(1);
  await releasePorts([port]);
  expect(await claimPort(port)).toBe(true);
  await releasePorts([port]);
  const script = `
    import { claimPort } from ${JSON.stringify(join(import.meta.dirname, 'port-claims.ts'))};
    process.exitCode = (await claimPort(${port})) ? 0 : 1;`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', script]).status).toBe(0);
  expect(await claimPort(port)).toBe(true);
  await releasePorts([port]);
});
