// Puts the sentinel together: a round every sentinel.interval_ms, over ports that may be real or of
// a test.
// Guarantees: the tables are brought up to date before the first round; of several sentinels one
// runs rounds (sentinel_leases), the others stand by and say so once; stop() lets the round under
// way end and gives the lease back.
// Example: const running = await startSentinel(config, ports, identity, around)
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { migrate } from '@agentspine/clickhouse/migrate';
import type { Config } from '@agentspine/config/config-schema';
import { keepTrying } from '@agentspine/observe/keep-trying';
import type { Running, Surroundings } from '@agentspine/observe/run-service';
import { driftRhythm } from './drift-rhythm.ts';
import type { SentinelPorts } from './evaluate-once.ts';
import type { Identity } from './identity.ts';
import { runRounds } from './run-rounds.ts';

const DEDUPLICATION_WINDOW = 10_000;

export async function startSentinel(
  config: Config,
  ports: SentinelPorts & { readonly clickHouse: ClickHouse },
  identity: Identity,
  around: Surroundings,
): Promise<Running> {
  const { clickHouse, store, alerting, receivers } = ports;
  const { logger, signal } = around;
  const { where, database } = clickHouse;
  const applied = await keepTrying(
    { what: 'ClickHouse', where },
    () => migrate(clickHouse, { window: DEDUPLICATION_WINDOW }),
    around,
  );
  if (applied.length > 0) logger.info({ migration: applied.join(', ') }, 'migrated');
  const ending = new AbortController();
  const whole = AbortSignal.any([signal, ending.signal]);
  const { sentinel } = config;
  const drift = driftRhythm(clickHouse, around);
  const kickDrift = drift.kick;
  const rounds = runRounds({ ports, identity, sentinel, where, signal: whole, kickDrift }, around);
  const closed = rounds.catch((error: unknown) => {
    if (!whole.aborted) throw error;
  });
  logger.info({ database, rules: alerting.rules.length }, 'ready');
  return {
    stop: async () => {
      ending.abort(new Error('ending'));
      await closed;
      await drift.settle();
      // Where the store is away the lease runs out by itself.
      await store.release(identity.name).catch(() => undefined);
      for (const receiver of receivers.values()) receiver.close?.();
    },
    closed,
  };
}
