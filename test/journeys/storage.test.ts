// Storage on the real ClickHouse engine: a new rollup is filled in while events arrive, without a
// gap or a double count; a retention of classes and tenants deletes what it says and nothing else;
// what things take on disk adds up; an older schema with data comes to today's.
import { backfill, listRollups } from '@agentspine/clickhouse/backfill';
import { connectClickHouse, type ClickHouse } from '@agentspine/clickhouse/connect';
import { loadMigrations, migrate, type Migration } from '@agentspine/clickhouse/migrate';
import { runQuery } from '@agentspine/clickhouse/query';
import { applyRetention, type Retention } from '@agentspine/clickhouse/retention';
import { freedBy, readStorage } from '@agentspine/clickhouse/storage';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { dropDatabase, governedLog, insertRows, numberOf, openDatabase } from './governed-rows.ts';

const url = inject('clickhouseUrl');
const nowMs = Date.now();
const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;

/** A rollup of a later release. */
const LATER: Migration = {
  version: 9_000,
  name: '9000_tool_1h',
  sql: `CREATE TABLE IF NOT EXISTS {database}.tool_1h
    (hour DateTime('UTC'), tool_name String, ingested_on Date, n UInt64)
    ENGINE = SummingMergeTree(n) PARTITION BY toYYYYMM(ingested_on) ORDER BY (tool_name, hour, ingested_on)
    SETTINGS non_replicated_deduplication_window = {window}, fsync_after_insert = 1, fsync_part_directory = 1;
    CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.tool_1h_mv TO {database}.tool_1h AS
    SELECT toStartOfHour(e.event_time) AS hour, tool_name, toDate(e.ingested_at) AS ingested_on, count() AS n
    FROM {database}.events AS e
    WHERE kind = 'tool_call' AND e.ingested_at >= toDateTime64('{cut}', 6, 'UTC')
    GROUP BY hour, tool_name, ingested_on`,
};

const SUMS = 'SELECT hour, tool_name, toUInt64(sum(n)) AS n FROM tool_1h GROUP BY ALL ORDER BY ALL';
const TRUTH = `SELECT toStartOfHour(event_time) AS hour, CAST(tool_name, 'String') AS tool_name,
  count() AS n FROM events WHERE kind = 'tool_call' GROUP BY ALL ORDER BY ALL`;

