// The scripts that a clone is started with, in folders of their own: not installed, two at once,
// signals.
// Guarantees: the real scripts are copied and run; only npm and Node 24 are stood in for.
// Example: node scripts/run.mjs spine status
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { countTests } from '../../scripts/count-tests.ts';
import { runStage } from '../../scripts/run-stage.ts';
import { wrapComments } from '../../scripts/wrap-comments.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Stands in for npm: notes that it ran and puts a Node in place, unless told to leave it out. */
const NPM = `
const { appendFileSync, mkdirSync, symlinkSync, writeFileSync } = require('node:fs');
appendFileSync('npm-runs', process.argv.slice(2).join(' ') + '\\n');
if (process.env.NPM_FAILS) process.exit(1);
const until = Date.now() + 300;
while (Date.now() < until);
mkdirSync('node_modules/node/bin', { recursive: true });
if (!process.env.NO_NODE) symlinkSync(process.execPath, 'node_modules/node/bin/node');
writeFileSync('node_modules/.package-lock.json', require('node:fs').readFileSync('package-lock.json'));
`;

const SCRIPT = `
process.stdout.write(JSON.stringify({
  args: process.argv.slice(2), cache: process.env.NODE_COMPILE_CACHE, path: process.env.PATH }) + '\\n');
if (process.argv[2] === 'exit') process.exitCode = 7;
if (process.argv[2] === 'wait') {
  process.on('SIGTERM', () => process.exit(9));
  setInterval(() => undefined, 1000);
}
`;

/**
 * A clone with the real scripts, a stand-in for npm and a command line that tells how it was
 * called.
 */
function clone(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spine-clone-'));
  folders.push(folder);
  cpSync(join(ROOT, 'scripts'), join(folder, 'scripts'), { recursive: true });
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true });
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('services/cli/main.ts', SCRIPT);
  write('npm-cli.js', NPM);
  const packages = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { optional: true },
  };
  write('package-lock.json', JSON.stringify({ packages }));
  write('package.json', '{}');
  return folder;
}

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

function start(
  folder: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(process.execPath, command, {
    cwd: folder,
    env: { PATH: process.env['PATH'], npm_execpath: join(folder, 'npm-cli.js'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, ended, printed: () => out };
}

const run = (
  folder: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => start(folder, command, env).ended;

const npmRuns = (folder: string): readonly string[] =>
  existsSync(join(folder, 'npm-runs'))
    ? readFileSync(join(folder, 'npm-runs'), 'utf8').trim().split('\n')
    : [];

const SPINE = ['scripts/run.mjs', 'spine'] as const;

describe('starting a clone', () => {
  test('the first start installs, talks on standard error, and passes arguments and exit code on', async () => {
    const folder = clone();
    const first = await run(folder, [...SPINE, 'exit', 'a b', '$HOME', '--json']);
    expect(first.code).toBe(7);
    expect(first.err).toContain('Installing the packages (first start)');
    const told = JSON.parse(first.out) as { args: string[]; cache: string; path: string };
    expect(told.args).toEqual(['exit', 'a b', '$HOME', '--json']);
    expect(told.cache).toBe(join(folder, 'node_modules/.cache/compile'));
    expect(told.path.split(delimiter).slice(0, 2)).toEqual([
      join(folder, 'node_modules/node/bin'),
      join(folder, 'node_modules/.bin'),
    ]);
    expect(npmRuns(folder)).toEqual([expect.stringMatching(/^ci /u)]);
    const second = await run(folder, ['bin/spine.mjs', 'again']);
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(npmRuns(folder)).toHaveLength(1);
  });

  test('a changed lock file installs again, an optional package that is absent does not', async () => {
    const folder = clone();
    await run(folder, SPINE);
    const lock = join(folder, 'package-lock.json');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace('1.0.0', '1.0.1'));
    rmSync(join(folder, 'node_modules/node'), { recursive: true });
    const again = await run(folder, SPINE);
    expect(again.err).toContain('package-lock.json has changed');
    const installed = join(folder, 'node_modules/.package-lock.json');
    writeFileSync(
      installed,
      JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.1' } } }),
    );
    await run(folder, SPINE);
    expect(npmRuns(folder)).toHaveLength(2);
  });

  test('two starts at once install once', async () => {
    const folder = clone();
    const both = await Promise.all([run(folder, SPINE), run(folder, SPINE)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(npmRuns(folder)).toHaveLength(1);
  });

  test('the lock of a start that was killed does not stop the next one', async () => {
    const folder = clone();
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.on('close', resolve));
    mkdirSync(join(folder, '.spine'));
    writeFileSync(join(folder, '.spine/install.lock'), String(gone.pid));
    expect(await run(folder, SPINE)).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, '.spine/install.lock'))).toBe(false);
  });

  test('an installation that fails, and an unknown task, end with one sentence and exit code 1', async () => {
    const failed = await run(clone(), SPINE, { NPM_FAILS: '1' });
    expect(failed).toMatchObject({ code: 1, out: '' });
    expect(failed.err).toContain('npm ci failed');
    const unknown = await run(clone(), ['scripts/run.mjs', 'dmeo']);
    expect(unknown).toMatchObject({ code: 1, out: '' });
    expect(unknown.err).toBe(
      'Unknown task "dmeo". There are: demo, spine, test, check, bench, evaluate, format.\n',
    );
  });

  test('without the pinned Node a new enough one is used', async () => {
    expect(await run(clone(), SPINE, { NO_NODE: '1' })).toMatchObject({ code: 0 });
  });

  test('a signal reaches the script, and its exit code comes back', async () => {
    const folder = clone();
    const { child, ended, printed } = start(folder, [...SPINE, 'wait']);
    await expect.poll(printed, { timeout: 20_000 }).toContain('wait');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 9 });
  });
});

