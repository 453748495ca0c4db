// Brings the tables to the shape the sink needs, before the first record is read.
// Guarantees: every setting that exactly-once rests on is asserted, whatever the server's version
// defaults to.
// Example: const columns = await prepareTables(clickHouse, logger); columns.get('events')
import { assertSettings } from '@agentspine/clickhouse/assert-settings';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { migrate } from '@agentspine/clickhouse/migrate';
import type { Logger } from '@agentspine/observe/log';
import type { TableColumns } from './layouts.ts';

/**
 * Inserts every table remembers for deduplication; at 1 insert a second and partition, hours of
 * outage.
 */
const DEDUPLICATION_WINDOW = 10_000;

export async function prepareTables(clickHouse: ClickHouse, logger: Logger): Promise<TableColumns> {
  const applied = await migrate(clickHouse, { window: DEDUPLICATION_WINDOW });
  if (applied.length > 0) logger.info({ migration: applied.join(', ') }, 'migrated');
  await assertSettings(clickHouse, { window: DEDUPLICATION_WINDOW });
  const rows = await clickHouse.query<{ table: string; names: string[] }>(
    `SELECT table, groupArray(name) AS names FROM system.columns
     WHERE database = {database:String} AND table IN ('events', 'dead_letters') GROUP BY table`,
    { database: clickHouse.database },
  );
  return new Map(rows.map(({ table, names }) => [table, new Set(names)]));
}
