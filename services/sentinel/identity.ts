// The name of this process in the lease, and whether another one of the same machine is dead, so
// that a restart after kill -9 need not wait for the old lease to run out.
// Guarantees: another machine's process is never said to be dead; in a container, whose process
// numbers begin again, the one with our own number is the one before us.
// Example: identityOf(hostname(), process.pid, Date.now()).name → 'node-1/4711/1764244800000'

/** Who this process is, and which others are known to be dead. */
export type Identity = { readonly name: string; readonly isGone: (other: string) => boolean };

export function identityOf(
  host: string,
  pid: number,
  startedAtMs: number,
  isAlive: (pid: number) => boolean = runs,
): Identity {
  const name = `${host}/${pid}/${startedAtMs}`;
  return {
    name,
    isGone: (other) => {
      const [theirHost, theirPid = ''] = other.split('/');
      if (theirHost !== host || other === name || !/^\d+$/u.test(theirPid)) return false;
      return Number(theirPid) === pid || !isAlive(Number(theirPid));
    },
  };
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
