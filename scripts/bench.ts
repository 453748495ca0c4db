// npm run bench -- NAME: runs one benchmark and says first on what machine, Node and commit.
// Guarantees: a figure can be told apart from one of another machine or commit; without a name it
// lists what there is. A benchmark is a module that exports `async function bench(): Promise<void>`
// and prints its own table.
// Example: npm run bench -- worker
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';

const BENCHES: Readonly<Record<string, readonly [file: string, says: string]>> = {
  worker: ['test/bench/worker.bench.ts', 'the journey alone, events/s on one core, cost per stage'],
  pipeline: ['test/bench/pipeline.bench.ts', 'Kafka to Kafka on the real broker'],
  queries: [
    'test/bench/queries.bench.ts',
    'every named question on 10 million events, p50 and p95',
  ],
  sink: ['test/bench/sink.bench.ts', 'rows/s into the real engine, Node CPU against engine CPU'],
  privacy: ['libs/privacy/detect.bench.ts', 'the detector, MB/s'],
  policy: ['libs/policy/judge.bench.ts', 'rules judged, events/s'],
  sdk: ['libs/sdk/emit.bench.ts', 'what one event costs the agent'],
};

async function main(name: string | undefined): Promise<number> {
  const entry = name === undefined ? undefined : BENCHES[name];
  if (entry === undefined) {
    const rows = Object.entries(BENCHES).map(([key, [, says]]) => `  ${key.padEnd(9)} ${says}`);
    process.stdout.write(`npm run bench -- NAME\n\n${rows.join('\n')}\n`);
    return name === undefined ? 0 : 2;
  }
  const url = new URL(`../${entry[0]}`, import.meta.url);
  if (!existsSync(url)) {
    process.stderr.write(`${entry[0]} does not exist.\n`);
    return 1;
  }
  process.stdout.write(`${environment()}\n\n`);
  const { bench } = (await import(url.href)) as { bench?: () => Promise<void> };
  if (typeof bench !== 'function') {
    process.stderr.write(`${entry[0]} exports no function bench.\n`);
    return 1;
  }
  await bench();
  return 0;
}

function environment(): string {
  const all = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const machine = `${all[0]?.model.trim() ?? 'unknown CPU'}, ${all.length} cores, ${gib} GiB`;
  return `${machine}, ${type()} ${release()}\nNode ${process.version}, commit ${commit()}`;
}

function commit(): string {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no').trim() !== '';
    return git('rev-parse', '--short=12', 'HEAD').trim() + (changed ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}

process.exitCode = await main(process.argv[2]);
