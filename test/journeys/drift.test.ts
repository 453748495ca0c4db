// Drift on the real engine: a prompt change that shifts a tool mix is found with its cause and runs
// that show it; late, future, missing and single values get an answer in words; an error rate that
// jumps is dated to the minute.
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import type { DriftResult } from '@agentspine/clickhouse/drift-store';
import { runQuery } from '@agentspine/clickhouse/query';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { watchDrift } from '@agentspine/sentinel-service/watch-drift';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { governedLog, insertRows, numberOf, openDatabase } from './governed-rows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** The last Wednesday, 15:20: 1970-01-07 was one. Not older, for events expire. */
const wednesdayMs = Math.floor((Date.now() - 6 * DAY_MS - DAY_MS) / WEEK_MS) * WEEK_MS + 6 * DAY_MS;
const nowMs = wednesdayMs + 15 * HOUR_MS + 20 * 60_000 + 123;
const endMs = wednesdayMs + 15 * HOUR_MS;
const changedMs = endMs - 24 * HOUR_MS;

const log = governedLog({ nowMs, duration_ns: 0 });
let run = 0;

/** One event of a run of its own, at a time. */
function at(timeMs: number, fields: Partial<GovernedRow>): GovernedRow {
  run += 1;
  const time = timeMs * 1000;
  return log.row({ event_time: time, start_time: time, run_id: `r-${run}`, ...fields });
}

/** Evenly spread numbers of [0, 1): the same in every run of the test. */
const spread = (index: number): number => (index * 0.618_033_988_75) % 1;

function historyOf(): GovernedRow[] {
  const rows: GovernedRow[] = [];
  const runs = 9 * 360;
  for (let index = 0; index < runs; index += 1) {
    const timeMs = endMs - 9 * DAY_MS + Math.floor((index / runs) * 9 * DAY_MS);
    const isNew = timeMs >= changedMs;
    const chance = spread(index);
    const tool = chance < (isNew ? 0.25 : 0.5) ? 'look' : chance < 0.75 ? 'search' : 'mail';
    rows.push(
      at(timeMs, {
        kind: 'tool_call',
        tool_name: tool,
        duration_ns: 1e9,
        request_model: 'm-1',
        agent_version: '1.0',
        prompt_name: 'system',
        prompt_version: isNew ? 'p2' : 'p1',
        // One value, for ever.
        confidence: 0.7,
        input: 'what is the state of order 17 please',
      }),
    );
  }
  // The same hours of the week, 60 runs an hour; 2 of 100 fail, then every other one.
  for (let day = 7; day >= 0; day -= 1) {
    for (let minute = 0; minute < 8 * 60; minute += 1) {
      const timeMs = nowMs - day * DAY_MS - (8 * 60 - minute) * 60_000;
      if (timeMs > nowMs) continue;
      const broken = day === 0 && timeMs >= nowMs - 45 * 60_000;
      const fails = broken ? minute % 2 === 0 : minute % 50 === 0;
      rows.push(
        at(timeMs, { agent_id: 'busy', status: fails ? 'error' : 'ok', kind: 'agent_run' }),
      );
    }
  }
  for (let index = 0; index < 10; index += 1) {
    rows.push(
      at(endMs - 2 * HOUR_MS + index, {
        tenant_id: 'tiny',
        agent_id: 'small',
        kind: 'tool_call',
        tool_name: 'look',
        confidence: Number.NaN,
      }),
    );
  }
  rows.push(
    at(nowMs + 5 * HOUR_MS, {
      tenant_id: 'tiny',
      agent_id: 'small',
      kind: 'tool_call',
      tool_name: 'future',
    }),
  );
  return rows;
}

let db: Awaited<ReturnType<typeof openDatabase>>;
let ch: ClickHouse;
let results: readonly DriftResult[];
let nothing: readonly DriftResult[];

beforeAll(async () => {
  db = await openDatabase(inject('clickhouseUrl'), 'drift');
  ch = db.ch;
  nothing = await watchDrift({ clickHouse: ch }, { nowMs });
  await insertRows(ch, historyOf(), 'drift:history');
  results = await watchDrift({ clickHouse: ch }, { nowMs });
});
afterAll(() => db.close());

const find = (agent: string, dimension: string, method: string): DriftResult | undefined =>
  results.find(
    (each) =>
      each.agent_id === agent &&
      each.dimension === dimension &&
      each.method === method &&
      each.reference === 'trailing',
  );

