// Says that an outside system is away once, and once that it is back: never a line per attempt.
// Guarantees: silence while nothing changes; a system that was never away is never said to be back.
// Example: said.away('Kafka', '127.0.0.1:9092'); said.back('Kafka') → "Kafka is back after 12 s"
import type { Logger } from './log.ts';

export type SayOnce = {
  /**
   * The system cannot be reached: warns the first time, with code and reason of the error if there
   * is one.
   */
  away(what: string, where: string, code?: string, reason?: string): void;
  /** The system answers: tells how long it was away, if it was. */
  back(what: string): void;
  /** What is away now, oldest first. */
  readonly awayNow: () => readonly string[];
};

export type SayOnceOptions = {
  readonly log: Logger;
  /** A monotonic clock. */
  readonly nowMs: () => number;
  /** Called with every word, also where nothing is said: whether the system is waited for now. */
  readonly waiting?: (what: string, isWaiting: boolean) => void;
};

export function sayOnce({ log, nowMs, waiting }: SayOnceOptions): SayOnce {
  const sinceMs = new Map<string, number>();
  return {
    away: (what, where, code, reason) => {
      waiting?.(what, true);
      if (sinceMs.has(what)) return;
      sinceMs.set(what, nowMs());
      log.warn({ what, where, code, reason }, `waiting for ${what} at ${where}`);
    },
    back: (what) => {
      waiting?.(what, false);
      const since = sinceMs.get(what);
      if (since === undefined) return;
      sinceMs.delete(what);
      const waitedMs = Math.round(nowMs() - since);
      log.info({ what, waited_ms: waitedMs }, `${what} is back after ${spoken(waitedMs)}`);
    },
    awayNow: () => [...sinceMs.keys()],
  };
}

function spoken(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
