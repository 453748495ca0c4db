// The questions about failures, waste, sessions, hand-offs, data and rules, on the real ClickHouse
// engine, over a small fleet whose answers were counted by hand: late and future events, open runs,
// values that are missing and windows without anything among them.
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { runQuery } from '@agentspine/clickhouse/query';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { governedLog, insertRows, openDatabase } from './governed-rows.ts';

const url = inject('clickhouseUrl');
const HOUR_MS = 3_600_000;
const nowMs = Date.now();
/** The start of an hour, so that steps of an hour fall where the numbers say. */
const H0_MS = Math.floor(nowMs / HOUR_MS) * HOUR_MS - 4 * HOUR_MS;
const hours = (from: number, to: number) => ({
  since: new Date(H0_MS + from * HOUR_MS),
  until: new Date(H0_MS + to * HOUR_MS),
});
const range = hours(0, 4);

const log = governedLog({ nowMs });

/** A row so many seconds after H0; its run is named, its trace is the run's. */
function at(seconds: number, run_id: string, row: Partial<GovernedRow>): GovernedRow {
  const event_time = H0_MS * 1000 + seconds * 1e6;
  const start_time = event_time - Math.round((row.duration_ns ?? 0) / 1000);
  const trace_id = run_id.padEnd(32, '0');
  return log.row({ run_id, trace_id, event_time, start_time, ingest_lag_us: 200_000, ...row });
}

const failed = (failure_mode: string, error_type = '') =>
  ({ status: 'error', failure_mode, error_type }) as const;
const pay = { kind: 'tool_call', phase: 'end', tool_name: 'pay' } as const;
const ask = { kind: 'model_call', phase: 'end', request_model: 'm-1', usage_scope: 'own' } as const;
const verdict = (rule_id: string, severity: string, status: string, action = 'flag') => ({
  ...{ rule_id, rule_version: 1, severity, status, action, message: `${rule_id} matched` },
});

/** What failed before the range, and in it. */
function failures(): GovernedRow[] {
  const c1 = { conversation_id: 'c-1', actor_id: 'u-1' };
  return [
    // Known from yesterday: refunds fails to pay by timeout. orders did nothing then.
    at(-20 * 3600, 'old-1', { ...pay, ...failed('timeout', 'Timeout') }),
    at(-20 * 3600, 'old-2', pay),
    at(-1800, 'just-before', { ...pay, ...failed('timeout', 'Timeout') }),
    // Run f-1: the model call fails inside the tool call inside the run.
    at(10, 'f-1', { kind: 'agent_run', phase: 'start', status: 'unset', span_id: 'r1', ...c1 }),
    at(20, 'f-1', { ...ask, ...failed('rate_limited', 'RateLimitError'), ...c1 }),
    at(30, 'f-1', { ...pay, ...failed('tool_error'), ...c1 }),
    at(40, 'f-1', {
      ...{ kind: 'agent_run', phase: 'end', span_id: 'r1', duration_ns: 30e9 },
      ...failed('tool_error'),
      ...c1,
    }),
    // Run f-2: a timeout that the agent got over.
    at(50, 'f-2', { ...pay, ...failed('timeout', 'Timeout') }),
    at(60, 'f-2', { kind: 'agent_run', phase: 'end', duration_ns: 10e9 }),
    // Run f-3, of an agent without a past, still open.
    at(3700, 'f-3', { ...pay, ...failed('timeout', 'Timeout'), agent_id: 'orders' }),
    // Blocked without a mode: the status is its mode. Another tenant.
    at(3800, 'f-4', { ...pay, status: 'blocked', tenant_id: 'other', agent_id: 'orders' }),
    // A clock a day ahead, and an event that came two hours late.
    at(30 * 3600, 'ahead', { ...pay, ...failed('timeout'), ingest_lag_us: -90_000_000_000 }),
    at(7300, 'late', { ...pay, duration_ns: 5e6, ingest_lag_us: 7_200_000_000 }),
  ];
}

function waste(): GovernedRow[] {
  const of = { agent_id: 'spender', input: '' };
  const call = (seconds: number, input_tokens: number, more: Partial<GovernedRow> = {}) =>
    at(seconds, 'w-1', {
      ...{ ...ask, ...of, input_tokens, output_tokens: 100, input: `prompt of ${input_tokens}` },
      ...{ cost_nano_usd: (input_tokens + 100) * 1000, duration_ns: 1e9 },
      ...more,
    });
  return [
    call(7200, 900),
    // Sent 900 before: 900 repeated. Then 1,900 before, 1,500 of them from the cache: 400.
    call(7210, 1_900),
    call(7220, 2_900, { cache_read_tokens: 1_500 }),
    // Reads less than before: another prompt, nothing repeated.
    call(7230, 400),
    // The second try of a call; and a repeat of what children report, which counts nothing.
    call(7240, 400, { attempt: 2 }),
    call(7250, 400, { usage_scope: 'aggregate', kind: 'step', input: '' }),
    // The same search five times: three too many. Without a body nobody can tell.
    ...[0, 1, 2, 3, 4].map((one) =>
      at(7300 + one, 'w-1', { ...pay, ...of, tool_name: 'search', input: 'q', duration_ns: 2e6 }),
    ),
    ...[0, 1, 2, 3, 4].map((one) => at(7300 + one, 'w-2', { ...pay, ...of, tool_name: 'blind' })),
  ];
}

