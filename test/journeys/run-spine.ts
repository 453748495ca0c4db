// The command as a process of its own, with an environment of its own: what it prints on each
// stream, and its exit code. Of the caller's environment only what finds Java, Node and the caches
// goes in.
// Example: const { code, out, err } = await runSpine(['status'], { cwd, env: { SPINE_STATE_DIR } })
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url));

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

export type Around = {
  readonly cwd: string;
  /** Added, or instead of what goes in by itself. */
  readonly env?: Readonly<Record<string, string>>;
};

const HANDED_ON = ['PATH', 'HOME', 'JAVA_HOME', 'SPINE_CACHE_DIR', 'SPINE_READY_TIMEOUT_MS'];

export function runSpine(args: readonly string[], { cwd, env }: Around): Promise<Ended> {
  const own = Object.fromEntries(HANDED_ON.map((name) => [name, process.env[name]]));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
