// Where the wall time of a run went, on the real ClickHouse engine: hand-computed runs, and random
// trees against a count that looks at every moment of its own.
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { runQuery } from '@agentspine/clickhouse/query';
import type { CriticalPathRow } from '@agentspine/clickhouse/time-queries';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { governedLog, insertRows, openDatabase } from './governed-rows.ts';

const url = inject('clickhouseUrl');
const nowMs = Date.now();
const T0_US = (nowMs - 3_600_000) * 1000;
const range = { since: new Date(nowMs - 86_400_000), until: new Date(nowMs + 86_400_000) };

type Span = {
  readonly id: string;
  readonly parent?: string;
  readonly kind: GovernedRow['kind'];
  /** Milliseconds since the run began. */
  readonly from: number;
  readonly to: number;
  readonly row?: Partial<GovernedRow>;
};

const log = governedLog({ nowMs });

const us = (ms: number): number => T0_US + ms * 1000;

function rowOf(run_id: string, span: Span): GovernedRow {
  return log.row({
    run_id,
    trace_id: run_id.padStart(32, '0').slice(0, 32),
    span_id: span.id,
    parent_span_id: span.parent ?? '',
    kind: span.kind,
    phase: 'end',
    start_time: us(span.from),
    event_time: us(span.to),
    duration_ns: (span.to - span.from) * 1e6,
    ...(span.kind === 'tool_call' && { tool_name: `tool ${span.id}` }),
    ...(span.kind === 'model_call' && { request_model: 'm-1' }),
    ...span.row,
  });
}

const run = (to: number, row: Partial<GovernedRow> = {}): Span => ({
  id: 'run',
  kind: 'agent_run',
  from: 0,
  to,
  row,
});
const tool = (id: string, from: number, to: number, parent = 'run'): Span => ({
  id,
  parent,
  kind: 'tool_call',
  from,
  to,
});
const model = (id: string, from: number, to: number, parent = 'run'): Span => ({
  ...tool(id, from, to, parent),
  kind: 'model_call',
});

/** span_id → critical_ms, in the order of the path. */
const timesOf = (rows: readonly CriticalPathRow[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ span_id, critical_ms }) => [span_id, critical_ms]));

/**
 * The rule, moment by moment: from the run down, always into the child under way that ends last;
 * of equal ends, into the one that began first.
 */
function countedByMoments(spans: readonly Span[], to: number): Record<string, number> {
  const times: Record<string, number> = {};
  for (let at = 0; at < to; at += 1) {
    let here = 'run';
    for (;;) {
      const [next] = spans
        .filter(({ parent, from, to: end }) => parent === here && from <= at && at < end)
        .toSorted((a, b) => b.to - a.to || a.from - b.from || (a.id < b.id ? -1 : 1));
      if (next === undefined) break;
      here = next.id;
    }
    times[here] = (times[here] ?? 0) + 1;
  }
  return times;
}

const feedback = { phase: 'point', feedback_type: 'approval', duration_ns: 0 } as const;
const waiting = { phase: 'point', status: 'waiting', duration_ns: 0 } as const;
const begun = { phase: 'start', duration_ns: 0 } as const;

/** Runs by name; each name is its run_id. */
const RUNS: Readonly<Record<string, readonly Span[]>> = {
  sequence: [run(100), model('m', 10, 40), tool('t', 50, 90)],
  parallel: [run(100), tool('a', 10, 60), tool('b', 20, 80), tool('c', 30, 40)],
  tie: [run(50), tool('a', 20, 50), tool('b', 10, 50)],
  nested: [
    run(100),
    { id: 's1', parent: 'run', kind: 'step', from: 0, to: 60 },
    { id: 's2', parent: 'run', kind: 'step', from: 40, to: 100 },
    model('m1', 10, 30, 's1'),
    tool('t1', 35, 55, 's1'),
    model('m2', 50, 95, 's2'),
    tool('inner', 60, 70, 'm2'),
  ],
  people: [
    run(200),
    tool('ask', 0, 20),
    { id: 'yes', parent: 'run', kind: 'feedback', from: 70, to: 70, row: feedback },
    { ...tool('one', 70, 80), row: { tool_name: 'pay', status: 'error' } },
    { ...tool('two', 95, 100), row: { tool_name: 'pay', attempt: 2 } },
    { id: 'wait', parent: 'run', kind: 'step', from: 120, to: 120, row: waiting },
    tool('last', 150, 200),
  ],
  open: [
    run(0, begun),
    { ...tool('t', 30, 30), row: begun },
    model('m', 10, 25),
    tool('u', 40, 60),
  ],
  rootless: [tool('a', 0, 20, ''), tool('b', 30, 50, 'never-told')],
  skewed: [run(100), tool('early', -50, 30), tool('late', 80, 400)],
  cycle: [run(40), tool('x', 0, 20, 'y'), tool('y', 0, 30, 'x')],
  'told-later': [
    run(50),
    tool('t', 10, 50),
    { id: 'o', parent: '', kind: 'outcome', from: 9e6, to: 9e6, row: { phase: 'point' } },
  ],
  many: [
    run(5_000),
    ...Array.from({ length: 2_500 }, (_, at) => tool(`t${at}`, at * 2, at * 2 + 1)),
  ],
};

