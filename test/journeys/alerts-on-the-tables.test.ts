// The shipped rules on the real engine: each finds what was planted in the tables, with its
// evidence, and nothing else; the same by command: list, silence, acknowledge, backtest. A round
// for a thousand agents.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Alert } from '@agentspine/alert/alert';
import type { AlertStore } from '@agentspine/alert/store';
import { alertStore } from '@agentspine/clickhouse/alert-store';
import { clickHouseSignals } from '@agentspine/clickhouse/signals';
import { loadConfig } from '@agentspine/config/load-config';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { evaluateOnce, type SentinelPorts } from '@agentspine/sentinel-service/evaluate-once';
import { loadAlerting } from '@agentspine/sentinel-service/load-alerting';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { governedLog, insertRows, openDatabase } from './governed-rows.ts';
import { runSpine, type Ended } from './run-spine.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const nowMs = Date.now();
const url = inject('clickhouseUrl');

type Database = Awaited<ReturnType<typeof openDatabase>>;
let db: Database;
let folder: string;
let ports: SentinelPorts;
let store: AlertStore;

/** Rows that happened, and arrived, at a time. */
function plant(log: ReturnType<typeof governedLog>) {
  const planted: { readonly agoMs: number; readonly fields: Partial<GovernedRow> }[] = [];
  const at = (agoMs: number, fields: Partial<GovernedRow>): void => {
    const us = Math.round((nowMs - agoMs) * 1_000);
    const times = { event_time: us, start_time: us, ingested_at: us + 1_000_000 };
    const kept = { ...times, ingest_lag_us: 1_000_000, run_id: `run-${planted.length}`, ...fields };
    planted.push({ agoMs, fields: { agent_version: '2.3', policy_bundle: 'b-1', ...kept } });
  };
  const run = { kind: 'agent_run', phase: 'end' } as const;
  // A calm agent, all week.
  for (let ago = 8 * MINUTE; ago < 7 * DAY; ago += 6 * MINUTE) {
    at(ago, { ...run, agent_id: 'calm', duration_ns: 2e9 });
  }
  // One that fails, of late.
  for (let ago = 8 * MINUTE; ago < 70 * MINUTE; ago += 20_000) {
    at(ago, { ...run, agent_id: 'failing', duration_ns: 2e9, status: 'error' });
  }
  // One whose tool became three times as slow six hours ago.
  for (let ago = 8 * MINUTE; ago < 6 * DAY; ago += 4 * MINUTE) {
    const isNow = ago < 6 * HOUR;
    const call = { kind: 'tool_call', phase: 'end', tool_name: 'crm.lookup' } as const;
    at(ago, { ...call, agent_id: 'slow', duration_ns: isNow ? 3e9 : 1e9 });
  }
  // One that tries everything again, and pays for it.
  for (let ago = 8 * MINUTE; ago < 3 * HOUR; ago += MINUTE) {
    const call = { kind: 'model_call', phase: 'end', request_model: 'm-1' } as const;
    const paid = { usage_scope: 'own', cost_nano_usd: 4e9 } as const;
    at(ago, { ...call, ...paid, agent_id: 'wasteful', attempt: ago % (2 * MINUTE) === 0 ? 2 : 1 });
  }
  // One that broke a critical rule a while ago.
  const verdict = {
    rule_version: 1,
    severity: 'critical',
    action: 'flag',
    message: 'sent elsewhere',
  };
  at(20 * MINUTE, {
    agent_id: 'leaking',
    run_id: 'run-leak',
    verdicts: [{ ...verdict, rule_id: 'EXF-001', status: 'enforce' }],
  });
  at(20 * MINUTE, {
    agent_id: 'trying',
    verdicts: [{ ...verdict, rule_id: 'EXF-002', status: 'shadow' }],
  });
  // One that fell silent two hours ago.
  for (let ago = 2 * HOUR; ago < 3 * DAY; ago += MINUTE) at(ago, { agent_id: 'silent' });
  // Offsets in the order of arrival, as Kafka gives them.
  return planted.toSorted((a, b) => b.agoMs - a.agoMs).map(({ fields }) => log.row(fields));
}

