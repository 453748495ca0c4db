// The questions people ask, on the real ClickHouse engine: views and named queries give the numbers
// a plain count gives; a reader's SQL is bounded; the auditor finds what was taken from, added to
// or moved in the tables.
import { readFileSync } from 'node:fs';
import { auditDelivery, type AuditReport } from '@agentspine/clickhouse/audit';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { QUERY_NAMES, runQuery } from '@agentspine/clickhouse/query';
import { DEAD_LETTER_COLUMNS } from '@agentspine/clickhouse/tables';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { containerFor, governedLog, insertRows, numberOf, openDatabase } from './governed-rows.ts';

const url = inject('clickhouseUrl');
const nowMs = Date.now();
const range = { since: new Date(nowMs - 86_400_000), until: new Date(nowMs + 86_400_000) };

type Database = Awaited<ReturnType<typeof openDatabase>>;

async function insertMarkers(ch: ClickHouse, markers: readonly GovernedRow[], token: string) {
  const body = containerFor(markers);
  const columns = DEAD_LETTER_COLUMNS;
  await ch.insertAvro({ table: 'dead_letters', columns, body, token, timeoutMs: 30_000 });
}

const verdict = (rule_id: string, severity: string, status: string) => ({
  rule_id,
  rule_version: 1,
  severity,
  status,
  action: 'flag',
  message: `${rule_id} matched`,
});

