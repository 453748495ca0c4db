// Questions about waste, sessions, hand-offs, data and rules, on the real ClickHouse engine, over a
// small fleet whose answers were counted by hand: missing values and bodies, open runs and windows
// without anything among them.
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { runQuery } from '@agentspine/clickhouse/query';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { insertRows, openDatabase } from './governed-rows.ts';
import { ASK, at, failed, hourOf, hours, PAY, range, verdict } from './small-fleet.ts';

const url = inject('clickhouseUrl');

function waste(): GovernedRow[] {
  const of = { agent_id: 'spender', input: '' };
  const call = (seconds: number, input_tokens: number, more: Partial<GovernedRow> = {}) =>
    at(seconds, 'w-1', {
      ...ASK,
      ...of,
      input_tokens,
      output_tokens: 100,
      input: `prompt of ${input_tokens}`,
      cost_nano_usd: (input_tokens + 100) * 1000,
      duration_ns: 1e9,
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
      at(7300 + one, 'w-1', { ...PAY, ...of, tool_name: 'search', input: 'q', duration_ns: 2e6 }),
    ),
    ...[0, 1, 2, 3, 4].map((one) => at(7300 + one, 'w-2', { ...PAY, ...of, tool_name: 'blind' })),
  ];
}

function flows(): GovernedRow[] {
  const of = { agent_id: 'desk', conversation_id: 'c-9' };
  const handoff = { ...of, kind: 'handoff', phase: 'point', handoff_to: 'human-desk' } as const;
  const read = { urn: 'urn:crm:7', role: 'input', version: '3', classification: 'restricted' };
  return [
    at(100, 's-1', { ...of, ...PAY, span_id: 'the-tool' }),
    at(101, 's-1', { ...handoff, handoff_mode: 'pass_control', duration_ns: 4e9 }),
    at(102, 's-1', { ...handoff, handoff_mode: 'pass_control', ...failed('timeout') }),
    at(103, 's-1', { ...of, kind: 'agent_run', phase: 'end', duration_ns: 5e9 }),
    at(110, 's-2', {
      ...of,
      kind: 'retrieval',
      phase: 'end',
      retrieval_source: 'kb',
      event_id: 'the-retrieval',
      retrieval_documents: [{ id: 'd1', score: 0.5, version: '2' }],
    }),
    at(111, 's-2', {
      ...of,
      ...PAY,
      tool_name: 'look',
      data_context: [{ ...read, fields: ['a'] }],
    }),
    at(112, 's-2', {
      ...of,
      kind: 'decision',
      decision_id: 'd-9',
      decision_chosen: 'deny',
      confidence: 0.9,
      causation_id: 'the-retrieval',
      data_context: [
        { urn: 'urn:policy', role: 'input', version: '', classification: '', fields: [] },
      ],
    }),
    // After the decision: no part of it.
    at(113, 's-2', { ...of, ...PAY, tool_name: 'send' }),
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

describe('flows, counted by hand', () => {
  let ch: ClickHouse;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ ch, close } = await openDatabase(url, 'of_flows'));
    await insertRows(ch, [...waste(), ...flows(), ...rules()], 'of_flows');
  });
  afterAll(() => close());

  test('waste: retries, loops and repeated context, each with its cost', async () => {
    const rows = await runQuery(ch, 'waste', { ...range, agent: 'spender' });
    expect(rows).toMatchObject([
      // 900 of 2,000 tokens for 0.002, and 400 of 3,000 for 0.003.
      {
        waste: 'repeated_context',
        subject: 'm-1',
        n: 2,
        runs: 1,
        tokens: 1_300,
        cost_usd: 0.0013,
        time_ms: 0,
        cost_share: 0.1857,
      },
      {
        waste: 'retry',
        subject: 'm-1',
        n: 1,
        tokens: 500,
        cost_usd: 0.0005,
        time_ms: 1000,
        cost_share: 0.0714,
      },
      { waste: 'loop', subject: 'search', n: 3, runs: 1, tokens: 0, cost_usd: 0, time_ms: 6 },
    ]);
    expect(await runQuery(ch, 'waste', { ...hours(0, 1), agent: 'spender' })).toEqual([]);
    const cost = await runQuery(ch, 'cost-series', { ...range, by: 'subject' });
    expect(cost).toMatchObject([
      { series: 'm-1', calls: 5, input_tokens: 6_500, output_tokens: 500, cost_usd: 0.007 },
    ]);
  });

  test('a session is all runs of a conversation, open ones among them', async () => {
    const rows = await runQuery(ch, 'sessions', { ...range, agent: 'desk' });
    expect(rows).toMatchObject([
      {
        conversation_id: 'c-9',
        runs: 2,
        open_runs: 1,
        agents: ['desk'],
        events: 9,
        errors: 1,
        tool_calls: 3,
        decisions: 1,
        outcome: 'success',
      },
    ]);
    const [byView] = await ch.query(
      `SELECT runs, open_runs, outcome FROM v_sessions WHERE conversation_id = 'c-9'`,
    );
    expect(byView).toEqual({ runs: 2, open_runs: 1, outcome: 'success' });
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
        link,
        source,
        name,
        version,
        before_ms,
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
        rule_id: 'R1',
        agent_id: 'ruled',
        severity: 'high',
        live: 2,
        shadow: 1,
        blocking: 1,
        live_runs: 1,
        shadow_runs: 1,
        last_run_id: 'v-2',
      },
    ]);
    const series = await runQuery(ch, 'violations-series', { ...range, by: 'rule' });
    expect(
      series.map(({ time, series: rule, live, shadow }) => [
        time.slice(11, 13),
        rule,
        live,
        shadow,
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
