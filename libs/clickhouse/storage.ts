// What the store takes on disk: by table, column, tenant and day of arrival, and what a shorter
// retention would free. Read from the server's own parts; a tenant's bytes are its rows' share of
// each partition, since rows of tenants share parts.
// Guarantees: changes nothing; numbers of what is there now, before merges that are under way.
// Example: const { tables, tenants } = await readStorage(ch, { tenant: '' })
import type { ClickHouse } from './connect.ts';
import { BODIES, KEPT, rowTtl, type RetentionClass } from './retention.ts';

export type TableSize = {
  readonly table: string;
  /** Class of docs/operate.md; empty for tables of no class. */
  readonly of: RetentionClass | '';
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
  /** As the server writes it; empty for ever. */
  readonly kept: string;
};

export type ColumnSize = {
  readonly table: string;
  readonly column: string;
  readonly bytes: number;
  readonly raw_bytes: number;
};
export type TenantSize = { readonly tenant: string; readonly rows: number; readonly bytes: number };
export type DaySize = { readonly day: string; readonly rows: number; readonly bytes: number };

export type Storage = {
  readonly tables: readonly TableSize[];
  /** The largest, of parts that are split by column (128 MiB and more). */
  readonly columns: readonly ColumnSize[];
  /** Of all tables together; rows are those of events. */
  readonly tenants: readonly TenantSize[];
  /** Of events, by the day Kafka took them. */
  readonly days: readonly DaySize[];
};

/** tenant: this one alone, columns left out; empty for all. */
export async function readStorage(
  ch: ClickHouse,
  { tenant, columnsMax = 15 }: { readonly tenant: string; readonly columnsMax?: number },
): Promise<Storage> {
  const sizes = await tableSizes(ch);
  const shares = await rowShares(
    ch,
    sizes.map(({ table }) => table),
  );
  const columns = tenant === '' ? await columnSizes(ch, columnsMax) : [];
  return {
    tables: sizes.map((size) => (tenant === '' ? size : ofTenant(size, shares, tenant))),
    columns,
    tenants: tenantSizes(shares).filter((one) => tenant === '' || one.tenant === tenant),
    days: daySizes(shares, tenant),
  };
}

export type Freed = { readonly table: string; readonly rows: number; readonly bytes: number };

/** What would go if a class were kept for so many days from now on. */
export async function freedBy(
  ch: ClickHouse,
  change: { readonly of: RetentionClass; readonly days: number; readonly tenant: string },
): Promise<readonly Freed[]> {
  const sizes = await tableSizes(ch);
  if (change.of === 'bodies') return [await freedBodies(ch, change)];
  const names = sizes.filter(({ of }) => of === change.of).map(({ table }) => table);
  const shares = await rowShares(ch, names, change.days);
  return names.map((table) => {
    const old = shares.filter((share) => share.table === table && isOf(share, change.tenant));
    return { table, rows: sum(old, (one) => one.old), bytes: sum(old, oldBytes) };
  });
}

type Share = {
  readonly table: string;
  readonly day: string;
  readonly tenant: string;
  readonly rows: number;
  /** Of these, rows beyond the days asked for. */
  readonly old: number;
  readonly bytes: number;
};

async function tableSizes(ch: ClickHouse): Promise<readonly TableSize[]> {
  const rows = await ch.query<Omit<TableSize, 'of' | 'kept'> & { text: string }>(
    `SELECT t.name AS table, p.rows AS rows, p.bytes AS bytes, p.parts AS parts, t.create_table_query AS text
     FROM system.tables AS t
     LEFT JOIN
     (
       SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts
       FROM system.parts WHERE active AND database = {database:String} GROUP BY table
     ) AS p ON p.table = t.name
     WHERE t.database = {database:String} AND t.engine LIKE '%MergeTree'
     ORDER BY bytes DESC, table`,
    { database: ch.database },
  );
  return rows.map(({ text, ...size }) => ({
    ...size,
    of: KEPT[size.table]?.of ?? '',
    kept: rowTtl(text),
  }));
}