/** Two ended runs of one agent, and an open one. */
const OF_AGENT: Readonly<Record<string, readonly Span[]>> = {
  'agent-1': [run(100), model('m', 0, 60)],
  'agent-2': [run(300), model('m', 0, 40), tool('t', 100, 300)],
  'agent-3': [run(0, begun), tool('t', 0, 900)],
};

/** Trees whose children lie within their parents, as one clock tells them. */
function randomTrees(count: number): readonly (readonly Span[])[] {
  const part = fc.record({
    parent: fc.nat({ max: 100 }),
    from: fc.nat({ max: 999 }),
    length: fc.integer({ min: 1, max: 1000 }),
  });
  const trees = fc.sample(fc.array(part, { maxLength: 25 }), { numRuns: count, seed: 20 });
  return trees.map((parts) => {
    const spans: Span[] = [run(1000)];
    for (const [at, { parent, from, length }] of parts.entries()) {
      const above = spans[parent % spans.length] ?? run(1000);
      const start = above.from + (from % (above.to - above.from));
      spans.push(tool(`t${at}`, start, Math.min(above.to, start + length), above.id));
    }
    return spans;
  });
}

describe('the critical path counts every moment of a run once', () => {
  let ch: ClickHouse;
  let close: () => Promise<void>;
  /** run_id → span_id → critical_ms, of all runs. */
  const paths = new Map<string, Record<string, number>>();
  const trees = randomTrees(60);
  beforeAll(async () => {
    ({ ch, close } = await openDatabase(url, 'path'));
    const rows = Object.entries(RUNS).flatMap(([id, spans]) =>
      spans.map((span) => rowOf(id, span)),
    );
    const ofAgent = Object.entries(OF_AGENT).flatMap(([id, spans]) =>
      spans.map((span) => ({ ...rowOf(id, span), agent_id: 'of-two-runs' })),
    );
    const random = trees.flatMap((spans, at) => spans.map((span) => rowOf(`tree-${at}`, span)));
    await insertRows(ch, [...rows, ...ofAgent, ...random], 'paths');
    const found = await ch.query<{ run_id: string; operation: string; ms: number }>(
      `SELECT run_id, operation, critical_us / 1000 AS ms
       FROM v_run_paths(run_id = '', tenant = 'acme', agent = 'refunds', since = '2000-01-01 00:00:00',
         until = '2100-01-01 00:00:00', max_runs = 1000, max_operations = 100) WHERE critical_us > 0`,
    );
    for (const { run_id, operation, ms } of found) {
      paths.set(run_id, { ...paths.get(run_id), [operation]: ms });
    }
  });
  afterAll(() => close());

  test('one after the other: what is left belongs to the agent', async () => {
    const rows = await runQuery(ch, 'critical-path', { id: 'sequence', tenant: 'acme' });
    expect(timesOf(rows)).toEqual({ run: 30, m: 30, t: 40 });
    expect(rows).toMatchObject([
      { span_id: 'run', category: 'agent', depth: 0, offset_ms: 0, share: 0.3 },
      { span_id: 'm', category: 'model', subject: 'm-1', offset_ms: 10, duration_ms: 30 },
      { span_id: 't', category: 'tool', subject: 'tool t', parent_span_id: 'run', depth: 1 },
    ]);
    expect(await runQuery(ch, 'critical-path', { id: 'sequence', tenant: 'other' })).toEqual([]);
    expect(await runQuery(ch, 'critical-path', { id: 'nowhere' })).toEqual([]);
  });

  test('parallel branches count once, for the one the run waits for', () => {
    expect(paths.get('parallel')).toEqual({ run: 30, a: 10, b: 60 });
  });

  test('of two that end together the longer one counts', () => {
    expect(paths.get('tie')).toEqual({ run: 10, b: 40 });
  });

  test('nested: an operation counts less what it called, and a cut branch cuts what is in it', () => {
    const expected = { s1: 15, m1: 20, t1: 5, s2: 15, m2: 35, inner: 10 };
    expect(paths.get('nested')).toEqual(expected);
    expect(countedByMoments(RUNS['nested'] ?? [], 100)).toEqual(expected);
  });

  test('random trees agree with a count of every moment', () => {
    for (const [at, spans] of trees.entries()) {
      expect([at, paths.get(`tree-${at}`)]).toEqual([at, countedByMoments(spans, 1000)]);
    }
  });

  test('time before an approval and after a wait goes to a person, between tries to the queue', async () => {
    const rows = await runQuery(ch, 'critical-path', { id: 'people' });
    expect(timesOf(rows)).toEqual({
      run: 20,
      ask: 20,
      'yes:wait': 50,
      one: 10,
      'two:retry': 15,
      two: 5,
      'wait:wait': 30,
      last: 50,
    });
    const waits = rows.filter(({ kind }) => kind === 'wait');
    expect(waits.map(({ span_id, category }) => [span_id, category])).toEqual([
      ['yes:wait', 'person'],
      ['two:retry', 'queue'],
      ['wait:wait', 'person'],
    ]);
  });

  test('an open operation and an open run last to the last event', async () => {
    const rows = await runQuery(ch, 'critical-path', { id: 'open' });
    expect(timesOf(rows)).toEqual({ run: 15, m: 15, t: 30 });
  });

  test('without an agent_run the operations are the run; a lost parent is no loss', async () => {
    const rows = await runQuery(ch, 'critical-path', { id: 'rootless' });
    expect(timesOf(rows)).toEqual({ '': 10, a: 20, b: 20 });
  });

  test('a clock that is off neither stretches a run nor loses time; a cycle stays with the run', () => {
    expect(paths.get('skewed')).toEqual({ run: 50, early: 30, late: 20 });
    expect(paths.get('cycle')).toEqual({ run: 40 });
  });

  test('what is told after the end does not prolong the run', () => {
    expect(paths.get('told-later')).toEqual({ run: 10, t: 40 });
  });

  test('of a run with many operations the longest are told apart, and the sum stays', async () => {
    const of100 = Object.values(paths.get('many') ?? {});
    expect(of100).toHaveLength(100);
    expect(of100.reduce((sum, ms) => sum + ms, 0)).toBe(5_000);
    const whole = await ch.query(
      `SELECT sum(critical_ms) AS ms, count() AS n FROM v_critical_path(run_id = 'many')`,
    );
    expect(whole).toEqual([{ ms: 5_000, n: 2_000 }]);
  });

  test('by agent: ended runs of the range, their moments summed', async () => {
    const agent_id = 'of-two-runs';
    const rows = await runQuery(ch, 'critical-path-by-agent', { ...range, agent: agent_id });
    expect(rows).toEqual([
      { agent_id, category: 'tool', runs: 2, critical_ms: 200, ms_per_run: 100, share: 0.5 },
      { agent_id, category: 'agent', runs: 2, critical_ms: 100, ms_per_run: 50, share: 0.25 },
      { agent_id, category: 'model', runs: 2, critical_ms: 100, ms_per_run: 50, share: 0.25 },
    ]);
    const byView = await ch.query(
      `SELECT category, critical_ms FROM v_critical_path_by_agent(since = '2000-01-01 00:00:00',
        until = '2100-01-01 00:00:00') WHERE agent_id = '${agent_id}' ORDER BY ALL`,
    );
    expect(byView).toEqual([
      { category: 'agent', critical_ms: 100 },
      { category: 'model', critical_ms: 100 },
      { category: 'tool', critical_ms: 200 },
    ]);
  });
});