test('a prompt change that shifts the tool mix is found, with its cause and runs that show it', async () => {
  const found = find('refunds', 'tool', 'category');
  expect(found).toMatchObject({ state: 'alert', tenant_id: 'acme' });
  expect(found?.words).toMatch(/^tool: (look|search) \d+ % → \d+ %/);
  expect(found?.causes[0]).toMatchObject({ dimension: 'prompt_version', value: 'p2' });
  expect(found?.causes[0]?.share).toBeGreaterThan(0.8);
  expect(found?.example_runs.length).toBe(5);
  const tools = await ch.query<{ tool_name: string }>(
    'SELECT DISTINCT tool_name FROM events WHERE run_id IN {runs:Array(String)}',
    { runs: found?.example_runs },
  );
  expect(tools).toEqual([{ tool_name: 'search' }]);
});

test('the prompt itself is told as never seen before', () => {
  const found = find('refunds', 'prompt', 'unseen');
  expect(found?.state).toBe('alert');
  expect(found?.words).toContain('first seen: system@p2');
});

test('what did not change is not found', () => {
  for (const dimension of [
    'model',
    'error_rate',
    'confidence',
    'latency_ns',
    'tool_latency_ns:look',
  ]) {
    const found = results.filter(
      (each) => each.agent_id === 'refunds' && each.dimension === dimension,
    );
    for (const each of found) expect(each.state, each.words).not.toMatch(/warn|alert/);
  }
});

test('one value for ever is no finding and no NaN', async () => {
  const found = find('refunds', 'confidence', 'number');
  expect(found).toMatchObject({ effect: 0, state: 'insufficient_data' });
  expect(found?.words).toMatch(/360 runs would show a shift of 0\.\d\d σ, wanted 0\.4 σ$/);
  expect(
    await numberOf(
      ch,
      `SELECT count() AS n FROM drift_results WHERE method = 'number' AND isNaN(effect)`,
    ),
  ).toBe(0);
});

test('a tenant with ten events is told what is lacking', () => {
  const words = results
    .filter((each) => each.tenant_id === 'tiny')
    .map((each) => `${each.state} ${each.words}`);
  expect(words).toContain('insufficient_data tool: insufficient data: 10 of 200');
  expect(words.every((each) => each.startsWith('insufficient_data'))).toBe(true);
  expect(words.join(' ')).not.toContain('future');
});

test('an error rate that jumps is dated to the minute', () => {
  const found = find('busy', 'error_rate', 'change_point');
  expect(found?.state, found?.words).toBe('alert');
  const apart = Math.abs((found?.window_start_s ?? 0) * 1000 - (nowMs - 45 * 60_000));
  expect(apart).toBeLessThanOrEqual(10 * 60_000);
  expect(found?.example_runs.length).toBe(5);
});

test('a second round at the same time changes nothing', async () => {
  const before = await ch.query('SELECT * EXCEPT computed_at FROM v_drift ORDER BY ALL');
  await watchDrift({ clickHouse: ch }, { nowMs });
  expect(await ch.query('SELECT * EXCEPT computed_at FROM v_drift ORDER BY ALL')).toEqual(before);
});

test('hours with late events are filled again, and each run counts once', async () => {
  const runs = (): Promise<number> =>
    numberOf(
      ch,
      `SELECT sum(n) AS n FROM observations_1h WHERE agent_id = 'refunds' AND dimension = 'tool'
      AND (tenant_id, hour, revision) IN (SELECT tenant_id, hour, max(revision) FROM drift_hours GROUP BY tenant_id, hour)`,
    );
  const before = await runs();
  expect(before).toBe(9 * 360);
  const late = Array.from({ length: 7 }, (_, index) =>
    at(endMs - 30 * HOUR_MS + index, { kind: 'tool_call', tool_name: 'look' }),
  );
  await insertRows(ch, late, 'drift:late');
  await watchDrift({ clickHouse: ch }, { nowMs });
  expect(await runs()).toBe(before + 7);
});

test('the named query gives what was found, alarms first', async () => {
  const since = new Date(endMs - DAY_MS);
  const rows = await runQuery(ch, 'drift', { since, until: new Date(nowMs), state: 'found' });
  expect(rows.length).toBeGreaterThan(1);
  expect(rows[0]?.state).toBe('alert');
  expect(
    rows.find(({ dimension, method }) => dimension === 'tool' && method === 'category')?.causes[0],
  ).toMatchObject({ value: 'p2' });
});

test('an empty database is no error', () => {
  expect(nothing).toEqual([]);
});