/** Rows by partition, tenant and day; the bytes of a partition are dealt out by rows. */
async function rowShares(
  ch: ClickHouse,
  tables: readonly string[],
  keepDays = 100_000,
): Promise<readonly Share[]> {
  const shares: Share[] = [];
  for (const table of tables) {
    const kept = KEPT[table];
    if (kept === undefined) continue;
    const rows = await ch.query<Omit<Share, 'table'>>(
      `SELECT toString(day) AS day, tenant, sum(n) AS rows, sum(is_old * n) AS old,
         sum(toFloat64(n) / part_rows * part_bytes) AS bytes
       FROM
       (
         SELECT _partition_id AS part, toDate(${kept.time}) AS day, CAST(tenant_id, 'String') AS tenant,
           day < today() - {keep:Int32} AS is_old, count() AS n
         FROM ${table} GROUP BY part, day, tenant
       ) AS r
       INNER JOIN
       (
         SELECT partition_id, sum(rows) AS part_rows, sum(bytes_on_disk) AS part_bytes
         FROM system.parts WHERE active AND database = {database:String} AND table = {table:String}
         GROUP BY partition_id
       ) AS p ON p.partition_id = r.part
       GROUP BY day, tenant ORDER BY day, tenant`,
      { database: ch.database, table, keep: keepDays },
    );
    shares.push(...rows.map((row) => ({ ...row, table })));
  }
  return shares;
}

async function columnSizes(ch: ClickHouse, max: number): Promise<readonly ColumnSize[]> {
  return ch.query<ColumnSize>(
    `SELECT table, column, sum(column_data_compressed_bytes) AS bytes,
       sum(column_data_uncompressed_bytes) AS raw_bytes
     FROM system.parts_columns WHERE active AND database = {database:String}
     GROUP BY table, column HAVING bytes > 0 ORDER BY bytes DESC, table, column LIMIT {max:UInt32}`,
    { database: ch.database, max },
  );
}

/** The bodies of days that are older, by the partitions of events that are split by column. */
async function freedBodies(
  ch: ClickHouse,
  { days, tenant }: { readonly days: number; readonly tenant: string },
): Promise<Freed> {
  const [freed] = await ch.query<{ rows: number; bytes: number }>(
    `SELECT sum(r.n) AS rows, sum(toFloat64(r.n) / r.all * p.bytes) AS bytes
     FROM
     (
       SELECT _partition_id AS part, countIf({tenant:String} = '' OR tenant_id = {tenant:String}) AS n, count() AS all
       FROM events WHERE toDate(ingested_at) < today() - {days:Int32} GROUP BY part
     ) AS r
     LEFT JOIN
     (
       SELECT partition_id, sum(column_data_compressed_bytes) AS bytes
       FROM system.parts_columns
       WHERE active AND database = {database:String} AND table = 'events' AND column IN {bodies:Array(String)}
       GROUP BY partition_id
     ) AS p ON p.partition_id = r.part`,
    { database: ch.database, bodies: BODIES, tenant, days },
  );
  return { table: 'events', rows: freed?.rows ?? 0, bytes: Math.round(freed?.bytes ?? 0) };
}

function tenantSizes(shares: readonly Share[]): readonly TenantSize[] {
  const tenants = [...new Set(shares.map(({ tenant }) => tenant))];
  return tenants
    .map((tenant) => {
      const own = shares.filter((share) => share.tenant === tenant);
      const events = own.filter(({ table }) => table === 'events');
      return { tenant, rows: sum(events, (one) => one.rows), bytes: sum(own, (one) => one.bytes) };
    })
    .toSorted((a, b) => b.bytes - a.bytes || (a.tenant < b.tenant ? -1 : 1));
}

function daySizes(shares: readonly Share[], tenant: string): readonly DaySize[] {
  const events = shares.filter((share) => share.table === 'events' && isOf(share, tenant));
  return [...new Set(events.map(({ day }) => day))].toSorted().map((day) => {
    const own = events.filter((share) => share.day === day);
    return { day, rows: sum(own, (one) => one.rows), bytes: sum(own, (one) => one.bytes) };
  });
}

function ofTenant(size: TableSize, shares: readonly Share[], tenant: string): TableSize {
  const own = shares.filter((share) => share.table === size.table && share.tenant === tenant);
  return { ...size, rows: sum(own, (one) => one.rows), bytes: sum(own, (one) => one.bytes) };
}

function isOf(share: Share, tenant: string): boolean {
  return tenant === '' || share.tenant === tenant;
}

function oldBytes({ rows, old, bytes }: Share): number {
  return rows === 0 ? 0 : (bytes * old) / rows;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return Math.round(items.reduce((total, item) => total + of(item), 0));
}
