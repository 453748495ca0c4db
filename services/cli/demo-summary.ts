// The demo's last screen: what was produced, stored and refused, that the counts agree, an event
// before and after, the top violations, latency by agent, and what to try next. Reads the store as
// an analyst would.
// Example: const ok = await summary(terminal, opened, { load, before, after, tookMs })
import { runQuery, type Range } from '@agentspine/clickhouse/query';
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Audit } from './audit.ts';
import type { Load } from './demo-load.ts';
import type { Opened } from './open.ts';
import { section } from './report.ts';
import { duration, grouped, type Terminal } from './terminal.ts';

export type DemoFacts = {
  readonly load: Load;
  readonly before: Audit;
  readonly after: Audit;
  readonly startedAt: Date;
  readonly tookMs: number;
  readonly broken: number;
};

export type Agreement = {
  readonly produced: number;
  readonly rows: number;
  readonly deadLetters: number;
  readonly missing: number;
  readonly doubled: number;
  readonly ok: boolean;
};

/** What this run of the demo added, by the auditor's count. */
export function agreement({ load, before, after }: DemoFacts): Agreement {
  const rows = after.rows - before.rows;
  const deadLetters = after.deadLetters - before.deadLetters;
  const produced = load.produced();
  const sum = (pick: (one: Audit['partitions'][number]) => number): number =>
    after.partitions.reduce((total, one) => total + pick(one), 0);
  const missing = sum((one) =>
    one.missing.reduce((count, { first, last }) => count + last - first + 1, 0),
  );
  const doubled = sum((one) => one.doubled.length);
  const ok = after.ok && missing === 0 && doubled === 0 && produced === rows + deadLetters;
  return { produced, rows, deadLetters, missing, doubled, ok };
}

export async function summary(
  terminal: Terminal,
  opened: Opened,
  facts: DemoFacts,
): Promise<boolean> {
  const ch = opened.clickHouse();
  const counts = agreement(facts);
  const range: Range = { since: new Date(0), until: new Date(Date.now() + 86_400_000), limit: 6 };
  const [violations, latency, deadLetters, totals] = await Promise.all([
    runQuery(ch, 'violations', range),
    runQuery(ch, 'latency', { ...range, kind: 'agent_run' }),
    deadLettersSince(opened, facts.startedAt),
    redactedSince(opened, facts.startedAt),
  ]);
  const { load } = facts;
  const bold = (text: string): string => terminal.style('bold', text);
  terminal.line();
  terminal.line(bold(`What happened (${duration(facts.tookMs * 1e6)})`));
  terminal.line(
    `  produced      ${grouped(counts.produced)} records: ${grouped(load.runs())} runs of 5 agents in 2 tenants, a week of history and live`,
  );
  terminal.line(
    `  stored        ${grouped(counts.rows)} rows in ClickHouse, ${grouped(totals.redactions)} personal values and secrets replaced on the way`,
  );
  terminal.line(
    `  dead letters  ${grouped(counts.deadLetters)} of ${facts.broken} broken on purpose, sealed:`,
  );
  terminal.table(
    ['', '', ''],
    deadLetters.map((row) => [`  ${row.code}`, row.n, row.cause.slice(0, 86)]),
  );
  const verdict = counts.ok
    ? terminal.style('green', '✓ the counts agree')
    : terminal.style('red', '✗ the counts do not agree');
  terminal.line(
    `  ${verdict}: ${grouped(counts.produced)} produced = ${grouped(counts.rows)} rows + ${grouped(counts.deadLetters)} dead letters, ${counts.missing} missing, ${counts.doubled} doubled`,
  );
  await beforeAndAfter(terminal, opened, load.sample());
  section(
    terminal,
    'Top violations',
    ['rule', 'severity', 'live', 'shadow', 'latest reason'],
    violations.map((row) => [
      row.rule_id,
      row.severity,
      row.live,
      row.shadow,
      row.message.slice(0, 84),
    ]),
  );
  section(
    terminal,
    'Latency of runs',
    ['agent', 'runs', 'p50 ms', 'p95 ms', 'p99 ms'],
    latency.map((row) => [row.agent_id, row.operations, row.p50_ms, row.p95_ms, row.p99_ms]),
  );
  return counts.ok;
}

export function tryNext(terminal: Terminal, isRunning: boolean): void {
  terminal.line();
  terminal.line(
    terminal.style(
      'bold',
      isRunning
        ? 'Try next, in another terminal'
        : 'Try next (the stack is stopped; the data stays)',
    ),
  );
  if (!isRunning) terminal.line('  npm run spine -- up');
  terminal.line('  npm run spine -- trace latest');
  terminal.line(
    "  npm run spine -- sql 'SELECT agent_id, failure_mode, failures FROM v_failures ORDER BY failures DESC LIMIT 10'",
  );
  terminal.line('  npm run spine -- import your-traces.json --tenant you');
}

type DeadLetterCount = { code: string; n: number; cause: string };

function deadLettersSince(opened: Opened, since: Date): Promise<DeadLetterCount[]> {
  return opened.clickHouse().query<DeadLetterCount>(
    `SELECT code, count() AS n, any(cause) AS cause FROM v_dead_letters
     WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}) GROUP BY code ORDER BY n DESC, code`,
    { since: since.getTime() },
  );
}

async function redactedSince(opened: Opened, since: Date): Promise<{ redactions: number }> {
  const [row] = await opened.clickHouse().query<{ redactions: number }>(
    `SELECT toUInt64(sum(arraySum(mapValues(redactions)))) AS redactions FROM events
     WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64})`,
    { since: since.getTime() },
  );
  return row ?? { redactions: 0 };
}

async function beforeAndAfter(
  terminal: Terminal,
  opened: Opened,
  event: AgentEvent | undefined,
): Promise<void> {
  if (event === undefined) return;
  const [row] = await opened
    .clickHouse()
    .query<{ input: string; actor_id: string }>(
      'SELECT input, actor_id FROM events WHERE event_id = {id:String}',
      { id: event.event_id },
    );
  if (row === undefined) return;
  terminal.line();
  terminal.line(
    terminal.style(
      'bold',
      `One ${event.kind} of ${event.agent?.id ?? 'an agent'}, before and after`,
    ),
  );
  const show = (label: string, text: string): void => {
    const lines = wrap(text, 100);
    lines.forEach((line, index) =>
      terminal.line(`  ${(index === 0 ? label : '').padEnd(8)}${line}`),
    );
  };
  show('before', event.input?.inline ?? '');
  show('after', row.input);
}

/** Breaks at spaces; a word longer than the width stands alone. */
function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.replace(/\s+/g, ' ').split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
