// Asks an outside system again with growing pauses until it answers; says once that it waits and
// once that it goes on.
// Guarantees: an error that is not retryable is thrown at once; pauses are bounded; the signal ends
// the wait.
// Example: await keepTrying({ what: 'the registry', where: url }, () => registry.ping(), { said,
// clock, signal })
import { isSpineError } from '@agentspine/outcome/errors';
import type { SayOnce } from './say-once.ts';

export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export type KeepTryingOptions = {
  readonly said: SayOnce;
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
  { what, where }: { readonly what: string; readonly where: string },
  attempt: () => Promise<T>,
  { said, clock, signal, firstPauseMs = 200, pauseMaxMs = 5_000 }: KeepTryingOptions,
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, pauseMaxMs)) {
    try {
      const value = await attempt();
      said.back(what);
      return value;
    } catch (error) {
      if (!isSpineError(error) || !error.retryable) throw error;
      signal?.throwIfAborted();
      said.away(what, where, error.code, error.facts.found);
      await clock.sleep(pauseMs, signal);
    }
  }
}
