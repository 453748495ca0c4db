// The store on the real ClickHouse engine: one copy whatever is repeated, in the table and in
// everything behind it; every value exact; migrations forward only; the settings it all rests on
// asserted; nothing expires by a producer's clock.
import { assertSettings } from '@agentspine/clickhouse/assert-settings';
import { clickHouseStore } from '@agentspine/clickhouse/clickhouse-store';
import { connectClickHouse, type ClickHouse } from '@agentspine/clickhouse/connect';
import { loadMigrations, migrate } from '@agentspine/clickhouse/migrate';
import { isDataError } from '@agentspine/clickhouse/refusal';
import { storeContract } from '@agentspine/clickhouse/store-contract';
import { DEAD_LETTER_COLUMNS } from '@agentspine/clickhouse/tables';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  containerFor,
  dropDatabase,
  EVENT_COLUMNS,
  governedLog,
  insertRows,
  numberOf,
  openDatabase,
} from './governed-rows.ts';

const url = inject('clickhouseUrl');
const nowMs = Date.now();
const DAY_US = 86_400_000_000;

/** What each table behind events says, in numbers that a second copy would change. */
const DERIVED = {
  events: 'SELECT count() AS n FROM events',
  dead_letters: 'SELECT count() AS n FROM dead_letters',
  trace_index: 'SELECT sum(events) AS n FROM trace_index',
  stats_5m: 'SELECT sum(events) AS n FROM stats_5m',
  hist_5m: 'SELECT sum(n) AS n FROM hist_5m',
  cat_1h: 'SELECT sum(n) AS n FROM cat_1h',
  violations: 'SELECT count() AS n FROM violations',
  lineage: 'SELECT count() AS n FROM lineage',
  decisions: 'SELECT count() AS n FROM decisions',
  results: 'SELECT count() AS n FROM results',
};

async function everything(ch: ClickHouse): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [table, sql] of Object.entries(DERIVED)) found[table] = await numberOf(ch, sql);
  return found;
}

/** A row that every rollup has something to say about. */
function telling(log: ReturnType<typeof governedLog>, at: number): GovernedRow {
  return log.row({
    kind: 'model_call',
    request_model: 'm-1',
    duration_ns: 1_000_000 + at,
    input_tokens: 100,
    usage_scope: 'own',
    cost_nano_usd: 5,
    verdicts: [
      {
        rule_id: 'R1',
        rule_version: 1,
        severity: 'high',
        status: 'monitor',
        action: 'flag',
        message: 'm',
      },
      {
        rule_id: 'R2',
        rule_version: 1,
        severity: 'low',
        status: 'shadow',
        action: 'flag',
        message: 'm',
      },
    ],
    data_context: [
      { urn: 'urn:x', role: 'input', version: '1', classification: '', fields: ['a'] },
    ],
  });
}

storeContract('ClickHouse', async () => {
  const { ch, close } = await openDatabase(url, 'contract');
  return {
    store: clickHouseStore(ch, { timeoutMs: 30_000 }),
    columns: EVENT_COLUMNS,
    container: (offsets) => {
      const log = governedLog({ nowMs });
      return containerFor(offsets.map((source_offset) => log.row({ source_offset })));
    },
    count: (offsets) =>
      numberOf(ch, `SELECT count() AS n FROM events WHERE source_offset IN (${offsets.join()})`),
    close,
  };
});

