// Tells one process from another that got the same pid later: by the moment it was started.
// Guarantees that nothing is taken for alive, and so nothing is ever signalled, on the strength of
// a pid alone. Linux reads /proc (proc_pid_stat(5), fields 3, 20 and 22, with the boot id, because
// start times count from the boot); elsewhere `ps -o lstart` answers.
// Example: const birth = await birthOf(pid); … if (await isAlive({ pid, birth })) process.kill(pid,
// 'SIGTERM');

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export type ProcessIdentity = {
  readonly pid: number;
  /** Opaque: equal for the same process, different for another with the same pid. */
  readonly birth: string;
};

const run = promisify(execFile);

/** The birth of a living process; undefined where there is none with this pid, or only a zombie. */
export async function birthOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return linuxBirth(pid);
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
    const [stat = '', ...started] = stdout.trim().split(/\s+/);
    return stat === '' || stat.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await birthOf(identity.pid)) === identity.birth;
}

/** Sends the signal only while pid and birth agree; false where the process is gone. */
export async function signal(identity: ProcessIdentity, name: NodeJS.Signals): Promise<boolean> {
  if (!(await isAlive(identity))) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Resident memory in bytes; undefined where it cannot be told. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    if (process.platform === 'linux') {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const kib = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
      return kib === undefined ? undefined : Number(kib) * 1024;
    }
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) * 1024;
  } catch {
    return undefined;
  }
}

async function linuxBirth(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // the second field is the command in brackets and may itself hold blanks and brackets
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    const startTicks = fields[19];
    if (startTicks === undefined || state === 'X') return undefined;
    // a killed JVM is a zombie at once, while its other threads still hold memory and ports
    if (state === 'Z' && Number(fields[17]) <= 1) return undefined;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    return `${boot.trim()}:${startTicks}`;
  } catch {
    return undefined;
  }
}