describe('the questions have answers', () => {
  let db: Database;
  beforeAll(async () => {
    db = await openDatabase(url, 'questions');
    const log = governedLog({ nowMs, duration_ns: 0 });
    const rows: GovernedRow[] = [];
    // Run 0: a model call, an aggregate of it, a failed tool, a decision, an outcome, and the run's
    // end.
    const call = { kind: 'model_call', request_model: 'm-1', input_tokens: 100 } as const;
    rows.push(log.row({ kind: 'agent_run', phase: 'start', status: 'unset' }));
    rows.push(log.row({ ...call, usage_scope: 'own', cost_nano_usd: 2_000_000_000 }));
    rows.push(log.row({ ...call, usage_scope: 'aggregate', cost_nano_usd: 2_000_000_000 }));
    rows.push(
      log.row({
        kind: 'tool_call',
        tool_name: 'refund',
        status: 'error',
        error_type: 'Timeout',
        failure_mode: 'tool_timeout',
        duration_ns: 3_000_000_000,
        verdicts: [verdict('R1', 'high', 'monitor'), verdict('R2', 'critical', 'shadow')],
      }),
    );
    rows.push(log.row({ kind: 'decision', decision_chosen: 'deny', confidence: 0.25 }));
    rows.push(log.row({ kind: 'outcome', outcome_kpi: 'resolution', outcome_success: 1 }));
    rows.push(
      log.row({
        data_context: [
          { urn: 'urn:kb:1', role: 'input', version: '', classification: '', fields: [] },
        ],
      }),
    );
    rows.push(log.row({ kind: 'agent_run', phase: 'end', duration_ns: 5_000_000_000 }));
    // Runs 1 to 100: eight tool calls each, taking 1 to 800 ms.
    for (let at = 1; at <= 800; at += 1) {
      rows.push(
        log.row({
          kind: 'tool_call',
          tool_name: 'look',
          duration_ns: at * 1e6,
          agent_id: 'orders',
        }),
      );
    }
    await insertRows(db.ch, rows, 'questions');
    await insertMarkers(db.ch, [log.marker({ tenant_id: 'acme' }), log.marker()], 'questions:dead');
  });
  afterAll(() => db.close());

  test('v_runs tells a run on one line', async () => {
    const [run] = await db.ch.query("SELECT * FROM v_runs WHERE run_id = 'run-0'");
    expect(run).toMatchObject({
      tenant_id: 'acme',
      agent_id: 'refunds',
      status: 'ok',
      duration_ms: 5000,
      events: 8,
      errors: 1,
      model_calls: 2,
      tool_calls: 1,
      decisions: 1,
      input_tokens: 100,
      cost_usd: 2,
      violations: 1,
      shadow_violations: 1,
      worst_severity: 'high',
      outcome: 'success',
      min_confidence: 0.25,
    });
  });

  test('percentiles are within 2.2 % of the exact ones', async () => {
    const [row] = await runQuery(db.ch, 'latency', { ...range, agent: 'orders' });
    expect(row).toMatchObject({ agent_id: 'orders', subject: 'look', operations: 800 });
    const [exact] = await db.ch.query<{ q: number[] }>(`SELECT quantilesExact(0.5, 0.95, 0.99)(
      duration_ns / 1e6) AS q FROM events WHERE agent_id = 'orders'`);
    const found = [row?.p50_ms ?? 0, row?.p95_ms ?? 0, row?.p99_ms ?? 0];
    for (const [at, value] of found.entries()) {
      expect(Math.abs(value / (exact?.q[at] ?? 0) - 1)).toBeLessThan(0.03);
    }
  });

  test('only own usage is paid for', async () => {
    const cost = await runQuery(db.ch, 'cost', { ...range, tenant: 'acme' });
    expect(cost).toEqual([
      expect.objectContaining({
        agent_id: 'refunds',
        model: 'm-1',
        cost_usd: 2,
        input_tokens: 100,
      }),
    ]);
    expect(await db.ch.query('SELECT model, cost_usd FROM v_cost')).toEqual([
      { model: 'm-1', cost_usd: 2 },
    ]);
  });

  test('failures come with their share, violations live and shadow apart', async () => {
    expect(await runQuery(db.ch, 'failures', range)).toEqual([
      expect.objectContaining({ failure_mode: 'tool_timeout', failures: 1, failure_share: 1 }),
    ]);
    expect(await db.ch.query('SELECT subject, failures FROM v_failures')).toEqual([
      { subject: 'refund', failures: 1 },
    ]);
    const rules = await runQuery(db.ch, 'violations', range);
    expect(rules.map(({ rule_id, live, shadow }) => [rule_id, live, shadow])).toEqual([
      ['R2', 0, 1],
      ['R1', 1, 0],
    ]);
    const live = await db.ch.query('SELECT rule_id, severity_rank FROM v_violations WHERE is_live');
    expect(live).toEqual([{ rule_id: 'R1', severity_rank: 4 }]);
  });

  test('a run and its trace come back whole and in order', async () => {
    const byRun = await runQuery(db.ch, 'trace', { id: 'run-0' });
    expect(byRun.map((row) => row.source_offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(byRun[3]?.verdicts).toHaveLength(2);
    expect(byRun[3]?.confidence).toBeNull();
    const trace_id = byRun[0]?.trace_id ?? '';
    expect(await runQuery(db.ch, 'trace', { id: trace_id, tenant: 'acme' })).toEqual(byRun);
    expect(await runQuery(db.ch, 'trace', { id: trace_id, tenant: 'other' })).toEqual([]);
    expect(await runQuery(db.ch, 'trace', { id: "' OR 1 = 1 --" })).toEqual([]);
  });

  test('every named query answers, also where there is nothing', async () => {
    const named = { name: 'resolution', baseline: '1', candidate: '2' };
    const params = { ...range, ...named, tenant: 'nobody', id: 'nothing', generation: 99 };
    for (const name of QUERY_NAMES) {
      const rows = await runQuery(db.ch, name, params);
      expect([name, rows.filter((row) => !('n' in row) || row.n > 0)]).toEqual([name, []]);
    }
  });

  test('rows and dead letters are counted, and the delivery view sees no break', async () => {
    expect(await runQuery(db.ch, 'counts', {})).toEqual([
      { fate: 'row', code: '', stage: '', n: 808 },
      { fate: 'dead_letter', code: 'SPINE_RECORD_AVRO', stage: 'decode', n: 2 },
    ]);
    expect(
      await db.ch.query('SELECT code, count() AS n FROM v_dead_letters GROUP BY code'),
    ).toEqual([{ code: 'SPINE_RECORD_AVRO', n: 2 }]);
    expect(await db.ch.query('SELECT * EXCEPT last_ingested FROM v_delivery')).toEqual([
      {
        generation: 1,
        source_partition: 0,
        event_rows: 808,
        dead_letters: 2,
        first_offset: 0,
        last_offset: 809,
        doubled: 0,
        breaks: 0,
      },
    ]);
  });

  test('every statement of docs/query.md runs as it stands', async () => {
    const guide = readFileSync(new URL('../../docs/query.md', import.meta.url), 'utf8');
    const statements = [...guide.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql ?? '');
    expect(statements.length).toBeGreaterThanOrEqual(8);
    for (const sql of statements) {
      expect(await db.ch.queryRaw(sql, { format: 'JSON' })).toContain('"rows"');
    }
  });

  test('every view has an example in docs/query.md', async () => {
    const guide = readFileSync(new URL('../../docs/query.md', import.meta.url), 'utf8');
    const examples = [...guide.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql ?? '');
    const views = await db.ch.query<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'",
    );
    // Rules with parameters, behind the views that people read.
    const behind = ['v_run_paths', 'v_decisions_between', 'v_kpi_between'];
    const shown = views.map(({ name }) => name).filter((name) => !behind.includes(name));
    expect(shown.filter((view) => !examples.some((sql) => sql.includes(`FROM ${view}`)))).toEqual(
      [],
    );
  });

  test('a reader’s SQL is bounded in rows and time, and reads only', async () => {
    const format = 'JSONEachRow';
    expect(await db.ch.queryRaw('SELECT count() AS n FROM events', { format })).toBe('{"n":808}\n');
    const many = db.ch.queryRaw('SELECT * FROM numbers(20000)', { format, maxRows: 100 });
    await expect(many).rejects.toMatchObject({ serverName: 'TOO_MANY_ROWS_OR_BYTES' });
    const endless = 'SELECT count() FROM numbers(1e15) WHERE NOT ignore(sipHash64(number))';
    await expect(db.ch.queryRaw(endless, { format, timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'SPINE_CLICKHOUSE_UNREACHABLE',
    });
    const write = db.ch.queryRaw('DROP TABLE events', { format });
    await expect(write).rejects.toMatchObject({ code: 'SPINE_CLI_USAGE' });
  });
});

describe('the auditor finds what is wrong with the tables', () => {
  let db: Database;
  const change = async (statement: string): Promise<void> => {
    await db.ch.command(`ALTER TABLE events ${statement} SETTINGS mutations_sync = 2`);
  };
  const audit = async (): Promise<AuditReport> => {
    const claims = [0, 1].map((partition) => ({ partition, low: 0, high: 101, mark: 100 }));
    return auditDelivery(db.ch, { generation: 1, perPartition: claims });
  };
  beforeAll(async () => {
    db = await openDatabase(url, 'audit');
    for (const source_partition of [0, 1]) {
      const log = governedLog({ nowMs, source_partition });
      const fates = Array.from({ length: 101 }, (_, at) =>
        at % 10 === 0 ? log.marker() : log.row(),
      );
      const rows = fates.filter(({ fate }) => fate === 'row');
      const markers = fates.filter(({ fate }) => fate === 'dead_letter');
      await insertRows(db.ch, rows, `audit:${source_partition}`);
      await insertMarkers(db.ch, markers, `audit:${source_partition}:dead`);
    }
  });
  afterAll(() => db.close());

  test('sound tables pass', async () => {
    const report = await audit();
    expect(report).toMatchObject({ ok: true, rows: 180, deadLetters: 22, unclaimed: [] });
  });

  test('a removed row, a doubled row, a moved offset, a moved partition, in turn', async () => {
    await change('DELETE WHERE source_partition = 0 AND source_offset = 17');
    expect((await audit()).partitions).toMatchObject([
      { ok: false, missing: [{ first: 17, last: 17 }], doubled: [] },
      { ok: true },
    ]);
    const log = governedLog({
      nowMs,
      source_partition: 1,
      source_offset: 5,
      previous_source_offset: 4,
    });
    await insertRows(db.ch, [log.row()], 'a-second-time');
    expect((await audit()).partitions[1]).toMatchObject({ ok: false, doubled: [5], missing: [] });

    await change('UPDATE source_offset = 300 WHERE source_partition = 1 AND source_offset = 33');
    expect((await audit()).partitions[1]).toMatchObject({
      missing: [{ first: 33, last: 33 }],
      misplaced: [300],
    });
    await change('UPDATE source_partition = 7 WHERE source_partition = 0 AND source_offset = 44');
    const report = await audit();
    expect(report.unclaimed).toEqual([7]);
    expect(report.partitions[0]?.missing).toContainEqual({ first: 44, last: 44 });
    const before = await numberOf(db.ch, 'SELECT sum(breaks) AS n FROM v_delivery');
    expect(before).toBeGreaterThan(0);
  });
});