describe('an insert leaves one copy, everywhere', () => {
  let db: Awaited<ReturnType<typeof openDatabase>>;
  beforeAll(async () => {
    db = await openDatabase(url, 'once');
  });
  afterAll(() => db.close());

  test('three repeats of a token leave one copy in the table and in every view behind it', async () => {
    const log = governedLog({ nowMs });
    const rows = Array.from({ length: 500 }, (_, at) => telling(log, at));
    const markers = Array.from({ length: 7 }, () => log.marker());
    const markerBatch = {
      table: 'dead_letters',
      columns: DEAD_LETTER_COLUMNS,
      body: containerFor(markers),
      timeoutMs: 30_000,
    };
    await insertRows(db.ch, rows, '1:agent.events:0:0-499:events');
    await db.ch.insertAvro({ ...markerBatch, token: '1:agent.events:0:500-506:dead_letters' });
    const once = await everything(db.ch);
    expect(once).toMatchObject({
      events: 500,
      dead_letters: 7,
      trace_index: 500,
      violations: 1000,
    });
    expect(once).toMatchObject({ stats_5m: 500, hist_5m: 1500, cat_1h: 1000, lineage: 500 });
    for (let time = 0; time < 2; time += 1) {
      await insertRows(db.ch, rows, '1:agent.events:0:0-499:events');
      await db.ch.insertAvro({ ...markerBatch, token: '1:agent.events:0:500-506:dead_letters' });
    }
    expect(await everything(db.ch)).toEqual(once);
  });

  test('a decision and its outcome, stored three times under one token, are one of each', async () => {
    const log = governedLog({ nowMs, source_partition: 2 });
    const rows = [
      log.row({ kind: 'decision', phase: 'point', decision_id: 'd-1', decision_chosen: 'refund' }),
      log.row({ kind: 'outcome', phase: 'point', outcome_kpi: 'k', outcome_decision_id: 'd-1' }),
    ];
    for (let time = 0; time < 3; time += 1) {
      await insertRows(db.ch, rows, '1:agent.events:2:0-1:events');
    }
    expect(await everything(db.ch)).toMatchObject({ decisions: 1, results: 1 });
  });

  test('a large insert is one block in one partition, however wide its events are spread', async () => {
    const log = governedLog({ nowMs, source_partition: 1 });
    const rows = Array.from({ length: 20_000 }, (_, at) =>
      log.row({ event_time: (nowMs - at * 1_200_000) * 1000 }),
    );
    await insertRows(db.ch, rows, 'wide');
    // A part of level 0 is one block as it was inserted.
    const parts = await db.ch.query(`SELECT rows FROM system.parts WHERE table = 'events'
      AND database = '${db.ch.database}' AND level = 0 AND rows > 1000`);
    expect(parts).toEqual([{ rows: 20_000 }]);
  });

  test('a field the database has no column for is refused, and not as the fault of the bytes', async () => {
    const body = containerFor([governedLog({ nowMs }).row()]);
    const columns = [...EVENT_COLUMNS, 'of_a_newer_release'];
    const insert = { table: 'events', columns, body, token: 'newer', timeoutMs: 30_000 };
    const error: unknown = await db.ch.insertAvro(insert).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SPINE_CLICKHOUSE_REFUSED', retryable: true });
    expect(isDataError(error)).toBe(false);
  });
});

describe('every value comes back exactly', () => {
  test('numbers up to 2^53, microseconds, nanoseconds, NaN and any text', async () => {
    const { ch, close } = await openDatabase(url, 'exact');
    const text = 'Grüße 👋 \'quoted\' "double" \\ back\n\ttab { } $ ; -- /* */';
    const row = governedLog({ nowMs }).row({
      event_time: nowMs * 1000 + 123_457,
      duration_ns: 1_234_567_891,
      model_seed: Number.MAX_SAFE_INTEGER - 1,
      input: text,
      attributes: { 'a.b c': text },
      features: { x: -0.1, y: Number.NaN },
      alternatives: [{ label: 'a', score: 0.25, propensity: Number.NaN }],
      links: [{ trace_id: 't', span_id: 's', rel: 'retry_of' }],
      redactions: { email: 2 },
    });
    await insertRows(ch, [row], 'exact');
    const [found] = await ch.query(`SELECT toUnixTimestamp64Micro(event_time) AS event_time,
      duration_ns, toString(model_seed) AS model_seed, input, attributes, features, alternatives,
      links, redactions, isNaN(confidence) AS unknown, seq FROM events`);
    expect(found).toEqual({
      event_time: row.event_time,
      duration_ns: 1_234_567_891,
      model_seed: String(Number.MAX_SAFE_INTEGER - 1),
      input: text,
      attributes: { 'a.b c': text },
      features: { x: -0.1, y: null },
      alternatives: [{ label: 'a', score: 0.25, propensity: null }],
      links: [{ trace_id: 't', span_id: 's', rel: 'retry_of' }],
      redactions: { email: 2 },
      unknown: 1,
      seq: 0,
    });
    await close();
  });
});

