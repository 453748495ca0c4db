// Waits for an outside system: tries again with growing pauses, says once that it waits and once that it goes on.
// Guarantees: an error that is not retryable is thrown at once; pauses are bounded; the signal ends the wait.
// Example: await keepTrying('the registry', () => registry.ping(), { logger, clock, signal })
import { isSpineError } from '@agentspine/outcome/errors';

export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export type TalkingLogger = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

export type KeepTryingOptions = {
  readonly logger: TalkingLogger;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly firstPauseMs?: number;
  readonly pauseMaxMs?: number;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

export async function keepTrying<T>(
  what: string,
  attempt: () => Promise<T>,
  { logger, clock, signal, firstPauseMs = 200, pauseMaxMs = 5_000 }: KeepTryingOptions,
): Promise<T> {
  let pauseMs = firstPauseMs;
  let waitingSinceMs: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await attempt();
      if (waitingSinceMs !== undefined) {
        logger.info({ what, waited_ms: clock.now() - waitingSinceMs }, `${what} is back`);
      }
      return value;
    } catch (error) {
      if (!isSpineError(error) || !error.retryable) throw error;
      if (waitingSinceMs === undefined) {
        waitingSinceMs = clock.now();
        logger.warn({ what, code: error.code, reason: error.message }, `waiting for ${what}`);
      }
      await clock.sleep(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
    }
  }
}
