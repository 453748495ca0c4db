// Starts the real entry points as processes, because named imports from CommonJS packages pass the
// type check and the test runner, and fail in Node.
// Guarantees: every service loads all of its modules and says what is wrong with a configuration,
// without any network.
// Example: node services/worker/main.ts --check --config spine.yaml
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKeyring } from '@agentspine/keys/keyring-file';
import { afterAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'spine-smoke-'));
const keyFile = join(folder, 'keys.json');
createKeyring(keyFile, new Date());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

function node(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, SPINE_PRIVACY_KEY_FILE: keyFile },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 50_000,
      killSignal: 'SIGKILL',
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

function configFile(name: string, yaml: string): string {
  const path = join(folder, name);
  writeFileSync(path, yaml);
  return path;
}

describe.each(['worker', 'sink', 'sentinel'])('services/%s/main.ts', (service) => {
  const main = join(ROOT, 'services', service, 'main.ts');

  test('--check accepts the defaults with all files they name', async () => {
    const ended = await node(main, '--check');
    expect(ended, ended.err).toMatchObject({ code: 0 });
  });

  test('--check names a mistake with its line, and exits 1', async () => {
    const config = configFile(
      'mistake.yaml',
      'kafka:\n  brokers: [a:1]\nsink:\n  batch_rows_max: many\n',
    );
    const ended = await node(main, '--check', '--config', config);
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/SPINE_CONFIG_VALUE .*mistake\.yaml:4: wanted a whole number/u);
    expect(ended.err).not.toMatch(/^\s+at .+:\d+:\d+/mu);
  });
});

// Every mistake of every kind, in services/worker/load-rulebook.test.ts; here, what the process
// does.
test.each([
  ['policy file', 'rules.yaml', 'rules:\n  - id: A\n', 'policy: { files: [FILE] }', 'POLICY'],
  [
    'price table',
    'prices.yaml',
    'prices:\n  - from: 1\n',
    'enrich: { price_table: FILE }',
    'PRICES',
  ],
  [
    'agent registry',
    'agents.yaml',
    'agents:\n  - id: 7\n',
    'enrich: { agent_registry: FILE }',
    'AGENTS',
  ],
  [
    'field policy',
    'fields.yaml',
    'version: 1\nfields:\n  x: 1\n',
    'privacy: { field_policy: FILE }',
    'FIELDS',
  ],
])('a worker with a mistake in its %s does not start', async (_, name, text, key, area) => {
  const path = configFile(name, text);
  const config = configFile(`with-${name}`, key.replace('FILE', path));
  const ended = await node(join(ROOT, 'services/worker/main.ts'), '--config', config);
  expect(ended.code).toBe(1);
  expect(ended.err).toMatch(
    new RegExp(`^SPINE_${area}_FILE .*${name}:\\d+: wanted .+, found .+\\n  Mend`, 'u'),
  );
  expect(ended.err).not.toMatch(/^\s+at .+:\d+:\d+/mu);
});

describe('services/cli/main.ts', () => {
  const main = join(ROOT, 'services/cli/main.ts');

  test('help is printed to standard output and exits 0', async () => {
    const ended = await node(main, 'help');
    expect(ended, ended.err).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toContain('spine up');
  });

  test('an unknown command is refused with the nearest one, and exits other than 0', async () => {
    const ended = await node(main, 'statsu');
    expect(ended.code).not.toBe(0);
    expect(ended.err).toContain('status');
  });
});
