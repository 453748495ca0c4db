// Tells metrics and health what became of each batch of the worker, and how long it took.
// Guarantees: accepted and refused of a stage add up to what the stage before accepted; every
// series that a refusal could make is there at 0 from the start.
// Example: done: counted(around, lag) · reader.run(timed(runner.handle, around))
import type { BatchHandler } from '@agentspine/kafka/port';
import type { Metrics } from '@agentspine/observe/metrics';
import type { Surroundings } from '@agentspine/observe/run-service';
import type { Lag } from '@agentspine/observe/track-lag';
import { ERRORS, type SpineErrorCode } from '@agentspine/outcome/errors';
import type { RunnerParts } from './run-batch.ts';

/** In the order of the journey: what one refuses, the next is not given. */
const STAGES = ['decode', 'validate', 'enrich', 'pseudonymize', 'judge', 'encode'] as const;

/**
 * Tells metrics and health what became of a batch: of the journey as a whole, and at each stage.
 */
export function counted({ metrics }: Surroundings, lag: Lag): RunnerParts['done'] {
  countFromZero(metrics);
  return (batch, rows, refusals) => {
    metrics.accepted('journey', rows);
    let given = rows + refusals.length;
    for (const stage of STAGES) {
      for (const exit of refusals) {
        if (exit.stage !== stage) continue;
        metrics.refused('journey', exit.code);
        metrics.refused(stage, exit.code);
        given -= 1;
      }
      metrics.accepted(stage, given);
    }
    const last = batch.records.at(-1);
    const next = (last?.offset ?? 0) + 1;
    lag.finished(batch.partition, batch.highWatermark - next, last?.timestampMs ?? 0);
  };
}

/**
 * Tells metrics how long a batch took, from being read to being handed over: the journey, and the
 * wait for the delivery of the batch before it.
 */
export function timed(handle: BatchHandler, { clock, metrics }: Surroundings): BatchHandler {
  return async (batch, control) => {
    const startedMs = clock.now();
    await handle(batch, control);
    const bytes = batch.records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    metrics.batch('journey', (clock.now() - startedMs) / 1000, batch.records.length, bytes);
  };
}

/** Series that are there from the start: only then is the first refusal an increase. */
function countFromZero(metrics: Metrics): void {
  for (const stage of ['journey', ...STAGES]) metrics.accepted(stage, 0);
  for (const code of Object.keys(ERRORS) as SpineErrorCode[]) {
    if (/^SPINE_(?:RECORD|EVENT)_|_FAILED$/u.test(code)) metrics.refused('journey', code, 0);
  }
}
