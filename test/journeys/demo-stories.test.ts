// What the demo plants in its week, the sentinel finds, each with its cause; in the same week
// without stories it finds nothing. On the real engine, with the rows the pipeline makes.
import { loadConfig } from '@agentspine/config/load-config';
import { evaluate } from '@agentspine/cli-service/demo-found';
import { matchStories, type Alarm } from '@agentspine/cli-service/match-stories';
import type { Story, StoryName } from '@agentspine/fleet/stories';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { insertWeek } from './fleet-week.ts';
import { openDatabase } from './governed-rows.ts';

const nowMs = Date.now();
const config = loadConfig({ env: {}, readFile: () => '' });

type Database = Awaited<ReturnType<typeof openDatabase>>;
const databases: Database[] = [];
afterAll(() => Promise.all(databases.map((database) => database.close())));

async function lookAt(name: string, week: { everyday: number; withStories: boolean }) {
  const database = await openDatabase(inject('clickhouseUrl'), name);
  databases.push(database);
  const { stories } = await insertWeek(database.ch, { ...week, nowMs, runs: 600 });
  return { database, stories, alarms: await evaluate(database.ch, config, nowMs) };
}

describe('a week with stories', () => {
  let stories: readonly Story[];
  let alarms: readonly Alarm[];
  beforeAll(async () => {
    ({ stories, alarms } = await lookAt('told', { everyday: 9_000, withStories: true }));
  }, 300_000);

  test.each<[StoryName, string, string]>([
    ['prompt-change', 'tool: search_kb', 'prompt_version 2026-02-28'],
    ['overconfident-model', 'confidence: mean', 'model gpt-4.1'],
    ['slow-tool', 'latency_ns: typical value', 'tool match_devices'],
    ['retry-leak', 'cost_nano_usd: typical value', 'error_type malformed_output'],
    ['costly-refunds', 'KPI', '1.3.0'],
  ])('%s is found, and why', (name, what, cause) => {
    const match = matchStories(stories, alarms).find(({ story }) => story.name === name);
    expect(match?.alarm, JSON.stringify(alarms.map(({ summary }) => summary))).toBeDefined();
    expect(match?.alarm?.summary).toContain(what);
    expect(match?.alarm?.cause).toContain(cause);
    expect(match?.namesCause).toBe(true);
    expect(match?.alarm?.example_runs.length).toBeGreaterThan(0);
  });
});

test('a calm week of the same size raises no alarm but for the rules it breaks on purpose', async () => {
  const { alarms } = await lookAt('calm', { everyday: 9_000, withStories: false });
  expect(alarms.filter(({ kind }) => kind !== 'violations')).toEqual([]);
}, 300_000);

test('a week too small to judge is called so, in words', async () => {
  const { database, stories, alarms } = await lookAt('few', { everyday: 60, withStories: true });
  expect(matchStories(stories, alarms).filter(({ alarm }) => alarm)).toEqual([]);
  const [row] = await database.ch.query<{ words: string }>(
    "SELECT words FROM v_drift WHERE agent_id = 'support-concierge' AND dimension = 'tool' AND method = 'category'",
  );
  expect(row?.words).toMatch(/^tool: insufficient data: \d+ of \d+$/u);
}, 300_000);