describe('a new rollup is filled in', () => {
  let ch: ClickHouse;
  let cutUs = 0;
  const log = governedLog({ nowMs });
  const calls = (count: number, ingestedUs: (at: number) => number): GovernedRow[] =>
    Array.from({ length: count }, (_, at) => {
      const ingested_at = ingestedUs(at);
      const row = { kind: 'tool_call', tool_name: `tool-${at % 3}`, ingested_at } as const;
      return log.row({ ...row, event_time: ingested_at - 5_000_000 });
    });
  const before = (at: number): number => cutUs - 1 - at * 97_000_000;
  const after = (at: number): number => cutUs + at * 1_000;

  beforeAll(async () => {
    const database = `t_backfill_${process.pid}_${nowMs}`;
    ch = connectClickHouse({ url, database, username: 'default', password: '' });
    await migrate(ch, { window: 10_000 });
    await insertRows(
      ch,
      calls(2_000, (at) => nowMs * 1000 - at * 97_000_000),
      'stored',
    );
    const migrations = [...loadMigrations(), LATER];
    await migrate(ch, { window: 10_000, migrations, cutAheadSeconds: 1 });
    const cut = (await listRollups(ch)).find(({ rollup }) => rollup === 'tool_1h')?.cut ?? '';
    cutUs = Date.parse(`${cut.replace(' ', 'T')}Z`) * 1000;
  });
  afterAll(() => dropDatabase(ch));

  test('its view counts from its cut on, and not a row of before', async () => {
    expect(cutUs).toBeGreaterThan(nowMs * 1000);
    // What the sink had under way when the view came, and what came after the cut.
    await insertRows(ch, calls(100, before), 'under-way');
    await insertRows(ch, calls(100, after), 'after-the-cut');
    expect(await numberOf(ch, 'SELECT sum(n) AS n FROM tool_1h')).toBe(100);
  });

  test('not before everything of before the cut is stored', async () => {
    let last = '';
    await expect
      .poll(
        async () => {
          const isStored = () => Promise.resolve(false);
          ({ wait: last } = await backfill(ch, { rollup: 'tool_1h', isStored }));
          return last;
        },
        { timeout: 20_000 },
      )
      .toContain('is stored yet');
    expect(await numberOf(ch, 'SELECT sum(n) AS n FROM tool_1h')).toBe(100);
  });

  test('while events arrive, stopped half-way and begun again: no gap, no double count', async () => {
    const isStored = () => Promise.resolve(true);
    const stopped = new AbortController();
    let arriving: Promise<void> = Promise.resolve();
    const first = backfill(ch, {
      rollup: 'tool_1h',
      isStored,
      signal: stopped.signal,
      onHour: (done) => {
        arriving = arriving.then(() => insertRows(ch, calls(50, after), `meanwhile-${done}`));
        if (done === 5) stopped.abort(new Error('stopped'));
      },
    });
    await expect(first).rejects.toThrow('stopped');
    await arriving;
    expect(await ch.query(SUMS)).not.toEqual(await ch.query(TRUTH));
    // The fifth hour was inserted, and died before its note: its token knows it.
    await ch.command(
      `ALTER TABLE rollup_backfills DELETE WHERE hour IN
        (SELECT max(hour) FROM rollup_backfills) SETTINGS mutations_sync = 2`,
    );
    const second = await backfill(ch, { rollup: 'tool_1h', isStored });
    expect(second).toMatchObject({ wait: '', alreadyThere: 4 });
    expect(await ch.query(SUMS)).toEqual(await ch.query(TRUTH));
    const third = await backfill(ch, { rollup: 'tool_1h', isStored });
    expect(third).toMatchObject({ wait: '', hours: second.hours });
    expect(await ch.query(SUMS)).toEqual(await ch.query(TRUTH));
  });

  test('one that has counted since the first event lacks nothing, an unknown one is refused', async () => {
    const isStored = () => Promise.resolve(true);
    expect(await backfill(ch, { rollup: 'stats_5m', isStored })).toMatchObject({ hours: 0 });
    await expect(backfill(ch, { rollup: 'nothing', isStored })).rejects.toMatchObject({
      code: 'SPINE_NOT_FOUND',
    });
    const fresh = await openDatabase(url, 'fresh');
    await migrate(fresh.ch, { window: 10_000, migrations: [...loadMigrations(), LATER] });
    const rollup = (await listRollups(fresh.ch)).find((one) => one.rollup === 'tool_1h');
    expect(rollup?.cut).toBe('');
    await fresh.close();
  });
});

