// How far a reader is behind the end of each of its partitions, told to metrics and to health.
// Guarantees: a finished batch counts as progress; partitions that were handed on are forgotten, so
// that their last lag neither stays in the metrics nor makes a healthy service look stuck.
// Example: const lag = trackLag(around, 'agent.events'); lag.finished(3, 120, timestampMs)
import type { Progress } from './health.ts';
import type { Clock } from './keep-trying.ts';
import type { Metrics } from './metrics.ts';

export type Lag = {
  /**
   * A batch of the partition was finished; so many records are still behind it. `timestampMs` is
   * when the broker took its newest record.
   */
  finished(partition: number, records: number, timestampMs: number): void;
  /** Partitions were given out anew. */
  reassigned(): void;
};

export function trackLag(
  around: {
    readonly metrics: Metrics;
    readonly progress: Progress;
    readonly clock: Pick<Clock, 'now'>;
  },
  topic: string,
): Lag {
  const { metrics, progress, clock } = around;
  const lags = new Map<number, number>();
  const tell = (): void =>
    progress.waiting([...lags.values()].reduce((sum, behind) => sum + behind, 0));
  return {
    finished: (partition, records, timestampMs) => {
      lags.set(partition, records);
      const nowMs = clock.now();
      // The broker's clock may be ahead of ours.
      const seconds = Math.max(0, nowMs - timestampMs) / 1000;
      metrics.lag(topic, partition, { records, seconds, finishedAtSeconds: nowMs / 1000 });
      progress.advanced();
      tell();
    },
    reassigned: () => {
      for (const partition of lags.keys()) metrics.forgetLag(topic, partition);
      lags.clear();
    },
  };
}
