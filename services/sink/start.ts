// Puts the sink together: governed log → batches → ClickHouse, over ports that may be real or in
// memory.
// Guarantees: migrates and asserts every setting exactly-once rests on before the first record is
// read; waits for whatever is away and says so once.
// Example: const running = await startSink(config, ports, around)
import { clickHouseStore } from '@agentspine/clickhouse/clickhouse-store';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import type { Store } from '@agentspine/clickhouse/port';
import { isDataError } from '@agentspine/clickhouse/refusal';
import type { Config } from '@agentspine/config/config-schema';
import type { Log, LogBatch, ReaderOptions } from '@agentspine/kafka/port';
import { keepTrying } from '@agentspine/observe/keep-trying';
import type { Running, Surroundings } from '@agentspine/observe/run-service';
import { trackLag } from '@agentspine/observe/track-lag';
import type { SpineError } from '@agentspine/outcome/errors';
import { schemaLearner } from '@agentspine/wire/learn-schemas';
import type { Registry } from '@agentspine/wire/registry';
import { createLayouts } from './layouts.ts';
import { prepareTables } from './prepare-tables.ts';
import { refuseRow } from './refuse-row.ts';
import { createBatchRunner, type RunnerParts } from './run-batch.ts';

export type SinkPorts = {
  readonly log: Log;
  readonly registry: Registry;
  readonly clickHouse: ClickHouse;
};

export async function startSink(
  config: Config,
  ports: SinkPorts,
  around: Surroundings,
): Promise<Running> {
  const { sink } = config;
  const { clickHouse, log, registry } = ports;
  const { logger, metrics } = around;
  const topic = `${config.topics.prefix}.governed`;
  const ask = <T>(what: string, where: string, attempt: () => Promise<T>): Promise<T> =>
    keepTrying({ what, where }, attempt, around);

  const columns = await ask('ClickHouse', clickHouse.where, () =>
    prepareTables(clickHouse, logger),
  );
  const layouts = createLayouts(topic, columns);
  const learn = schemaLearner({
    ...layouts,
    ask: (id) => ask('the registry', config.registry.url, () => registry.schemaById(id)),
    nowMs: () => around.clock.now(),
  });
  const lag = trackLag(around, topic);
  const repeated = metrics.counter('repeats_skipped', 'Governed records skipped as repeats.', [
    'partition',
  ]);
  // There from the start, so that the first refusal is an increase.
  metrics.accepted('store', 0);
  metrics.refused('store', 'SPINE_ENCODE_FAILED', 0);
  const store = timed(clickHouseStore(clickHouse, { timeoutMs: sink.insert_timeout_ms }), around);
  const tell = (token: string, error: SpineError): void => {
    metrics.refused('store', 'SPINE_ENCODE_FAILED');
    const { found } = error.facts;
    logger.error(
      { code: error.code, token, found },
      'the store refused a row; it is a dead letter',
    );
  };
  const reader = await log.reader(readerOptions(sink, topic));
  const runner = createBatchRunner({
    reader,
    insert: {
      store,
      isDataError,
      topic,
      generation: sink.generation,
      containerOf: (schemaId) => layouts.of(schemaId).container,
      columnsOf: (schemaId, table) => layouts.of(schemaId).columns[table],
      refuse: (record, token, error) => refuseRow({ store, layouts, tell }, record, token, error),
    },
    limits: { rowsMax: sink.batch_rows_max, bytesMax: sink.batch_bytes_max },
    learnSchemas: (batch: LogBatch) => learn(batch.records),
    untilStored: untilStored((attempt) => ask('ClickHouse', clickHouse.where, attempt)),
    count: ({ rows, deadLetters, repeats, partition, lag: behind, timestampMs }) => {
      metrics.accepted('store', rows + deadLetters);
      if (repeats > 0) repeated.add({ partition }, repeats);
      lag.finished(partition, behind, timestampMs);
    },
  });
  reader.onAssigned((assigned) => {
    lag.reassigned();
    logger.info({ topic, partitions: (assigned.get(topic) ?? []).join(',') }, 'assigned');
  });
  await ask('Kafka', config.kafka.brokers.join(','), () => log.ping());
  await reader.run(runner.handle);
  logger.info({ topic, database: clickHouse.database }, 'ready');
  return { stop: () => reader.stop(), closed: reader.closed() };
}

const FETCH_MIN_BYTES = 2 * 1024 * 1024;
const FETCH_MAX_BYTES = 8 * 1024 * 1024;
const PARTITIONS_CONCURRENTLY = 4;

function readerOptions(sink: Config['sink'], topic: string): ReaderOptions {
  return {
    groupId: sink.group_id,
    topics: [topic],
    sessionTimeoutMs: sink.session_timeout_ms,
    heartbeatIntervalMs: sink.heartbeat_interval_ms,
    // The broker gathers the batch: it answers once this much is there, or the wait is over.
    minBytes: Math.min(sink.batch_bytes_max, FETCH_MIN_BYTES),
    maxWaitMs: sink.batch_wait_ms,
    maxBytesPerPartition: Math.min(sink.batch_bytes_max, FETCH_MAX_BYTES),
    partitionsConcurrently: PARTITIONS_CONCURRENTLY,
  };
}

/** Tells metrics how long each insert took that was answered, and what it held. */
function timed(store: Store, { clock, metrics }: Surroundings): Store {
  return {
    ...store,
    insert: async (batch) => {
      const startedMs = clock.now();
      await store.insert(batch);
      const bytes = batch.container.reduce((sum, piece) => sum + piece.length, 0);
      metrics.batch('store', (clock.now() - startedMs) / 1000, batch.rows, bytes);
    },
  };
}

/**
 * Asks again until the store answers, but ends at once when the partition is lost: its new owner
 * stores the range, and waiting on would keep this member from joining again.
 */
function untilStored(
  ask: (attempt: () => Promise<void>) => Promise<void>,
): RunnerParts['untilStored'] {
  return async (attempt, control) => {
    const lost: unknown[] = [];
    await ask(async () => {
      try {
        await control.heartbeat();
      } catch (error) {
        lost.push(error);
        return;
      }
      await attempt();
    });
    if (lost.length > 0) throw lost[0];
  };
}
