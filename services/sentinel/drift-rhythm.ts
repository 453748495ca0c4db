// When the drift watch runs: beside the rounds, never twice at once, and so that it takes at most a
// twentieth of the time: every five minutes where it is quick, once an hour where it is not.
// Guarantees: a round never waits for it; a watch that fails is said once and tried again; settle()
// lets the one under way end.
// Example: drift.kick(clock.now()); … await drift.settle()
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import type { Surroundings } from '@agentspine/observe/run-service';
import { isSpineError } from '@agentspine/outcome/errors';
import { watchDrift } from './watch-drift.ts';

export type DriftRhythm = {
  /** Starts a watch where one is due and none is under way. */
  kick(nowMs: number): void;
  settle(): Promise<void>;
};

const REST_MIN_MS = 300_000;
const REST_MAX_MS = 3_600_000;
/** Rest per time worked. */
const REST_FACTOR = 20;

export function driftRhythm(
  clickHouse: ClickHouse,
  { logger, clock }: Pick<Surroundings, 'logger' | 'clock'>,
): DriftRhythm {
  let dueMs = 0;
  let isBroken = false;
  let running: Promise<void> | undefined;
  const watch = async (nowMs: number): Promise<void> => {
    const begunMs = clock.now();
    try {
      await watchDrift({ clickHouse }, { nowMs });
      isBroken = false;
    } catch (error) {
      const code = isSpineError(error) ? error.code : 'unknown';
      const found = isSpineError(error) ? error.facts.found : undefined;
      if (!isBroken) logger.error({ code, found }, 'drift could not be judged');
      isBroken = true;
    }
    const endMs = clock.now();
    const restMs = (endMs - begunMs) * REST_FACTOR;
    dueMs = endMs + Math.min(Math.max(restMs, REST_MIN_MS), REST_MAX_MS);
    running = undefined;
  };
  return {
    kick: (nowMs) => {
      if (running === undefined && nowMs >= dueMs) running = watch(nowMs);
    },
    settle: async () => {
      await running;
    },
  };
}