describe('nothing expires by a producer’s clock', () => {
  test('an imported old event stays whole; one that Kafka took long ago goes, its body first', async () => {
    const { ch, close } = await openDatabase(url, 'ttl');
    const log = governedLog({ nowMs });
    const daysAgo = (days: number) => nowMs * 1000 - days * DAY_US;
    const rows = [
      log.row({ event_id: 'imported', event_time: daysAgo(900), start_time: daysAgo(900) }),
      log.row({ event_id: 'body gone', ingested_at: daysAgo(40) }),
      log.row({ event_id: 'gone', ingested_at: daysAgo(200) }),
    ];
    await insertRows(ch, rows, 'ttl');
    await ch.command('OPTIMIZE TABLE events FINAL');
    const left = await ch.query(
      "SELECT event_id, input != '' AS body FROM events ORDER BY event_id",
    );
    expect(left).toEqual([
      { event_id: 'body gone', body: 0 },
      { event_id: 'imported', body: 1 },
    ]);
    await close();
  });
});

describe('migrations go forward only', () => {
  test('two processes may start at once, a third finds nothing to do, an edit is refused', async () => {
    const database = `t_migrate_${process.pid}_${nowMs}`;
    const ch = connectClickHouse({ url, database, username: 'default', password: '' });
    const all = loadMigrations();
    const [first] = all;
    if (first === undefined) throw new Error('no migrations');
    // One that stopped half-way: its tables are there, its record is not.
    expect(await migrate(ch, { window: 10_000, migrations: [first] })).toEqual([first.name]);
    await ch.command('TRUNCATE TABLE schema_migrations');
    await Promise.all([migrate(ch, { window: 10_000 }), migrate(ch, { window: 10_000 })]);
    expect(await migrate(ch, { window: 10_000 })).toEqual([]);
    expect(await numberOf(ch, 'SELECT uniqExact(version) AS n FROM schema_migrations')).toBe(
      all.length,
    );
    const edited = all.map((one) => (one === first ? { ...one, sql: `${one.sql}\n-- more` } : one));
    await expect(migrate(ch, { window: 10_000, migrations: edited })).rejects.toMatchObject({
      code: 'SPINE_CLICKHOUSE_MIGRATION',
      facts: { where: first.name },
    });
    await dropDatabase(ch);
  });
});

describe('the settings are read back from the server', () => {
  test('a table or a target without its window is refused by name', async () => {
    const { ch, close } = await openDatabase(url, 'settings');
    const checked = await assertSettings(ch, { window: 10_000 });
    expect([...checked].toSorted()).toEqual(Object.keys(DERIVED).toSorted());
    await expect(assertSettings(ch, { window: 10_001 })).rejects.toMatchObject({
      code: 'SPINE_CLICKHOUSE_SETTING',
    });
    const setting = 'non_replicated_deduplication_window';
    await ch.command(`ALTER TABLE trace_index MODIFY SETTING ${setting} = 0`);
    await expect(assertSettings(ch, { window: 10_000 })).rejects.toMatchObject({
      facts: { where: `${ch.database}.trace_index`, found: '0' },
    });
    await ch.command(`ALTER TABLE trace_index MODIFY SETTING ${setting} = 10000`);
    await assertSettings(ch, { window: 10_000 });
    await ch.command(`CREATE MATERIALIZED VIEW own ENGINE = MergeTree ORDER BY run_id
      AS SELECT run_id FROM trace_index`);
    await expect(assertSettings(ch, { window: 10_000 })).rejects.toMatchObject({
      facts: { where: expect.stringContaining('.inner') as string },
    });
    await close();
  });

  test('a server that is not there is unreachable, and says where', async () => {
    const gone = 'http://127.0.0.1:1';
    const ch = connectClickHouse({ url: gone, database: 'd', username: 'default', password: '' });
    await expect(ch.ping()).rejects.toMatchObject({ code: 'SPINE_CLICKHOUSE_UNREACHABLE' });
    await expect(insertRows(ch, [governedLog({ nowMs }).row()], 't')).rejects.toMatchObject({
      code: 'SPINE_CLICKHOUSE_UNREACHABLE',
      retryable: true,
      facts: { where: `${gone}/d` },
    });
    await ch.close();
  });
});
