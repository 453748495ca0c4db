// Questions about failures and arrival, on the real ClickHouse engine, over a small fleet whose
// answers were counted by hand: late and future events, open runs, agents without a past and
// windows without anything among them.
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { runQuery } from '@agentspine/clickhouse/query';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { insertRows, openDatabase } from './governed-rows.ts';
import { ASK, at, failed, hourOf, hours, PAY, range } from './small-fleet.ts';

const url = inject('clickhouseUrl');

/** What failed before the range, and in it. */
function failures(): GovernedRow[] {
  const c1 = { conversation_id: 'c-1', actor_id: 'u-1' };
  return [
    // Known from yesterday: refunds fails to pay by timeout. orders did nothing then.
    at(-20 * 3600, 'old-1', { ...PAY, ...failed('timeout', 'Timeout') }),
    at(-20 * 3600, 'old-2', PAY),
    at(-1800, 'just-before', { ...PAY, ...failed('timeout', 'Timeout') }),
    // Run f-1: the model call fails inside the tool call inside the run.
    at(10, 'f-1', { kind: 'agent_run', phase: 'start', status: 'unset', span_id: 'r1', ...c1 }),
    at(20, 'f-1', { ...ASK, ...failed('rate_limited', 'RateLimitError'), ...c1 }),
    at(30, 'f-1', { ...PAY, ...failed('tool_error'), ...c1 }),
    at(40, 'f-1', {
      kind: 'agent_run',
      phase: 'end',
      span_id: 'r1',
      duration_ns: 30e9,
      ...failed('tool_error'),
      ...c1,
    }),
    // Run f-2: a timeout that the agent got over.
    at(50, 'f-2', { ...PAY, ...failed('timeout', 'Timeout') }),
    at(55, 'f-2', PAY),
    at(60, 'f-2', { kind: 'agent_run', phase: 'end', duration_ns: 10e9 }),
    // Run f-3, of an agent without a past, still open.
    at(3700, 'f-3', { ...PAY, ...failed('timeout', 'Timeout'), agent_id: 'orders' }),
    // Blocked without a mode: the status is its mode. Another tenant.
    at(3800, 'f-4', { ...PAY, status: 'blocked', tenant_id: 'other', agent_id: 'orders' }),
    // A clock a day ahead, and an event that came two hours late.
    at(30 * 3600, 'ahead', { ...PAY, ...failed('timeout'), ingest_lag_us: -90_000_000_000 }),
    at(7300, 'late', { ...PAY, duration_ns: 5e6, ingest_lag_us: 7_200_000_000 }),
  ];
}

describe('failures, counted by hand', () => {
  let ch: ClickHouse;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ ch, close } = await openDatabase(url, 'of_failures'));
    await insertRows(ch, failures(), 'of_failures');
  });
  afterAll(() => close());

  test('failure modes: how many, how many before, whose; the future is outside the range', async () => {
    const rows = await runQuery(ch, 'failure-modes', range);
    expect(
      rows.map(({ failure_mode, failures: n, failures_before, agents }) => [
        failure_mode,
        n,
        failures_before,
        agents,
      ]),
    ).toEqual([
      ['timeout', 2, 1, 2],
      ['tool_error', 2, 0, 1],
      ['blocked', 1, 0, 1],
      ['rate_limited', 1, 0, 1],
    ]);
    expect(rows[0]).toMatchObject({ share: 0.3333 });
    expect(rows[1]).toMatchObject({ top_agent: 'refunds' });
    const one = await runQuery(ch, 'failure-modes', { ...range, tenant: 'other' });
    expect(one).toMatchObject([{ failure_mode: 'blocked', share: 1, top_agent: 'orders' }]);
  });

  test('the first failing step is the cause, not what it led to', async () => {
    const of = { ...range, tenant: 'acme', agent: 'refunds' };
    const rows = await runQuery(ch, 'first-failing-step', of);
    expect(rows).toMatchObject([
      {
        kind: 'model_call',
        subject: 'm-1',
        failure_mode: 'rate_limited',
        runs: 1,
        runs_failed: 1,
        share: 0.5,
        after_ms: 10_000,
        last_run_id: 'f-1',
      },
      {
        kind: 'tool_call',
        subject: 'pay',
        failure_mode: 'timeout',
        runs: 1,
        runs_failed: 0,
        share: 0.5,
        after_ms: 0,
        last_run_id: 'f-2',
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
      failure_mode: 'timeout',
      subject: 'pay',
      failures: 2,
      runs: 2,
      agents: 2,
      tenants: 1,
      conversations: 0,
      actors: 0,
      last_run_id: 'f-3',
      // Of f-1, f-2, f-3 and late.
      run_share: 0.5,
    });
    expect(rows.find(({ failure_mode }) => failure_mode === 'rate_limited')).toMatchObject({
      conversations: 1,
      actors: 1,
    });
    const [byView] = await ch.query(
      `SELECT sum(failures) AS n FROM v_blast_radius WHERE failure_mode = 'blocked'`,
    );
    expect(byView).toEqual({ n: 1 });
  });

  test('new failures are told from known ones, and from those of agents without a past', async () => {
    const rows = await runQuery(ch, 'failure-novelty', { ...range, tenant: 'acme' });
    const short = rows.map(({ novelty, agent_id, failure_mode }) => [
      novelty,
      agent_id,
      failure_mode,
    ]);
    expect(short).toEqual([
      // Twice: the tool's, and the run's own.
      ['new', 'refunds', 'tool_error'],
      ['new', 'refunds', 'rate_limited'],
      ['new', 'refunds', 'tool_error'],
      ['no_history', 'orders', 'timeout'],
    ]);
    // Seen from an hour later, what orders did in the first hour is its past.
    const later = await runQuery(ch, 'failure-novelty', {
      ...hours(1, 4),
      agent: 'refunds',
      reference_days: 1,
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
        time.slice(11, 13),
        operations,
        n,
        failure_share,
      ]),
    ).toEqual([
      [hourOf(0), 3, 2, 0.6667],
      [hourOf(1), 1, 1, 1],
      [hourOf(2), 1, 0, 0],
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
});
