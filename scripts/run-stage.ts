// Runs one tool as a child process and tells how it went.
// Guarantees: a tool that cannot be started counts as failed; a signal to us reaches the tool;
// output is either shown as it comes or kept and shown when the tool fails.
// Example: const { ok, seconds } = await runStage({ command: ['tsc', '-p', '.'], show: 'on failure'
// });
import { spawn } from 'node:child_process';

export type Stage = {
  /** The tool and its arguments; found through PATH, which holds node_modules/.bin. */
  readonly command: readonly [string, ...string[]];
  readonly show: 'always' | 'on failure';
};

export type Staged = { readonly ok: boolean; readonly seconds: number; readonly output: string };

/** Output kept of a silent tool, from its end. */
const KEPT_BYTES = 200_000;

export function runStage({ command, show }: Stage): Promise<Staged> {
  const startedMs = performance.now();
  const [tool, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(tool, args, {
      stdio: show === 'always' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_BYTES);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on('SIGTERM', forward);
    process.on('SIGINT', forward);
    const end = (ok: boolean): void => {
      process.off('SIGTERM', forward);
      process.off('SIGINT', forward);
      resolve({ ok, seconds: (performance.now() - startedMs) / 1000, output });
    };
    child.on('error', (error) => {
      keep(Buffer.from(`${tool} did not start: ${error.message}\n`));
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}
