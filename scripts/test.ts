// npm test and npm run check: format, lint, types, unused code, then the tests; a line per stage
// with its time.
// Guarantees: goes on after a failed stage; exit code 1 when anything failed; the last line is `N
// passed, N failed`, where each stage before the tests counts as one. With words it runs the tests
// whose path matches, and nothing else.
// Example: npm test · npm run check (no journeys) · npm test -- judge
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Counts } from './count-tests.ts';
import { countTests } from './count-tests.ts';
import type { Stage } from './run-stage.ts';
import { runStage } from './run-stage.ts';

const STAGES: readonly (readonly [string, Stage['command']])[] = [
  ['format', ['oxfmt', '--check', '.']],
  ['lint', ['oxlint', '--type-aware', '--deny-warnings']],
  ['types', ['tsc', '-p', '.']],
  ['unused', ['knip', '--no-progress', '--no-config-hints']],
];

async function main(args: readonly string[]): Promise<number> {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  const check = args.includes('--check');
  const words = args.filter((arg) => arg !== '--check');
  let passed = 0;
  let failed = 0;
  if (words.length === 0) {
    for (const [name, command] of STAGES) {
      const stage = await runStage({ command, show: 'on failure' });
      if (!stage.ok) process.stdout.write(stage.output);
      line(stage.ok, name, stage.seconds);
      if (stage.ok) passed++;
      else failed++;
    }
  }
  const projects = check ? ['--project', 'unit', '--project', 'house'] : [];
  const tests = await runTests([...projects, ...words]);
  passed += tests.passed;
  failed += tests.failed;
  for (const name of tests.skipped) process.stdout.write(`skipped: ${name}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

async function runTests(args: readonly string[]): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'spine-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const stage = await runStage({
      command: ['vitest', 'run', ...reporters, ...args],
      show: 'always',
    });
    line(stage.ok, 'tests', stage.seconds);
    const text = await readFile(file, 'utf8').catch(() => 'null');
    return countTests(JSON.parse(text), { ok: stage.ok });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function line(ok: boolean, name: string, seconds: number): void {
  process.stdout.write(`${ok ? '✓' : '✗'} ${name.padEnd(7)} ${seconds.toFixed(1)} s\n`);
}

process.exitCode = await main(process.argv.slice(2));
