// Runs the ordinary clients of the registries, Maven and npm, and tells what arrives. Guarantees
// that a failure becomes SPINE_STACK_DOWNLOAD with the client's last lines, and that nothing is
// read from standard input.
// Example: await runClient('mvn', ['-B', '-C', …], { cwd: dir, what: 'Kafka 4.3.0', onLine });

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { SpineError } from '@agentspine/outcome/errors';

export type ClientRun = {
  readonly cwd: string;
  /** For people: what is being fetched. */
  readonly what: string;
  onLine(line: string): void;
};

const KEPT_LINES = 20;
const SAY_EVERY_MS = 500;

/**
 * Pinned, so that the same goals mean the same on every Maven; newer ones also want the artifacts'
 * parent POMs.
 */
export const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8';

export async function runClient(
  command: string,
  args: readonly string[],
  run: ClientRun,
): Promise<void> {
  const last: string[] = [];
  const child = spawn(command, args, { cwd: run.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const keep = (line: string): void => {
    const plain = stripVTControlCharacters(line).trim();
    if (plain === '') return;
    run.onLine(plain);
    last.push(plain);
    if (last.length > KEPT_LINES) last.shift();
  };
  createInterface({ input: child.stdout }).on('line', keep);
  createInterface({ input: child.stderr }).on('line', keep);
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (exitCode, signalName) => {
      resolve(exitCode ?? signalName ?? 'unknown');
    });
  });
  if (code === 0) return;
  throw new SpineError('SPINE_STACK_DOWNLOAD', {
    wanted: `to download ${run.what}`,
    found: `${command} ended with ${code}: ${reason(last)}`,
  });
}

/** The first line that speaks of an error, which both clients follow with advice. */
function reason(lines: readonly string[]): string {
  return (
    lines.find((line) => /error/i.test(line) && /\w+ \w+ \w+/.test(line)) ?? lines.at(-1) ?? ''
  );
}

/**
 * Counts Maven's transfers: `Downloaded from central: …/kafka-clients-4.3.0.jar (5.1 MB at 2
 * MB/s)`.
 */
export function mavenProgress(say: (text: string) => void): (line: string) => void {
  let files = 0;
  let saidAtMs = 0;
  return (line) => {
    const found = /^(?:\[INFO\] )?Downloaded from \S+ (\S+) \(([^)]*)\)/.exec(line);
    const [, url = '', size = ''] = found ?? [];
    if (found === null || !/\.(jar|gz)$/.test(url)) return;
    files += 1;
    if (Date.now() - saidAtMs < SAY_EVERY_MS) return;
    saidAtMs = Date.now();
    say(`${url.slice(url.lastIndexOf('/') + 1)} (${size}), file ${files}`);
  };
}
