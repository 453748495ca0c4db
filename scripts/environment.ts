// On what a figure was measured: machine, Node and commit, in two lines.
// Guarantees: says so where the commit has changes on top, or cannot be told.
// Example: environment() → 'Xeon, 2 cores, 23 GiB, Linux 6.1 …'
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';

export function environment(): string {
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
