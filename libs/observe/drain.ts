// Ends a service in order: closes what was opened, last opened first, within a deadline.
// Guarantees: every closer is called once, also when drain() is repeated or a closer before it
// fails; closers run one after the other, so sources stop before the sinks they feed; a deadline
// ends the wait and names what was still open; a second signal leaves at once. Signals within half
// a second count as one, since a terminal and npm both send Ctrl-C.
// Example: const drain = createDrain({ log, deadlineMs: 30_000 }); drain.add('kafka', () =>
// log.close()); drain.onSignals();
import type { Logger } from './log.ts';

export type Drained = {
  /** Every closer ended well and in time. */
  readonly ok: boolean;
  /** Closers that threw, or had not ended at the deadline. */
  readonly failed: readonly string[];
};

export type Drain = {
  /** Registers a closer. One that is added while draining is called as well. */
  add(name: string, close: () => Promise<void> | void): void;
  /** Closes everything; the same promise when repeated. Never rejects. */
  drain(reason: string): Promise<Drained>;
  isDraining(): boolean;
  /**
   * Drains on SIGTERM and SIGINT and then exits: 0 when all went well, 1 otherwise. Answers how to
   * stop listening.
   */
  onSignals(): () => void;
};

/** What a drain needs of the process, so that tests can give their own. */
export type DrainHost = {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: 'SIGTERM' | 'SIGINT', listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
  nowMs(): number;
};

export type DrainOptions = {
  readonly log: Logger;
  /** Time for all closers together. */
  readonly deadlineMs: number;
  readonly host?: DrainHost;
};

const SAME_SIGNAL_MS = 500;

const thisProcess: DrainHost = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  exit: (code) => process.exit(code),
  nowMs: () => performance.now(),
};

export function createDrain({ log, deadlineMs, host = thisProcess }: DrainOptions): Drain {
  const open: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  const failed: string[] = [];
  let draining: Promise<Drained> | undefined;
  let current: string | undefined;

  const closeAll = async (): Promise<void> => {
    for (let closer = open.pop(); closer !== undefined; closer = open.pop()) {
      current = closer.name;
      try {
        await closer.close();
      } catch (error) {
        failed.push(closer.name);
        log.error({ closer: closer.name, error }, 'could not close');
      }
    }
    current = undefined;
  };

  const drain = async (reason: string): Promise<Drained> => {
    log.info({ reason }, 'closing');
    const startedMs = host.nowMs();
    if ((await within(closeAll(), deadlineMs)) === 'late') {
      const names = [current, ...open.map((closer) => closer.name).toReversed()];
      failed.push(...names.filter((name) => name !== undefined));
      log.error({ what: failed.join(', '), deadline_ms: deadlineMs }, 'gave up closing');
    } else {
      log.info({ duration_ms: Math.round(host.nowMs() - startedMs) }, 'closed');
    }
    return { ok: failed.length === 0, failed };
  };

  const start = (reason: string): Promise<Drained> => (draining ??= drain(reason));
  return {
    add: (name, close) => void open.push({ name, close }),
    drain: start,
    isDraining: () => draining !== undefined,
    onSignals: () => listen(host, start),
  };
}

function listen(host: DrainHost, start: (reason: string) => Promise<Drained>): () => void {
  let firstMs: number | undefined;
  const listener = (signal: NodeJS.Signals): void => {
    if (firstMs !== undefined) {
      if (host.nowMs() - firstMs >= SAME_SIGNAL_MS) host.exit(signal === 'SIGINT' ? 130 : 143);
      return;
    }
    firstMs = host.nowMs();
    void start(signal).then((drained) => host.exit(drained.ok ? 0 : 1));
  };
  host.on('SIGTERM', listener);
  host.on('SIGINT', listener);
  return () => {
    host.off('SIGTERM', listener);
    host.off('SIGINT', listener);
  };
}

async function within(work: Promise<void>, deadlineMs: number): Promise<'done' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadlineMs);
  });
  try {
    return await Promise.race([work.then(() => 'done' as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
