// Puts the sink together: governed log → batches → ClickHouse, over ports that may be real or in
// memory.
// Guarantees: migrates and asserts every setting exactly-once rests on before the first record is
// read; waits for whatever is away and says so once. Example: const running = await
// startSink(config, ports, around)
import { assertSettings } from '@agentspine/clickhouse/assert-settings';
import { clickHouseStore } from '@agentspine/clickhouse/clickhouse-store';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { migrate } from '@agentspine/clickhouse/migrate';
import { isDataError } from '@agentspine/clickhouse/refusal';
import type { Config } from '@agentspine/config/config-schema';
import type { Log, LogBatch } from '@agentspine/kafka/port';
import { keepTrying } from '@agentspine/observe/keep-trying';
import type { Running, Surroundings } from '@agentspine/observe/run-service';
import { SpineError } from '@agentspine/outcome/errors';
import { containerOf, type Container } from '@agentspine/wire/avro-container';
import { schemaLearner } from '@agentspine/wire/learn-schemas';
import type { Registry } from '@agentspine/wire/registry';
import type { SchemaJson } from '@agentspine/wire/schemas';
import { checkPrefix } from './governed-prefix.ts';
import type { Table } from './insert.ts';
import { createBatchRunner } from './run-batch.ts';

export type SinkPorts = {
  readonly log: Log;
  readonly registry: Registry;
  readonly clickHouse: ClickHouse;
};

/**
 * Inserts every table remembers for deduplication; at 1 insert a second and partition, hours of
 * outage.
 */
export const DEDUPLICATION_WINDOW = 10_000;

type Layout = {
  readonly container: Container;
  readonly columns: Readonly<Record<Table, readonly string[]>>;
};

export async function startSink(
  config: Config,
  ports: SinkPorts,
  around: Surroundings,
): Promise<Running> {
  const { sink, topics } = config;
  const { clickHouse, log, registry } = ports;
  const { logger, metrics, progress } = around;
  const topic = `${topics.prefix}.governed`;
  const ask = <T>(what: string, where: string, attempt: () => Promise<T>): Promise<T> =>
    keepTrying({ what, where }, attempt, around);

  const tableColumns = await ask('ClickHouse', clickHouse.where, async () => {
    const applied = await migrate(clickHouse, { window: DEDUPLICATION_WINDOW });
    if (applied.length > 0) logger.info({ migration: applied.join(', ') }, 'migrated');
    await assertSettings(clickHouse, { window: DEDUPLICATION_WINDOW });
    return columnsByTable(clickHouse);
  });

  const layouts = new Map<number, Layout>();
  const layoutOf = (schemaId: number): Layout => {
    const layout = layouts.get(schemaId);
    if (layout !== undefined) return layout;
    throw unknownSchema(topic, schemaId);
  };
  const learn = schemaLearner({
    has: (id) => layouts.has(id),
    add: (id, schema) => {
      checkPrefix(schema, id);
      layouts.set(id, {
        container: containerOf(schema),
        columns: columnsFor(schema, tableColumns),
      });
    },
    ask: (id) => ask('the registry', config.registry.url, () => registry.schemaById(id)),
    nowMs: () => around.clock.now(),
  });

  const reader = await log.reader({
    groupId: sink.group_id,
    topics: [topic],
    sessionTimeoutMs: sink.session_timeout_ms,
    heartbeatIntervalMs: sink.heartbeat_interval_ms,
    // The broker gathers the batch: it answers once this much is there, or the wait is over.
    minBytes: Math.min(sink.batch_bytes_max, FETCH_MIN_BYTES),
    maxWaitMs: sink.batch_wait_ms,
    maxBytesPerPartition: Math.min(sink.batch_bytes_max, FETCH_MAX_BYTES),
    partitionsConcurrently: PARTITIONS_CONCURRENTLY,
  });
  const store = clickHouseStore(clickHouse, { timeoutMs: sink.insert_timeout_ms });
  const runner = createBatchRunner({
    reader,
    insert: {
      store,
      isDataError,
      topic,
      generation: sink.generation,
      containerOf: (schemaId) => layoutOf(schemaId).container,
      columnsOf: (schemaId, table) => layoutOf(schemaId).columns[table],
      refuse: async (_record, token, error) => {
        throw new SpineError('SPINE_DELIVERY_MISMATCH', {
          where: token,
          wanted: 'a record the store takes',
          found: error.facts.found ?? error.message,
          hint: 'The worker encoded what ClickHouse refuses; nothing is skipped. Compare `spine schemas check` with the tables, then restart.',
          cause: error,
        });
      },
    },
    limits: { rowsMax: sink.batch_rows_max, bytesMax: sink.batch_bytes_max },
    learnSchemas: (batch: LogBatch) => learn(batch.records),
    untilStored: (attempt, control) =>
      ask('ClickHouse', clickHouse.where, async () => {
        await control.heartbeat();
        await attempt();
      }),
    count: ({ rows, deadLetters, repeats, partition, lag }) => {
      metrics.accepted('store', rows + deadLetters);
      if (repeats > 0) repeated.add({ partition }, repeats);
      metrics.lag(topic, partition, lag);
      lags.set(partition, lag);
      progress.advanced();
      progress.waiting([...lags.values()].reduce((sum, behind) => sum + behind, 0));
    },
  });
  const lags = new Map<number, number>();
  const repeated = metrics.counter('repeats_skipped', 'Governed records skipped as repeats.', [
    'partition',
  ]);
  reader.onAssigned((assigned) => {
    for (const partition of lags.keys()) metrics.forgetLag(topic, partition);
    lags.clear();
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

async function columnsByTable(
  clickHouse: ClickHouse,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await clickHouse.query<{ table: string; names: string[] }>(
    `SELECT table, groupArray(name) AS names FROM system.columns
     WHERE database = {database:String} AND table IN ('events', 'dead_letters') GROUP BY table`,
    { database: clickHouse.database },
  );
  return new Map(rows.map(({ table, names }) => [table, new Set(names)]));
}

/**
 * A table takes the fields it has a column for; the others of the record are skipped by the server.
 */
function columnsFor(
  schema: SchemaJson,
  tables: ReadonlyMap<string, ReadonlySet<string>>,
): Layout['columns'] {
  const fields = (schema as unknown as { fields: { name: string }[] }).fields.map(
    (field) => field.name,
  );
  const of = (table: Table): string[] => fields.filter((name) => tables.get(table)?.has(name));
  return { events: of('events'), dead_letters: of('dead_letters') };
}

function unknownSchema(topic: string, schemaId: number): SpineError {
  return new SpineError('SPINE_REGISTRY_MISSING', {
    where: topic,
    wanted: 'governed records of a registered schema',
    found: `schema id ${schemaId}`,
  });
}