function flows(): GovernedRow[] {
  const of = { agent_id: 'desk', conversation_id: 'c-9' };
  const handoff = { ...of, kind: 'handoff', phase: 'point', handoff_to: 'human-desk' } as const;
  const read = { urn: 'urn:crm:7', role: 'input', version: '3', classification: 'restricted' };
  return [
    at(100, 's-1', { ...of, ...pay, span_id: 'the-tool' }),
    at(101, 's-1', { ...handoff, handoff_mode: 'pass_control', duration_ns: 4e9 }),
    at(102, 's-1', { ...handoff, handoff_mode: 'pass_control', ...failed('timeout') }),
    at(103, 's-1', { ...of, kind: 'agent_run', phase: 'end', duration_ns: 5e9 }),
    at(110, 's-2', {
      ...of,
      ...{ kind: 'retrieval', phase: 'end', retrieval_source: 'kb', event_id: 'the-retrieval' },
      retrieval_documents: [{ id: 'd1', score: 0.5, version: '2' }],
    }),
    at(111, 's-2', {
      ...of,
      ...pay,
      tool_name: 'look',
      data_context: [{ ...read, fields: ['a'] }],
    }),
    at(112, 's-2', {
      ...of,
      ...{ kind: 'decision', decision_id: 'd-9', decision_chosen: 'deny', confidence: 0.9 },
      causation_id: 'the-retrieval',
      data_context: [
        { urn: 'urn:policy', role: 'input', version: '', classification: '', fields: [] },
      ],
    }),
    // After the decision: no part of it.
    at(113, 's-2', { ...of, ...pay, tool_name: 'send' }),
    at(120, 's-2', { ...of, kind: 'outcome', outcome_kpi: 'resolution', outcome_success: 1 }),
  ];
}

function rules(): GovernedRow[] {
  const of = { agent_id: 'ruled' };
  const high = verdict('R1', 'high', 'enforce', 'block');
  return [
    at(200, 'v-1', { ...of, verdicts: [high, verdict('R2', 'critical', 'shadow')] }),
    at(201, 'v-1', { ...of, verdicts: [verdict('R1', 'high', 'monitor')] }),
    at(3700, 'v-2', { ...of, verdicts: [verdict('R1', 'high', 'shadow')] }),
  ];
}