describe('the stages of npm test', () => {
  test('a tool that fails, or cannot be started, is told apart from one that passes', async () => {
    const node = (script: string) =>
      runStage({ command: [process.execPath, '-e', script], show: 'on failure' });
    expect(await node('0')).toMatchObject({ ok: true, output: '' });
    expect(await node('console.log("why"); process.exit(3)')).toMatchObject({
      ok: false,
      output: 'why\n',
    });
    const missing = await runStage({ command: ['no-such-tool'], show: 'on failure' });
    expect(missing).toMatchObject({ ok: false });
    expect(missing.output).toContain('no-such-tool did not start');
  });

  test('everything that went wrong is counted, and nothing twice', () => {
    const file = (status: string, ...tests: readonly string[]) => ({
      name: 'x.test.ts',
      status,
      assertionResults: tests.map((each, at) => ({ status: each, fullName: `test ${at}` })),
    });
    const count = (ok: boolean, ...testResults: readonly object[]) =>
      countTests({ testResults }, { ok });
    expect(count(true, file('passed', 'passed', 'passed', 'skipped'))).toEqual({
      passed: 2,
      failed: 0,
      skipped: ['test 2'],
    });
    expect(count(false, file('failed', 'failed', 'passed'))).toMatchObject({
      passed: 1,
      failed: 1,
    });
    expect(count(false, file('failed'))).toMatchObject({ passed: 0, failed: 1 });
    expect(count(false, file('passed', 'passed'))).toMatchObject({ passed: 1, failed: 1 });
    expect(countTests(undefined, { ok: false })).toMatchObject({ passed: 0, failed: 1 });
    expect(countTests({ success: true }, { ok: true })).toMatchObject({ failed: 1 });
  });
});

describe('wrapping comments', () => {
  const words = 'word '.repeat(30).trim();

  test('a long line flows into the next one of its paragraph', () => {
    const wrapped = wrapComments(`// ${words}\n// goes on.\n// Example: x\nconst a = 1;\n`, 100);
    const lines = wrapped.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.slice(-3)).toEqual(['// Example: x', 'const a = 1;', '']);
    expect(wrapped.replaceAll(/\s*\n\/\/ /gu, ' ')).toContain(`// ${words} goes on.`);
  });

  test('a long documentation comment becomes a block, code and drawings stay as they are', () => {
    expect(wrapComments(`  /** ${words} */`, 100).split('\n')).toEqual([
      '  /**',
      expect.stringMatching(/^ {3}\* word .*word$/u),
      expect.stringMatching(/^ {3}\* word .*word$/u),
      '   */',
    ]);
    const kept = [`const a = '${words}';`, `// | ${words} | b |`, `// https://${'x'.repeat(120)}`];
    for (const line of kept) expect(wrapComments(line, 100)).toBe(line);
  });

  test('wrapping twice changes nothing more', () => {
    const once = wrapComments(`// ${words} ${words}\n// - ${words}\n/** ${words} */\n`, 100);
    expect(wrapComments(once, 100)).toBe(once);
  });
});