describe('retention and size', () => {
  const days = { bodies: 30, events: 180, rollups: 400, findings: 400 };
  const retention: Retention = {
    days: { ...days, events: 60 },
    tenants: [
      { tenant: 'short', of: 'events', days: 10 },
      { tenant: 'acme', of: 'bodies', days: 3 },
    ],
  };
  let db: Awaited<ReturnType<typeof openDatabase>>;
  beforeAll(async () => {
    db = await openDatabase(url, 'retention');
    const log = governedLog({ nowMs });
    const rows = ['acme', 'short'].flatMap((tenant_id) =>
      [1, 5, 20, 40, 70].flatMap((age) =>
        Array.from({ length: 40 }, () => {
          const ingested_at = nowMs * 1000 - age * DAY_US;
          return log.row({ tenant_id, ingested_at, agent_version: String(age) });
        }),
      ),
    );
    await insertRows(db.ch, rows, 'retention');
  });
  afterAll(() => db.close());

  test('sizes add up: tenants and days to the tables, what would go to what is older', async () => {
    const all = await readStorage(db.ch, { tenant: '' });
    const events = all.tables.find(({ table }) => table === 'events');
    expect(events).toMatchObject({ rows: 400, of: 'events' });
    const rowsOf = Object.fromEntries(all.tenants.map(({ tenant, rows }) => [tenant, rows]));
    expect(rowsOf).toEqual({ acme: 200, short: 200 });
    const sum = (sizes: readonly { readonly bytes: number }[]): number =>
      sizes.reduce((total, { bytes }) => total + bytes, 0);
    expect(Math.abs(sum(all.days) / (events?.bytes ?? 0) - 1)).toBeLessThan(0.01);
    const tables = sum(all.tables.filter(({ of }) => of !== ''));
    expect(Math.abs(sum(all.tenants) / tables - 1)).toBeLessThan(0.01);
    expect(all.days.map(({ rows }) => rows)).toEqual([80, 80, 80, 80, 80]);
    const one = await readStorage(db.ch, { tenant: 'short' });
    expect(one.tables.find(({ table }) => table === 'events')?.rows).toBe(200);
    expect(one.days.map(({ rows }) => rows)).toEqual([40, 40, 40, 40, 40]);
    const freed = await freedBy(db.ch, { of: 'events', days: 30, tenant: 'short' });
    expect(freed.find(({ table }) => table === 'events')).toMatchObject({ rows: 80 });
    const bodies = await freedBy(db.ch, { of: 'bodies', days: 3, tenant: '' });
    expect(bodies).toMatchObject([{ table: 'events', rows: 320 }]);
  });

  test('a class and a tenant go when their time is over; repeating it changes nothing', async () => {
    const changes = await applyRetention(db.ch, retention);
    expect(changes.map(({ table, column }) => `${table} ${column}`.trim()).toSorted()).toEqual([
      'dead_letters',
      'events',
      'events feedback_comment',
      'events input',
      'events output',
      'events rationale',
      'lineage',
      'trace_index',
    ]);
    expect(await applyRetention(db.ch, retention)).toEqual([]);
    await db.ch.command('OPTIMIZE TABLE events FINAL');
    const left = await db.ch.query(
      `SELECT tenant_id, agent_version AS age, count() AS n, max(input != '') AS has_body
       FROM events GROUP BY ALL ORDER BY tenant_id, toUInt8(age)`,
    );
    expect(left).toEqual([
      { tenant_id: 'acme', age: '1', n: 40, has_body: 1 },
      { tenant_id: 'acme', age: '5', n: 40, has_body: 0 },
      { tenant_id: 'acme', age: '20', n: 40, has_body: 0 },
      { tenant_id: 'acme', age: '40', n: 40, has_body: 0 },
      { tenant_id: 'short', age: '1', n: 40, has_body: 1 },
      { tenant_id: 'short', age: '5', n: 40, has_body: 1 },
    ]);
  });
});

describe('an older schema comes to today’s with its data', () => {
  test('what was stored before answers today’s questions, and what comes after is stored', async () => {
    const database = `t_older_${process.pid}_${nowMs}`;
    const ch = connectClickHouse({ url, database, username: 'default', password: '' });
    const older = loadMigrations().filter(({ version }) => version <= 5);
    expect(await migrate(ch, { window: 10_000, migrations: older })).toHaveLength(5);
    const log = governedLog({ nowMs, conversation_id: 'c-1' });
    const call = { kind: 'tool_call', tool_name: 'pay', duration_ns: 1e6 } as const;
    const some = (n: number) => Array.from({ length: n }, () => log.row(call));
    await insertRows(ch, some(80), 'before');
    const counts = async () => [
      await numberOf(ch, 'SELECT count() AS n FROM events'),
      await numberOf(ch, 'SELECT sum(events) AS n FROM stats_5m'),
      await numberOf(ch, 'SELECT sum(events) AS n FROM trace_index'),
    ];
    expect(await counts()).toEqual([80, 80, 80]);
    const rest = loadMigrations().filter(({ version }) => version > 5);
    expect(await migrate(ch, { window: 10_000 })).toEqual(rest.map(({ name }) => name));
    expect(await counts()).toEqual([80, 80, 80]);
    await insertRows(ch, some(8), 'after');
    await insertRows(ch, [log.row({ source_offset: 0 })], 'before');
    expect(await counts()).toEqual([88, 88, 88]);
    const range = { since: new Date(nowMs - 86_400_000), until: new Date(nowMs + 86_400_000) };
    expect(await runQuery(ch, 'sessions', range)).toMatchObject([{ runs: 11, events: 88 }]);
    const path = await runQuery(ch, 'critical-path', { id: 'run-0' });
    expect(path.length).toBeGreaterThan(0);
    await dropDatabase(ch);
  });
});
