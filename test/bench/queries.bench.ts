// Every named question on a fleet's month of 10 million events: how long, and what it costs the
// engine. Over the last day of the whole fleet, as a dashboard asks, and over a week. npm run bench
// -- queries [--rows 100000000] [--dir FOLDER] [--rounds N] [--only WORD]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { alertStore } from '@agentspine/clickhouse/alert-store';
import { QUERY_NAMES, runQuery, type Queries, type QueryName } from '@agentspine/clickhouse/query';
import { clickHouseSignals } from '@agentspine/clickhouse/signals';
import { loadConfigWithOrigins } from '@agentspine/config/load-config';
import { evaluateOnce } from '@agentspine/sentinel-service/evaluate-once';
import { loadAlerting } from '@agentspine/sentinel-service/load-alerting';
import { openHistory, type History } from './history.ts';
import { line, percentile } from './measure.ts';

const DAY_MS = 86_400_000;
const GOAL_MS = 200;
/** These audit the whole store, offset by offset: measured when asked for by --only. */
const AUDITS = new Set<QueryName>(['delivery', 'counts']);
/** For one run, looked at by a person: planning alone takes longer than a panel may. */
const NOT_FOR_DASHBOARDS = new Set<QueryName>([
  ...AUDITS,
  'critical-path',
  'critical-path-by-agent',
]);

/** What some questions want named. */
const FOR_ALL = {
  generation: 1,
  name: 'resolution',
  kpi: 'resolution',
  baseline: '1.0.0',
  candidate: '1.1.0',
};

export async function bench(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      rows: { type: 'string', default: '10000000' },
      dir: { type: 'string', default: '' },
      rounds: { type: 'string', default: '7' },
      only: { type: 'string', default: '' },
    },
  });
  const rows = Number(values.rows);
  const dir = values.dir === '' ? `.spine/bench/${rows}` : values.dir;
  await using history = await openHistory({ dir, rows, nowMs: Date.now() });
  await tellSize(history);
  const names = QUERY_NAMES.filter((name) =>
    values.only === '' ? !AUDITS.has(name) : name.includes(values.only),
  );
  const rounds = Number(values.rounds);
  for (const days of [1, 7]) {
    console.log(`\nthe last ${days === 1 ? 'day' : `${days} days`}, all tenants and agents`);
    line('question', 'rows', 'p50 ms', 'p95 ms', 'CPU ms', '');
    for (const name of names) await time(history, name, { days, rounds, agent: '' });
  }
  if (values.only === '') await alertRound(history, rounds);
  console.log('\nthe last day of one agent');
  line('question', 'rows', 'p50 ms', 'p95 ms', 'CPU ms', '');
  for (const name of names) await time(history, name, { days: 1, rounds, agent: 'agent-0007' });
}

/** A dry round of every shipped rule over 1,000 agents, as at the end of the history. */
async function alertRound({ ch, until, cpuMs }: History, rounds: number): Promise<void> {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const { config } = loadConfigWithOrigins({
    file: undefined,
    env: {},
    readFile,
    cwd: process.cwd(),
  });
  const ports = {
    signals: clickHouseSignals(ch),
    store: alertStore(ch),
    alerting: loadAlerting(config),
    receivers: new Map(),
  };
  const found: number[] = [];
  const before = await cpuMs();
  for (let round = 0; round < rounds; round += 1) {
    const begin = performance.now();
    await evaluateOnce(ports, { nowMs: until.getTime(), isDry: true });
    found.push(performance.now() - begin);
  }
  const cpu = ((await cpuMs()) - before) / rounds;
  const sorted = found.toSorted((a, b) => a - b);
  console.log(
    `\nan evaluation round of ${ports.alerting.rules.length} alert rules (goal 1,000 ms)`,
  );
  line('round', percentile(sorted, 0.5), percentile(sorted, 0.95), cpu);
}

async function tellSize({ ch }: History): Promise<void> {
  const tables = await ch.query<{ table: string; rows: number; mb: number; per_event: number }>(
    `SELECT table, sum(rows) AS rows, round(sum(bytes_on_disk) / 1e6) AS mb,
      round(sum(bytes_on_disk) / (SELECT count() FROM events), 1) AS per_event
     FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY mb DESC`,
  );
  line('table', 'rows', 'MB', 'bytes/event');
  for (const { table, rows, mb, per_event } of tables) line(table, rows, mb, per_event);
}

async function time(
  { ch, until, cpuMs }: History,
  name: QueryName,
  how: { readonly days: number; readonly rounds: number; readonly agent: string },
): Promise<void> {
  const since = new Date(until.getTime() - how.days * DAY_MS);
  const split = new Date((since.getTime() + until.getTime()) / 2);
  const id = await anId(ch, name);
  const params = { ...FOR_ALL, since, split, until, agent: how.agent, id };
  const found: number[] = [];
  let rows = 0;
  const before = await cpuMs();
  for (let round = 0; round <= how.rounds; round += 1) {
    const begin = performance.now();
    rows = (await runQuery(ch, name, params as Queries[QueryName]['params'])).length;
    // The first one warms the caches.
    if (round > 0) found.push(performance.now() - begin);
  }
  const cpu = ((await cpuMs()) - before) / (how.rounds + 1);
  const sorted = found.toSorted((a, b) => a - b);
  const p95 = percentile(sorted, 0.95);
  const isMissed = p95 > GOAL_MS && !NOT_FOR_DASHBOARDS.has(name);
  line(name, rows, percentile(sorted, 0.5), p95, cpu, isMissed ? `over ${GOAL_MS}` : '');
}

/** A run or a decision that is there. */
async function anId(ch: History['ch'], name: QueryName): Promise<string> {
  const column = name.includes('decision') ? 'decision_id' : 'run_id';
  const [row] = await ch.query<{ id: string }>(
    `SELECT ${column} AS id FROM events WHERE kind = 'decision' AND agent_id = 'agent-0007' LIMIT 1`,
  );
  return row?.id ?? '';
}
