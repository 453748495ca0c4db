// How far a reader is behind the end of each of its partitions, told to metrics and to health.
// Guarantees: a finished batch counts as progress; partitions that were handed on are forgotten, so
// that their last lag neither stays in the metrics nor makes a healthy service look stuck.
// Example: const lag = trackLag(around, 'agent.events'); lag.finished(3, 120); lag.reassigned()
import type { Progress } from './health.ts';
import type { Metrics } from './metrics.ts';

export type Lag = {
  /** A batch of the partition was finished; so many records are still behind it. */
  finished(partition: number, records: number): void;
  /** Partitions were given out anew. */
  reassigned(): void;
};

export function trackLag(
  { metrics, progress }: { readonly metrics: Metrics; readonly progress: Progress },
  topic: string,
): Lag {
  const lags = new Map<number, number>();
  const tell = (): void =>
    progress.waiting([...lags.values()].reduce((sum, behind) => sum + behind, 0));
  return {
    finished: (partition, records) => {
      lags.set(partition, records);
      metrics.lag(topic, partition, records);
      progress.advanced();
      tell();
    },
    reassigned: () => {
      for (const partition of lags.keys()) metrics.forgetLag(topic, partition);
      lags.clear();
    },
  };
}
