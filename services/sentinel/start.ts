// Puts the sentinel together: a round every sentinel.interval_ms, one at a time, over ports that
// may be real or of a test.
// Guarantees: the tables are brought up to date before the first round; ClickHouse away is waited
// for and said once; stop() lets the round under way end. Example: const running = await
// startSentinel(config, { clickHouse }, around)
import { migrate } from '@agentspine/clickhouse/migrate';
import type { Config } from '@agentspine/config/config-schema';
import { keepTrying } from '@agentspine/observe/keep-trying';
import type { Running, Surroundings } from '@agentspine/observe/run-service';
import { evaluateOnce, type SentinelPorts } from './evaluate-once.ts';

const DEDUPLICATION_WINDOW = 10_000;

export async function startSentinel(
  config: Config,
  ports: SentinelPorts,
  around: Surroundings,
): Promise<Running> {
  const { clickHouse } = ports;
  const { logger, metrics, clock, signal } = around;
  const ask = <T>(attempt: () => Promise<T>): Promise<T> =>
    keepTrying({ what: 'ClickHouse', where: clickHouse.where }, attempt, around);
  const applied = await ask(() => migrate(clickHouse, { window: DEDUPLICATION_WINDOW }));
  if (applied.length > 0) logger.info({ migration: applied.join(', ') }, 'migrated');

  const lag = metrics.gauge('ingest_lag_seconds', 'p99 of ingested_at minus event_time.', []);
  const ending = new AbortController();
  const whole = AbortSignal.any([signal, ending.signal]);
  const rounds = async (): Promise<void> => {
    while (!whole.aborted) {
      const begunMs = clock.now();
      around.progress.waiting(1);
      const round = await ask(() => evaluateOnce(ports, { nowMs: begunMs }));
      lag.set({}, round.ingestLagMs / 1_000);
      metrics.batch('round', (clock.now() - begunMs) / 1_000, 0);
      around.progress.advanced();
      around.progress.waiting(0);
      const restMs = config.sentinel.interval_ms - (clock.now() - begunMs);
      if (restMs > 0) await clock.sleep(restMs, whole);
    }
  };
  const closed = rounds().catch((error: unknown) => {
    if (!whole.aborted) throw error;
  });
  logger.info({ database: clickHouse.database }, 'ready');
  return {
    stop: async () => {
      ending.abort(new Error('ending'));
      await closed;
    },
    closed,
  };
}
