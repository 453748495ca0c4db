// Every panel of every dashboard on a fleet's month of 10 million events: the SQL Grafana sends,
// for the range the dashboard opens with, all tenants and agents. npm run bench -- dashboards
// [--rows 100000000] [--dir FOLDER] [--rounds N] [--only WORD]
import { parseArgs } from 'node:util';
import { panelQueries, readAll } from '../../infra/grafana/dashboard-files.ts';
import { expandMacros } from '../../infra/grafana/expand-macros.ts';
import { openHistory } from './history.ts';
import { line, percentile } from './measure.ts';

const HOUR_MS = 3_600_000;
const GOAL_MS = 200;
/** About as many points as a panel of Grafana is wide. */
const POINTS = 300;

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
  const opensWith = new Map(readAll().map(({ name, from }) => [name, hoursOf(from)]));
  line('panel', 'range', 'rows', 'p50 ms', 'p95 ms', 'CPU ms', '');
  let missed = 0;
  for (const { dashboard, title, sql } of panelQueries()) {
    const name = `${dashboard}: ${title}`;
    if (!name.includes(values.only)) continue;
    const hours = opensWith.get(dashboard) ?? 24;
    const to = history.until;
    const from = new Date(to.getTime() - hours * HOUR_MS);
    const intervalSeconds = Math.max(300, Math.round((hours * 3600) / POINTS));
    const statement = expandMacros(sql, { from, to, intervalSeconds });
    const found: number[] = [];
    let answered = 0;
    const before = await history.cpuMs();
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      const begin = performance.now();
      const text = await history.ch.queryRaw(statement, { format: 'JSON', maxRows: 100_000 });
      // The first one warms the caches.
      if (round > 0) found.push(performance.now() - begin);
      answered = (JSON.parse(text) as { rows: number }).rows;
    }
    const cpu = ((await history.cpuMs()) - before) / (Number(values.rounds) + 1);
    const sorted = found.toSorted((a, b) => a - b);
    const p95 = percentile(sorted, 0.95);
    if (p95 > GOAL_MS) missed += 1;
    const note = p95 > GOAL_MS ? `over ${GOAL_MS}` : '';
    line(name, `${hours} h`, answered, percentile(sorted, 0.5), p95, cpu, note);
  }
  console.log(`\n${missed} panels over ${GOAL_MS} ms at p95`);
}

/** now-7d, now-6h */
function hoursOf(from: string): number {
  const [, count = '24', unit] = /^now-(\d+)([hd])$/u.exec(from) ?? [];
  return Number(count) * (unit === 'd' ? 24 : 1);
}
