// npm run bench -- NAME: runs one benchmark and says first on what machine, Node and commit.
// Guarantees: a figure can be told apart from one of another machine or commit; without a name it
// lists what there is. A benchmark is a module that exports `async function bench(): Promise<void>`
// and prints its own table.
// Example: npm run bench -- worker
import { existsSync } from 'node:fs';
import { environment } from './environment.ts';

const BENCHES: Readonly<Record<string, readonly [file: string, says: string]>> = {
  worker: ['test/bench/worker.bench.ts', 'the journey alone, events/s on one core, cost per stage'],
  pipeline: ['test/bench/pipeline.bench.ts', 'Kafka to Kafka on the real broker'],
  queries: [
    'test/bench/queries.bench.ts',
    'every named question on 10 million events, p50 and p95',
  ],
  dashboards: [
    'test/bench/dashboards.bench.ts',
    'every panel of every dashboard on 10 million events, p50 and p95',
  ],
  sink: ['test/bench/sink.bench.ts', 'rows/s into the real engine, Node CPU against engine CPU'],
  privacy: ['libs/privacy/detect.bench.ts', 'the detector, MB/s'],
  policy: ['libs/policy/judge.bench.ts', 'rules judged, events/s'],
  sdk: ['libs/sdk/emit.bench.ts', 'what one event costs the agent'],
};

async function main(name: string | undefined): Promise<number> {
  const entry = name === undefined ? undefined : BENCHES[name];
  if (entry === undefined) {
    const rows = Object.entries(BENCHES).map(([key, [, says]]) => `  ${key.padEnd(10)} ${says}`);
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

process.exitCode = await main(process.argv[2]);
