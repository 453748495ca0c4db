// The demo's last screen: what was produced, stored and refused, that the counts agree, an event
// before and after, the top violations, latency by agent, and what to try next. Reads the store as
// an analyst would.
// Guarantees: at most 60 lines of at most 120 columns on a pipe.
// Example: const ok = await summary(terminal, opened, { load, before, after, … })
import { runQuery } from '@agentspine/clickhouse/query';
import type { Audit } from './audit.ts';
import { beforeAndAfter } from './before-and-after.ts';
import type { Load } from './demo-load.ts';
import type { Opened } from './open.ts';
import { counted, cutAtWord, duration, grouped, type Terminal } from './terminal.ts';

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

const TOP = 5;
const DAY_MS = 86_400_000;
const MARKS = { critical: 'red', high: 'yellow' } as const;

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
  const counts = agreement(facts);
  await sayCounts(terminal, opened, facts, counts);
  await beforeAndAfter(terminal, opened.clickHouse(), facts.load);
  await sayViolations(terminal, opened, facts);
  await sayLatency(terminal, opened, facts);
  return counts.ok;
}

/**
 * What is left when the screen is full: running, stopped with its data, or gone (the in-memory log
 * ends with the process). place names the state folder where it is not the usual one.
 */
export type Aftermath = {
  readonly is: 'running' | 'stopped' | 'gone';
  readonly place: string;
  /** A run that an alarm names. */
  readonly run: string | undefined;
};

export function tryNext(terminal: Terminal, { is, place, run }: Aftermath): void {
  terminal.line();
  if (is === 'gone') {
    title(terminal, 'Try next, on a real Kafka');
    terminal.line('  install Java 17 and Maven, then npm run demo again');
    terminal.line('  or docker compose up: the same on official images');
    return;
  }
  const isRunning = is === 'running';
  title(
    terminal,
    isRunning ? 'Try next, in another terminal' : 'Try next (the stack is stopped; the data stays)',
  );
  const commands = [
    ...(isRunning ? [] : ['up']),
    'report drift',
    'report outcomes',
    `trace ${run ?? 'latest'}`,
  ];
  for (const command of commands) terminal.line(`  npm run spine -- ${command}${place}`);
}

async function sayCounts(
  terminal: Terminal,
  opened: Opened,
  { load, broken, startedAt, tookMs }: DemoFacts,
  counts: Agreement,
): Promise<void> {
  const since = startedAt.getTime();
  const [deadLetters, replaced] = await Promise.all([
    deadLettersSince(opened, since),
    replacedSince(opened, since),
  ]);
  const say = (label: string, text: string): void =>
    terminal.line(`  ${terminal.style('bold', label.padEnd(14))}${text}`);
  const agents = `${load.agents()} agents in ${load.tenants()} companies`;
  terminal.line();
  title(terminal, `What happened (${duration(tookMs * 1e6)} in all)`);
  say(
    'produced',
    `${grouped(counts.produced)} records from ${counted(load.runs(), 'run')} of ${agents}`,
  );
  const values = `${grouped(replaced)} personal values and secrets replaced on the way`;
  say('stored', `${grouped(counts.rows)} rows in ClickHouse, with ${values}`);
  const why =
    broken === counts.deadLetters ? 'all broken on purpose' : `${broken} broken on purpose`;
  say('dead letters', `${grouped(counts.deadLetters)}, ${why}; kept sealed, with the reason:`);
  const room = Math.min(terminal.width, 120);
  for (const { code, n, cause } of deadLetters) {
    const head = `${' '.repeat(14)}${String(n).padStart(4)} × ${code.padEnd(29)}`;
    terminal.line(`${head}${terminal.style('dim', cutAtWord(cause, room - head.length))}`);
  }
  const sum = `${grouped(counts.produced)} produced = ${grouped(counts.rows)} rows + ${grouped(counts.deadLetters)} dead letters`;
  const verdict = counts.ok
    ? terminal.style('green', '✓ the counts agree')
    : terminal.style('red', '✗ the counts do not agree');
  terminal.line(`  ${verdict}: ${sum}, ${counts.missing} missing, ${counts.doubled} doubled`);
}

async function sayViolations(terminal: Terminal, opened: Opened, facts: DemoFacts): Promise<void> {
  const until = new Date(facts.startedAt.getTime() + DAY_MS);
  const rows = await runQuery(opened.clickHouse(), 'violations', {
    since: new Date(0),
    until,
    limit: TOP,
  });
  terminal.line();
  title(terminal, `Top violations, gravest first${allRuns(facts)}`);
  terminal.table(
    ['times', 'severity', 'rule', 'the latest one'],
    rows.map((row) => [
      row.live + row.shadow,
      styled(terminal, row.severity),
      row.rule_id,
      row.message,
    ]),
    Math.min(terminal.width, 120),
  );
}

async function sayLatency(terminal: Terminal, opened: Opened, facts: DemoFacts): Promise<void> {
  const rows = await opened
    .clickHouse()
    .query<{ agent_id: string; runs: number; p: readonly number[] }>(
      `SELECT agent_id, count() AS runs, quantiles(0.5, 0.95, 0.99)(duration_ns) AS p FROM events
       WHERE kind = 'agent_run' AND phase = 'end' GROUP BY agent_id ORDER BY runs DESC, agent_id LIMIT {limit:UInt8}`,
      { limit: TOP },
    );
  terminal.line();
  title(terminal, `Latency by agent, a whole run${allRuns(facts)}`);
  terminal.table(
    ['agent', 'runs', 'median', '95 % within', '99 % within'],
    rows.map(({ agent_id: agent, runs, p }) => [agent, runs, ...p.map((ns) => duration(ns))]),
  );
}

/** A state folder that was used before holds more than this run's. */
function allRuns({ before }: DemoFacts): string {
  return before.rows > 0 ? ' (with what was stored before)' : '';
}

function styled(terminal: Terminal, severity: string): string {
  const mark = MARKS[severity as keyof typeof MARKS];
  return mark === undefined ? severity : terminal.style(mark, severity);
}

function title(terminal: Terminal, text: string): void {
  terminal.line(terminal.style('bold', text));
}

type DeadLetterCount = { code: string; n: number; cause: string };

function deadLettersSince(opened: Opened, sinceMs: number): Promise<DeadLetterCount[]> {
  return opened.clickHouse().query<DeadLetterCount>(
    `SELECT code, count() AS n, min(cause) AS cause FROM v_dead_letters
     WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}) GROUP BY code ORDER BY n DESC, code LIMIT 9`,
    { since: sinceMs },
  );
}

async function replacedSince(opened: Opened, sinceMs: number): Promise<number> {
  const [row] = await opened.clickHouse().query<{ redactions: number }>(
    `SELECT toUInt64(sum(arraySum(mapValues(redactions)))) AS redactions FROM events
     WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64})`,
    { since: sinceMs },
  );
  return row?.redactions ?? 0;
}