beforeAll(async () => {
  db = await openDatabase(url, 'alerts');
  folder = await mkdtemp(join(tmpdir(), 'spine-alerts-'));
  const rows = plant(governedLog({ nowMs }));
  await insertRows(db.ch, rows, 'planted');
  const config = loadConfig({ env: {}, readFile: () => '' });
  store = alertStore(db.ch);
  ports = {
    signals: clickHouseSignals(db.ch),
    store,
    alerting: loadAlerting(config),
    receivers: new Map(),
  };
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true, force: true });
});

const fired = (alerts: readonly Alert[]): readonly string[] =>
  alerts
    .filter(({ state }) => state === 'firing')
    .map(({ ruleId, labels }) => `${ruleId} ${labels['agent'] ?? ''}`.trim())
    .toSorted();

const WANTED = [
  'AGENT-SILENT silent',
  'COST-BUDGET',
  'ERRORS-BURN-FAST failing',
  'ERRORS-BURN-SLOW failing',
  'RETRY-WASTE wasteful',
  'TOOL-SLOW slow',
  'VIOLATION-CRITICAL leaking',
];

describe('a round over the tables', () => {
  test('finds what was planted, and nothing else', async () => {
    // Rules with `for` fire in a later round.
    await evaluateOnce(ports, { nowMs });
    const round = await evaluateOnce(ports, { nowMs: nowMs + 11 * MINUTE });
    expect(round.failed).toEqual([]);
    // The day may have begun a minute ago.
    const isEarly = nowMs % DAY < 3 * HOUR;
    const wanted = WANTED.filter((one) => !(isEarly && one === 'COST-BUDGET'));
    expect(fired(round.alerts)).toEqual(expect.arrayContaining(wanted));
    expect(fired(round.alerts).filter((one) => !WANTED.includes(one))).toEqual([]);
  });

  test('carries evidence: value, bound, n, runs, release, bundle', async () => {
    const { alerts } = await store.load(nowMs);
    const of = (ruleId: string): Alert | undefined => alerts.find((one) => one.ruleId === ruleId);
    expect(of('ERRORS-BURN-FAST')).toMatchObject({
      state: 'firing',
      windowMs: 6 * HOUR,
      threshold: 6,
      agentVersions: ['2.3'],
      policyBundles: ['b-1'],
    });
    expect(of('ERRORS-BURN-FAST')?.value).toBeCloseTo(20, 1);
    expect(of('ERRORS-BURN-FAST')?.exampleRuns).toHaveLength(5);
    expect(of('VIOLATION-CRITICAL')).toMatchObject({
      labels: { tenant: 'acme', agent: 'leaking', policy_rule: 'EXF-001' },
      exampleRuns: ['run-leak'],
      cause: 'EXF-001 (critical): sent elsewhere',
    });
    expect(of('TOOL-SLOW')?.labels).toMatchObject({ kind: 'tool_call', subject: 'crm.lookup' });
    expect(of('TOOL-SLOW')?.value).toBeCloseTo(3, 0);
  });

  test('a second look at the same moment changes nothing, and a dry one stores nothing', async () => {
    const before = await store.load(nowMs);
    await evaluateOnce(ports, { nowMs: nowMs + 11 * MINUTE });
    await evaluateOnce(ports, { nowMs: nowMs + 30 * DAY, isDry: true });
    const after = await store.load(nowMs);
    const keyed = ({ alerts }: typeof before) =>
      alerts.map((one) => `${one.key} ${one.state}`).toSorted();
    expect(keyed(after)).toEqual(keyed(before));
  });
});

