// The frame of a service process: logs, metrics, health, an ordered end. What the service does is
// start().
// Guarantees: an error of the catalogue ends the process with its code, place and way out on one
// line and exit 1, never with a stack; SIGTERM and SIGINT drain in order; when the work stops by
// itself for a reason, the process exits 1.
// Example: await runService({ service: 'sink', level: 'info', httpPort: 0, httpHost: '127.0.0.1',
// start })
import { isSpineError } from '@agentspine/outcome/errors';
import { createDrain } from './drain.ts';
import { startHealth, trackProgress, type Progress } from './health.ts';
import { systemClock, type Clock } from './keep-trying.ts';
import { createLogger, type Logger, type LogLevel } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { sayOnce, type SayOnce } from './say-once.ts';

export type Surroundings = {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly said: SayOnce;
  readonly progress: Progress;
  readonly clock: Clock;
  /** Aborted when the service is to end. */
  readonly signal: AbortSignal;
};

export type Running = {
  /** Ends the work in order. Safe to repeat. */
  stop(): Promise<void>;
  /** Resolves when the work has ended, rejects with what ended it. */
  readonly closed: Promise<void>;
};

export type ServiceOptions = {
  readonly service: string;
  readonly level: LogLevel;
  /** null is off, 0 takes a free one. */
  readonly httpPort: number | null;
  readonly httpHost: string;
  readonly start: (around: Surroundings) => Promise<Running>;
};

const STALLED_AFTER_MS = 120_000;
const DRAIN_DEADLINE_MS = 30_000;

export function surroundings(service: string, level: LogLevel, signal: AbortSignal): Surroundings {
  const logger = createLogger({ service, level });
  const nowMs = (): number => performance.now();
  const metrics = createMetrics(service);
  const waiting = (what: string, isWaiting: boolean): void =>
    metrics.waiting(what.replace(/^the /u, '').toLowerCase(), isWaiting);
  return {
    logger,
    metrics,
    said: sayOnce({ log: logger, nowMs, waiting }),
    progress: trackProgress({ nowMs, stalledAfterMs: STALLED_AFTER_MS }),
    clock: systemClock,
    signal,
  };
}

export async function runService(options: ServiceOptions): Promise<void> {
  const ending = new AbortController();
  const around = surroundings(options.service, options.level, ending.signal);
  const { logger, said, progress, metrics } = around;
  const drain = createDrain({ log: logger, deadlineMs: DRAIN_DEADLINE_MS });
  drain.onSignals();
  let isStarted = false;
  try {
    if (options.httpPort !== null) {
      const health = await startHealth({
        port: options.httpPort,
        host: options.httpHost,
        live: progress.status,
        ready: () => {
          const away = said.awayNow();
          if (away.length > 0) return { ok: false, reason: `waiting for ${away.join(', ')}` };
          return isStarted ? { ok: true, reason: 'ok' } : { ok: false, reason: 'starting' };
        },
        metrics,
      });
      drain.add('health', () => health.close());
      logger.info({ url: health.url }, 'health and metrics');
    }
    // Until it runs, a signal ends the waiting for outside systems; afterwards it does so before
    // the work is ended.
    const stopWaiting = (): void => ending.abort(new Error('ending'));
    drain.add('waiting to start', stopWaiting);
    const running = await options.start(around);
    drain.add(options.service, () => running.stop());
    drain.add('waiting', stopWaiting);
    isStarted = true;
    await running.closed;
  } catch (error) {
    if (drain.isDraining()) return;
    explain(logger, error);
    await drain.drain('failed');
    process.exitCode = 1;
    // Sockets of clients that were never closed must not keep a failed process alive.
    process.exit();
  }
}

/** One line: code, where, wanted, found, what to do. */
function explain(logger: Logger, error: unknown): void {
  if (isSpineError(error)) {
    const { code, facts, hint } = error;
    const { where, wanted, found } = facts;
    logger.error({ code, where, wanted, found, hint }, error.message);
  } else {
    logger.error({ code: 'SPINE_INTERNAL', error }, 'stopped by a defect');
  }
}
