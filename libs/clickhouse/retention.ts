// How long each class of data is kept, for all and for single tenants, and how a database is
// brought to it. A class is a set of tables or columns; the time is the one Kafka took the record.
// Guarantees: what is in force already is not touched; a table of no class is left alone; other
// things than TTLs are never changed. A shorter time deletes at the next merges, for good.
// Example: await applyRetention(ch, { days: DEFAULT_DAYS, tenants: [{ tenant: 'acme', of: 'events',
// days: 30 }] })
import type { ClickHouse } from './connect.ts';

/**
 * bodies: texts that agents read and wrote. events: what happened. findings: what was made of it.
 */
export const RETENTION_CLASSES = ['bodies', 'events', 'rollups', 'findings'] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

export type Retention = {
  readonly days: Readonly<Record<RetentionClass, number>>;
  /** Other times of single tenants. */
  readonly tenants: readonly TenantRetention[];
};

export type TenantRetention = {
  readonly tenant: string;
  readonly of: RetentionClass;
  readonly days: number;
};

/** Columns of events that hold bodies. */
export const BODIES: readonly string[] = ['input', 'output', 'rationale', 'feedback_comment'];

const ARRIVAL = 'toDateTime(ingested_at)';
const DAY = 'ingested_on';
type Kept = { readonly of: RetentionClass; readonly time: string; readonly hasTenant: boolean };

/** The tables that are kept by class, and the time of a row. */
export const KEPT: Readonly<Record<string, Kept>> = {
  events: { of: 'events', time: ARRIVAL, hasTenant: true },
  dead_letters: { of: 'events', time: ARRIVAL, hasTenant: true },
  trace_index: { of: 'events', time: DAY, hasTenant: true },
  lineage: { of: 'events', time: ARRIVAL, hasTenant: true },
  stats_5m: { of: 'rollups', time: DAY, hasTenant: true },
  hist_5m: { of: 'rollups', time: DAY, hasTenant: true },
  cat_1h: { of: 'rollups', time: DAY, hasTenant: true },
  violations: { of: 'findings', time: ARRIVAL, hasTenant: true },
  decisions: { of: 'findings', time: ARRIVAL, hasTenant: true },
  results: { of: 'findings', time: ARRIVAL, hasTenant: true },
};

export type TtlChange = {
  readonly table: string;
  /** Empty for the whole row. */
  readonly column: string;
  readonly from: string;
  readonly to: string;
};

/** Changes what differs and says what it changed. */
export async function applyRetention(
  ch: ClickHouse,
  retention: Retention,
): Promise<readonly TtlChange[]> {
  const changes = changesOf(await ttlsOf(ch), retention);
  for (const { table, column, to } of changes) {
    const what = column === '' ? 'MODIFY TTL' : `MODIFY COLUMN ${column} TTL`;
    await ch.command(`ALTER TABLE ${ch.database}.${table} ${what} ${to}`);
  }
  return changes;
}

export type Ttl = { readonly table: string; readonly column: string; readonly ttl: string };

/** Pure. found: what is in force, tables and columns that are not there are left out. */
export function changesOf(found: readonly Ttl[], retention: Retention): readonly TtlChange[] {
  return found.flatMap(({ table, column, ttl }) => {
    const kept = KEPT[table];
    if (kept === undefined || (column !== '' && !BODIES.includes(column))) return [];
    const to = ttlOf(kept, column === '' ? kept.of : 'bodies', retention);
    return ttl === to ? [] : [{ table, column, from: ttl, to }];
  });
}

/** As ClickHouse writes it, so that the two can be compared. */
export function ttlOf(kept: Kept, of: RetentionClass, retention: Retention): string {
  const own = retention.tenants.filter((one) => one.of === of);
  const days = retention.days[of];
  if (!kept.hasTenant || own.length === 0) return `${kept.time} + toIntervalDay(${days})`;
  const tenants = own.map(({ tenant }) => `'${tenant}'`).join(', ');
  const times = own.map((one) => one.days).join(', ');
  return `${kept.time} + toIntervalDay(transform(tenant_id, [${tenants}], [${times}], ${days}))`;
}

async function ttlsOf(ch: ClickHouse): Promise<readonly Ttl[]> {
  const tables = await ch.query<{ name: string; text: string }>(
    `SELECT name, create_table_query AS text FROM system.tables
     WHERE database = {database:String} AND name IN {names:Array(String)}`,
    { database: ch.database, names: Object.keys(KEPT) },
  );
  return tables.flatMap(({ name, text }) => [
    { table: name, column: '', ttl: rowTtl(text) },
    ...BODIES.flatMap((column) => {
      const ttl = columnTtl(text, column);
      return ttl === undefined ? [] : [{ table: name, column, ttl }];
    }),
  ]);
}

/** Of a CREATE TABLE as the server gives it back. Empty where rows are kept for ever. */
export function rowTtl(createTable: string): string {
  return (
    /\bORDER BY [\s\S]*?\bTTL ([\s\S]*?)(?: SETTINGS\b|$)/.exec(createTable)?.[1]?.trim() ?? ''
  );
}

/** Undefined where the table has no such column. */
export function columnTtl(createTable: string, column: string): string | undefined {
  const line = new RegExp(`\`${column}\` String\\b(.*?)(?:, \`|\\) ENGINE|, INDEX )`, 's').exec(
    createTable,
  )?.[1];
  if (line === undefined) return undefined;
  return /\bTTL (.*)$/s.exec(line)?.[1]?.trim() ?? '';
}