describe('by command', () => {
  const spine = async (...args: string[]): Promise<Ended> => {
    const file = join(folder, 'spine.yaml');
    const clickhouse = { url, database: db.ch.database };
    await writeFile(file, JSON.stringify({ clickhouse }));
    return runSpine(['alerts', ...args, '--config', file], { cwd: folder });
  };

  test('list says what fires, where, why and what to do', async () => {
    const { code, out, err } = await spine('list');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/critical Runs fail, the error budget burns fast {2}acme\/failing/u);
    expect(out).toContain('cause: EXF-001 (critical): sent elsewhere');
    // The ticket is hidden behind the page.
    expect(out).toMatch(/inhibited by ERRORS-BURN-FAST {2}ERRORS-BURN-SLOW/u);
  });

  test('silence and ack are kept, and taken back', async () => {
    const listed = JSON.parse((await spine('list', '--json')).out) as {
      alerts: { alert_key: string; rule_id: string }[];
    };
    const waste = listed.alerts.find(({ rule_id: rule }) => rule === 'RETRY-WASTE');
    const ack = await spine('ack', waste?.alert_key.slice(0, 10) ?? '', '--by', 'ana');
    expect(ack.out).toContain("RETRY-WASTE is ana's");
    const silence = ['silence', '--match', 'agent=slow', '--for', '2h', '--comment', 'known'];
    expect((await spine(...silence)).out).toContain('agent=slow until');
    const round = await evaluateOnce(ports, { nowMs: nowMs + 12 * MINUTE });
    const slow = round.alerts.find(({ ruleId }) => ruleId === 'TOOL-SLOW');
    expect(slow?.mutedBy).toMatch(/^silenced until .*: known$/u);
    const { acknowledgements, silences } = await store.load(nowMs);
    expect(acknowledgements).toMatchObject([{ key: waste?.alert_key, by: 'ana' }]);
    expect((await spine('silence', '--end', silences[0]?.id ?? '')).out).toContain('ended');
    expect((await spine('silence')).out).toContain('no silence is in force');
    expect((await spine('ack', 'ffffffff')).code).not.toBe(0);
  });

  test('a trial with --now judges without telling, backtest says what would have fired', async () => {
    const now = await spine('test', '--now');
    expect([now.code, now.err]).toEqual([0, '']);
    expect(now.out).toMatch(/AGENT-SILENT +1 /u);
    const past = await spine('backtest', '--since', '2d', '--rule', 'ERRORS-BURN-FAST', '--json');
    const { rules } = JSON.parse(past.out) as {
      rules: { ruleId: string; everyMs: number; incidents: { labels: { agent?: string } }[] }[];
    };
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({ everyMs: 5 * MINUTE });
    expect(rules[0]?.incidents.map(({ labels }) => labels.agent)).toEqual(['failing']);
    const slow = await spine('backtest', '--since', '1h', '--rule', 'TOOL-SLOW');
    expect(slow.out).toMatch(/TOOL-SLOW +1 incident.*looked every 5m/u);
  });
});

test('a round for a thousand agents asks a bounded number of questions', async () => {
  const many = await openDatabase(url, 'thousand');
  try {
    const log = governedLog({ nowMs });
    const us = (nowMs - 10 * MINUTE) * 1_000;
    const times = { event_time: us, start_time: us, ingested_at: us + 1_000_000 };
    const rows = Array.from({ length: 20_000 }, (_, at) =>
      log.row({
        ...times,
        kind: 'agent_run',
        phase: 'end',
        agent_id: `agent-${at % 1_000}`,
        duration_ns: 2e9,
        status: at % 1_000 < 10 ? 'error' : 'ok',
      }),
    );
    await insertRows(many.ch, rows, 'many');
    let asked = 0;
    const counting = {
      ...many.ch,
      query: <T>(sql: string, params?: Readonly<Record<string, unknown>>) => {
        asked += 1;
        return many.ch.query<T>(sql, params);
      },
    };
    const own = { ...ports, signals: clickHouseSignals(counting), store: alertStore(many.ch) };
    const round = await evaluateOnce(own, { nowMs });
    const { rules } = own.alerting;
    expect(asked).toBeLessThanOrEqual(rules.length + 2);
    const errors = round.rules.find(({ ruleId }) => ruleId === 'ERRORS-BURN-FAST');
    expect(errors?.counts.insufficient_data).toBe(1_000);
  } finally {
    await many.close();
  }
});
