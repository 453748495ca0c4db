// Every panel of every Grafana dashboard on the real ClickHouse engine: the SQL that Grafana would
// send, with macros and variables replaced as the plugin does. On an empty store it gives an empty
// answer, on a week of the fleet it gives rows, and a chosen tenant sees only its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { splitStatements } from '@agentspine/clickhouse/sql-text';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { dashboardFiles, DASHBOARDS, panelQueries } from '../../infra/grafana/dashboard-files.ts';
import { expandMacros } from '../../infra/grafana/expand-macros.ts';
import { openFleetDatabase } from './fleet-database.ts';
import { governedLog, insertRows, openDatabase } from './governed-rows.ts';

const url = inject('clickhouseUrl');
const now = new Date();
const DAY_MS = 86_400_000;
const range = { from: new Date(now.getTime() - 3 * DAY_MS), to: now, intervalSeconds: 3_600 };
const panels = panelQueries();
const NAMES = [...new Set(panels.map(({ dashboard }) => dashboard))];
const panelsOf = (name: string) => panels.filter(({ dashboard }) => dashboard === name);
const isNumber = (type: string): boolean => /^(?:Nullable\()?(?:U?Int|Float)/u.test(type);

type Answer = { meta: { name: string; type: string }[]; data: Record<string, unknown>[] };

async function ask(
  ch: ClickHouse,
  sql: string,
  variables: Readonly<Record<string, readonly string[]>> = {},
): Promise<Answer> {
  const text = await ch.queryRaw(expandMacros(sql, { ...range, variables }), { format: 'JSON' });
  return JSON.parse(text) as Answer;
}

/** Zero, null or nothing: what a number says where there is no data. */
const isNothing = (value: unknown): boolean => value === null || Number(value) === 0;

const earlier = new Date(now.getTime() - 3_600_000).toISOString().replace('Z', '');

/** What the sentinel would have written: rows of its tables, as its own tests check them. */
const SENTINEL_SAYS = {
  alerts: [
    {
      tenant_id: 'acme',
      alert_key: 'k1',
      pending_at: earlier,
      started_at: earlier,
      updated_at: earlier,
      state: 'firing',
      revision: 1,
      rule_id: 'LAT-001',
      rule_name: 'Slow runs',
      severity: 'high',
      agent_id: 'support-concierge',
      summary: 'p95 of 9 s, bound 5 s',
      value: 9,
      threshold: 5,
      n: 240,
    },
  ],
  drift_results: ['alert', 'insufficient_data'].map((state) => ({
    computed_at: earlier,
    tenant_id: 'acme',
    agent_id: 'support-concierge',
    agent_version: '3.4.1',
    dimension: state === 'alert' ? 'tool' : 'model',
    method: 'category',
    reference: 'trailing',
    window_end: earlier.slice(0, 19),
    n_current: 240,
    n_reference: 1400,
    effect: 0.4,
    p_corrected: 0.001,
    threshold: 0.1,
    state,
    words: 'lookup_order rose from 20 % to 35 %',
    causes: [{ dimension: 'prompt', value: 'concierge@2', share: 0.9 }],
  })),
  alert_deliveries: [
    {
      receiver: 'oncall',
      group_key: 'g',
      incident: 'i',
      sequence: 1,
      revision: 1,
      action: 'open',
      state: 'dead',
      attempts: 5,
      created_at: earlier,
      updated_at: earlier,
      error: 'SPINE_NOTIFY_REFUSED 400',
      notification: '{"title":"Slow runs"}',
    },
  ],
};

/** A tool that takes three times as long as before: enough calls on both sides to tell. */
function slowTool(nowMs: number) {
  const log = governedLog({ nowMs: nowMs - DAY_MS, source_partition: 2, kind: 'tool_call' });
  return Array.from({ length: 240 }, (_, at) => {
    const isBefore = at < 120;
    const event_time = (nowMs - (isBefore ? 4 : 1) * DAY_MS) * 1000;
    return log.row({ event_time, tool_name: 'slow', duration_ns: isBefore ? 1e8 : 3e8 });
  });
}

describe('on an empty store', () => {
  let db: Awaited<ReturnType<typeof openDatabase>>;
  beforeAll(async () => {
    db = await openDatabase(url, 'dashboards_empty');
  });
  afterAll(() => db.close());

  test.each(NAMES)('%s gives nothing, and no error', async (name) => {
    for (const { title, sql, show } of panelsOf(name)) {
      const { data } = await ask(db.ch, sql);
      const values = show === 'stat' ? data.flatMap((row) => Object.values(row)) : data;
      expect([title, values.filter((one) => !isNothing(one))]).toEqual([title, []]);
    }
  });

  test('the statements that make the reader are such to ClickHouse', async () => {
    const file = readFileSync(join(DASHBOARDS, '..', 'reader.sql'), 'utf8');
    for (const statement of splitStatements(file)) {
      const [row] = await db.ch.query<{ formatted: string }>(
        'SELECT formatQuery({statement:String}) AS formatted',
        { statement },
      );
      expect(row?.formatted).toMatch(/^(CREATE|GRANT|REVOKE)/u);
    }
  });
});

describe('on a week of the fleet', () => {
  let db: Awaited<ReturnType<typeof openFleetDatabase>>;
  beforeAll(async () => {
    db = await openFleetDatabase(url, 'dashboards', { runs: 200, now });
    await insertRows(db.ch, slowTool(now.getTime()), 'slow-tool');
    for (const [table, rows] of Object.entries(SENTINEL_SAYS)) {
      await db.ch.insertJson({ table, rows, token: `sentinel:${table}` });
    }
  });
  afterAll(() => db.close());

  test.each(NAMES)(
    '%s has something in every panel, in the form that the panel takes',
    async (name) => {
      for (const { title, sql, show } of panelsOf(name)) {
        const { meta, data } = await ask(db.ch, sql);
        expect(data, title).not.toEqual([]);
        const numbers = meta.filter(({ type }) => isNumber(type)).length;
        if (show === 'stat') expect([title, data.length, numbers]).toEqual([title, 1, meta.length]);
        if (show === 'bargauge') expect([title, numbers]).toEqual([title, 1]);
        if (show === 'barchart') expect([title, numbers]).toEqual([title, meta.length - 1]);
        if (show === 'timeseries') {
          expect([title, meta[0]?.name, meta[0]?.type.slice(0, 8)]).toEqual([
            title,
            'time',
            'DateTime',
          ]);
          expect(numbers, title).toBeGreaterThan(0);
          const times = data.map((row) => String(row['time']));
          expect(times, title).toEqual([...times].toSorted());
        }
        // The state of an aggregate is no value that a panel can show.
        expect(
          meta.filter(({ type }) => type.includes('AggregateFunction')),
          title,
        ).toEqual([]);
      }
    },
  );

  test('a chosen value filters, whatever is in it', async () => {
    const asked = panels.filter(({ sql, show }) => show === 'table' && sql.includes('${tenant'));
    const named = asked.filter(({ sql }) => sql.includes('${agent'));
    for (const { sql } of asked) {
      const { data } = await ask(db.ch, sql, { tenant: ["no'body"] });
      expect(data).toEqual([]);
    }
    for (const { sql } of named) {
      const { data } = await ask(db.ch, sql, { agent: ['support-concierge'] });
      const agents = new Set(
        data.map((row) => row['agent_id'] ?? row['agent'] ?? 'support-concierge'),
      );
      expect([...agents].filter((agent) => agent !== 'support-concierge')).toEqual([]);
    }
  });

  test('the lists of the variables are filled, and narrow from one to the next', async () => {
    type Variables = { templating?: { list: { name: string; query: string }[] } };
    const lists = new Map<string, string>();
    for (const file of dashboardFiles()) {
      const json = JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as Variables;
      for (const { name, query } of json.templating?.list ?? []) lists.set(name, query);
    }
    expect([...lists.keys()].toSorted()).toEqual(['agent', 'environment', 'tenant']);
    for (const [name, query] of lists) {
      const all = await ask(db.ch, query);
      expect(all.data.length, name).toBeGreaterThan(0);
      expect(all.meta).toHaveLength(1);
    }
    const nobody = await ask(db.ch, lists.get('agent') ?? '', { tenant: ['nobody'] });
    expect(nobody.data).toEqual([]);
  });
});