describe('questions whose answers were counted by hand', () => {
  let ch: ClickHouse;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ ch, close } = await openDatabase(url, 'by_hand'));
    await insertRows(ch, [...failures(), ...waste(), ...flows(), ...rules()], 'by-hand');
  });
  afterAll(() => close());

  test('failure modes: how many, how many before, whose; the future is outside the range', async () => {
    const rows = await runQuery(ch, 'failure-modes', range);
    expect(
      rows.map(({ failure_mode, failures: n, failures_before, agents }) => [
        ...[failure_mode, n, failures_before, agents],
      ]),
    ).toEqual([
      ['timeout', 3, 1, 3],
      ['tool_error', 2, 0, 1],
      ['blocked', 1, 0, 1],
      ['rate_limited', 1, 0, 1],
    ]);
    expect(rows[0]).toMatchObject({ share: 0.4286 });
    expect(rows[1]).toMatchObject({ top_agent: 'refunds' });
    const one = await runQuery(ch, 'failure-modes', { ...range, tenant: 'other' });
    expect(one).toMatchObject([{ failure_mode: 'blocked', share: 1, top_agent: 'orders' }]);
  });

  test('the first failing step is the cause, not what it led to', async () => {
    const of = { ...range, tenant: 'acme', agent: 'refunds' };
    const rows = await runQuery(ch, 'first-failing-step', of);
    expect(rows).toMatchObject([
      {
        ...{ kind: 'model_call', subject: 'm-1', failure_mode: 'rate_limited' },
        ...{ runs: 1, runs_failed: 1, share: 0.5, after_ms: 10_000, last_run_id: 'f-1' },
      },
      {
        ...{ kind: 'tool_call', subject: 'pay', failure_mode: 'timeout' },
        ...{ runs: 1, runs_failed: 0, share: 0.5, after_ms: 0, last_run_id: 'f-2' },
      },
    ]);
    const byView = await ch.query(
      `SELECT subject, failures FROM v_first_failures WHERE run_id IN ('f-1', 'f-3') ORDER BY run_id`,
    );
    expect(byView).toEqual([
      { subject: 'm-1', failures: 3 },
      { subject: 'pay', failures: 1 },
    ]);
  });

  test('the blast radius of a failure: runs, agents, conversations, people', async () => {
    const rows = await runQuery(ch, 'blast-radius', { ...range, tenant: 'acme' });
    expect(rows.find(({ error_type }) => error_type === 'Timeout')).toMatchObject({
      ...{ failure_mode: 'timeout', subject: 'pay', failures: 2, runs: 2, agents: 2, tenants: 1 },
      ...{ conversations: 0, actors: 0, last_run_id: 'f-3' },
      // Of f-1, f-2, f-3, late, w-1, w-2, s-1, s-2, v-1, v-2.
      run_share: 0.2,
    });
    expect(rows.find(({ failure_mode }) => failure_mode === 'rate_limited')).toMatchObject({
      ...{ conversations: 1, actors: 1 },
    });
    const [byView] = await ch.query(
      `SELECT sum(failures) AS n FROM v_blast_radius WHERE failure_mode = 'blocked'`,
    );
    expect(byView).toEqual({ n: 1 });
  });

  test('new failures are told from known ones, and from those of agents without a past', async () => {
    const rows = await runQuery(ch, 'failure-novelty', { ...range, tenant: 'acme' });
    const short = rows.map(({ novelty, agent_id, failure_mode }) => [
      ...[novelty, agent_id, failure_mode],
    ]);
    expect(short).toEqual([
      // Twice: the tool's, and the run's own.
      ['new', 'refunds', 'tool_error'],
      ['new', 'refunds', 'rate_limited'],
      ['new', 'refunds', 'tool_error'],
      ['no_history', 'desk', 'timeout'],
      ['no_history', 'orders', 'timeout'],
    ]);
    // Seen from an hour later, what orders did in the first hour is its past.
    const later = await runQuery(ch, 'failure-novelty', {
      ...{ ...hours(1, 4), agent: 'refunds', reference_days: 1 },
    });
    expect(later).toEqual([]);
    const history = await ch.query(
      `SELECT failures, days FROM v_failure_history
       WHERE agent_id = 'refunds' AND error_type = 'Timeout'`,
    );
    expect(history).toMatchObject([{ failures: 3 }]);
  });

  test('series have a line per step and series, and none for a step without events', async () => {
    const rows = await runQuery(ch, 'error-series', { ...range, tenant: 'acme', subject: 'pay' });
    expect(
      rows.map(({ time, operations, failures: n, failure_share }) => [
        ...[time.slice(11, 13), operations, n, failure_share],
      ]),
    ).toEqual([
      [hourOf(0), 3, 2, 0.6667],
      [hourOf(1), 1, 1, 1],
      [hourOf(2), 1, 0, 0],
    ]);
    const cost = await runQuery(ch, 'cost-series', { ...range, by: 'subject' });
    expect(cost).toMatchObject([
      { series: 'm-1', calls: 5, input_tokens: 6_500, output_tokens: 500, cost_usd: 0.007 },
    ]);
    const latency = await runQuery(ch, 'latency-series', { ...hours(2, 3), subject: 'pay' });
    expect(latency).toMatchObject([{ operations: 1, series: '' }]);
    expect(Math.abs((latency[0]?.p50_ms ?? 0) / 5 - 1)).toBeLessThan(0.03);
  });

  test('arrival: late events and clocks that run ahead are counted apart', async () => {
    const all = await runQuery(ch, 'ingest-lag', { ...hours(0, 40), step_seconds: 40 * 3600 });
    const sum = (of: 'late' | 'ahead' | 'events') => all.reduce((total, row) => total + row[of], 0);
    expect([sum('late'), sum('ahead')]).toEqual([1, 1]);
    const [first] = await runQuery(ch, 'ingest-lag', hours(0, 1));
    expect(first).toMatchObject({ p50_ms: 200, max_ms: 200, late: 0, ahead: 0 });
  });

  test('waste: retries, loops and repeated context, each with its cost', async () => {
    const rows = await runQuery(ch, 'waste', { ...range, agent: 'spender' });
    expect(rows).toMatchObject([
      // 900 of 2,000 tokens for 0.002, and 400 of 3,000 for 0.003.
      {
        ...{ waste: 'repeated_context', subject: 'm-1', n: 2, runs: 1, tokens: 1_300 },
        ...{ cost_usd: 0.0013, time_ms: 0, cost_share: 0.1857 },
      },
      {
        ...{ waste: 'retry', subject: 'm-1', n: 1, tokens: 500, cost_usd: 0.0005, time_ms: 1000 },
        cost_share: 0.0714,
      },
      { waste: 'loop', subject: 'search', n: 3, runs: 1, tokens: 0, cost_usd: 0, time_ms: 6 },
    ]);
    expect(await runQuery(ch, 'waste', { ...hours(0, 1), agent: 'spender' })).toEqual([]);
  });

  test('a session is all runs of a conversation, open ones among them', async () => {
    const rows = await runQuery(ch, 'sessions', { ...range, agent: 'desk' });
    expect(rows).toMatchObject([
      {
        ...{ conversation_id: 'c-9', runs: 2, open_runs: 1, agents: ['desk'], events: 9 },
        ...{ errors: 1, tool_calls: 3, decisions: 1, outcome: 'success' },
      },
    ]);
    const [byView] = await ch.query(
      `SELECT runs, open_runs, outcome FROM v_sessions WHERE conversation_id = 'c-1'`,
    );
    expect(byView).toEqual({ runs: 1, open_runs: 0, outcome: 'unknown' });
    expect(await runQuery(ch, 'sessions', hours(10, 11))).toEqual([]);
  });

  test('hand-offs: who to whom, how many fail, how long; unknown lengths are left out', async () => {
    const of = { from_agent: 'desk', to_agent: 'human-desk', mode: 'pass_control' };
    const rows = await runQuery(ch, 'handoffs', range);
    expect(rows).toMatchObject([
      { ...of, handoffs: 2, runs: 1, failures: 1, failure_share: 0.5, p50_ms: 4000, p95_ms: 4000 },
    ]);
    expect(await runQuery(ch, 'handoffs', { ...range, agent: 'human-desk' })).toHaveLength(1);
    const byView = await ch.query('SELECT from_agent, handoffs, failures FROM v_handoffs');
    expect(byView).toEqual([{ from_agent: 'desk', handoffs: 2, failures: 1 }]);
  });

  test('the data behind a decision: declared, caused, read before it, and nothing after it', async () => {
    const rows = await runQuery(ch, 'lineage-of-decision', { id: 'd-9' });
    expect(
      rows.map(({ link, source, name, version, before_ms }) => [
        ...[link, source, name, version, before_ms],
      ]),
    ).toEqual([
      ['declared', 'dataset', 'urn:policy', '', 0],
      ['caused', 'document', 'kb/d1', '2', 2000],
      ['read', 'dataset', 'urn:crm:7', '3', 1000],
      ['read', 'tool_result', 'look', '', 1000],
    ]);
    expect(rows.map(({ score }) => score)).toEqual([null, 0.5, null, null]);
    expect(await runQuery(ch, 'lineage-of-decision', { id: 'd-9', tenant: 'other' })).toEqual([]);
    expect(await runQuery(ch, 'lineage-of-decision', { id: 'd-0' })).toEqual([]);
    const used = await ch.query(
      `SELECT urn, uses, decisions, versions FROM v_data_used WHERE agent_id = 'desk' ORDER BY urn`,
    );
    expect(used).toEqual([
      { urn: 'urn:crm:7', uses: 1, decisions: 0, versions: ['3'] },
      { urn: 'urn:policy', uses: 1, decisions: 1, versions: [''] },
    ]);
  });

  test('rules: live beside shadow, per agent and severity, and over time', async () => {
    const rows = await runQuery(ch, 'violations-by-rule', range);
    expect(rows).toMatchObject([
      { rule_id: 'R2', severity: 'critical', severity_rank: 5, live: 0, shadow: 1, shadow_runs: 1 },
      {
        ...{ rule_id: 'R1', agent_id: 'ruled', severity: 'high', live: 2, shadow: 1 },
        ...{ blocking: 1, live_runs: 1, shadow_runs: 1, last_run_id: 'v-2' },
      },
    ]);
    const series = await runQuery(ch, 'violations-series', { ...range, by: 'rule' });
    expect(
      series.map(({ time, series: rule, live, shadow }) => [
        ...[time.slice(11, 13), rule, live, shadow],
      ]),
    ).toEqual([
      [hourOf(0), 'R1', 2, 0],
      [hourOf(0), 'R2', 0, 1],
      [hourOf(1), 'R1', 0, 1],
    ]);
    const byView = await ch.query(
      `SELECT sum(live) AS live, sum(shadow) AS shadow FROM v_violations_by_rule`,
    );
    expect(byView).toEqual([{ live: 2, shadow: 2 }]);
  });
});

function hourOf(step: number): string {
  return new Date(H0_MS + step * HOUR_MS).toISOString().slice(11, 13);
}
