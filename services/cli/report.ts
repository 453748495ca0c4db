// spine report: the latest runs, latency, failures, violations and cost of the last days, on one
// screen.
// Guarantees: reads the named queries alone; says so where the span holds nothing but the store
// does.
// Example: spine report --since 24h --tenant acme-retail
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { runQuery, type Range } from '@agentspine/clickhouse/query';
import type {
  CostRow,
  FailureRow,
  LatencyRow,
  RunRow,
  ViolationRow,
} from '@agentspine/clickhouse/query-rows';
import { SpineError } from '@agentspine/outcome/errors';
import { open } from './open.ts';
import { EXIT, flags, wholeFlag, type Command } from './shell.ts';
import { duration, grouped, type Cell, type Terminal } from './terminal.ts';

const UNIT_MS = { m: 60e3, h: 3_600e3, d: 86_400e3 } as const;

type Answers = {
  readonly runs: readonly RunRow[];
  readonly latency: readonly LatencyRow[];
  readonly failures: readonly FailureRow[];
  readonly violations: readonly ViolationRow[];
  readonly cost: readonly CostRow[];
};

export const report: Command = async (shell) => {
  const { values } = flags(shell, {
    since: { type: 'string', default: '30d' },
    tenant: { type: 'string', default: '' },
    agent: { type: 'string', default: '' },
    limit: { type: 'string' },
  });
  const { terminal } = shell;
  const sinceMs = shell.nowMs() - spanOf(values.since);
  const range: Range = {
    tenant: values.tenant,
    agent: values.agent,
    since: new Date(sinceMs),
    // Clocks of producers may run ahead.
    until: new Date(shell.nowMs() + UNIT_MS.d),
    limit: wholeFlag('limit', values.limit, 8),
  };
  await using spine = open(shell, values);
  const ch = spine.clickHouse();
  const answers = await ask(ch, range);
  if (values.json) {
    terminal.json(answers);
  } else if (Object.values(answers).every((rows) => rows.length === 0)) {
    terminal.line(await emptyWords(ch, values.since));
  } else {
    sayAnswers(terminal, answers);
  }
  return EXIT.ok;
};

async function ask(ch: ClickHouse, range: Range): Promise<Answers> {
  const [runs, latency, failures, violations, cost] = await Promise.all([
    runQuery(ch, 'runs', range),
    runQuery(ch, 'latency', range),
    runQuery(ch, 'failures', range),
    runQuery(ch, 'violations', range),
    runQuery(ch, 'cost', range),
  ]);
  return { runs, latency, failures, violations, cost };
}

/** Imported traces keep their own times, which may lie far back. */
async function emptyWords(ch: ClickHouse, since: string): Promise<string> {
  const [all] = await ch.query<{ n: number; first: string; last: string; days: number }>(
    `SELECT count() AS n, toString(toDate(min(event_time))) AS first, toString(toDate(max(event_time))) AS last,
            dateDiff('day', min(event_time), now()) + 1 AS days FROM events`,
  );
  if (all === undefined || all.n === 0) {
    return 'No events are stored yet. `spine import FILE…` or `spine demo` brings some.';
  }
  return (
    `Nothing of this in the last ${since}. Stored are ${grouped(all.n)} events from ${all.first} to ${all.last}: ` +
    `\`spine report --since ${all.days}d\``
  );
}

function sayAnswers(terminal: Terminal, answers: Answers): void {
  section(
    terminal,
    'Latest runs (spine trace RUN)',
    ['run', 'agent', 'started', 'took', 'status', 'outcome', 'usd'],
    answers.runs.map((row) => [
      row.run_id,
      row.agent_id,
      row.started_at.slice(0, 19),
      duration(row.duration_ms * 1e6),
      row.status,
      row.outcome === 'unknown' ? '' : row.outcome,
      row.cost_usd,
    ]),
  );
  section(
    terminal,
    'Latency by agent and operation',
    ['agent', 'operation', 'calls', 'p50 ms', 'p95 ms', 'p99 ms'],
    answers.latency.map((row) => [
      row.agent_id,
      operation(row),
      row.operations,
      row.p50_ms,
      row.p95_ms,
      row.p99_ms,
    ]),
  );
  section(
    terminal,
    'Failures',
    ['agent', 'operation', 'failure mode', 'failures', 'share'],
    answers.failures.map((row) => [
      row.agent_id,
      operation(row),
      row.failure_mode || row.status,
      row.failures,
      `${grouped(Math.round(row.failure_share * 1000) / 10)} %`,
    ]),
  );
  sayMore(terminal, answers);
}

function sayMore(terminal: Terminal, { violations, cost }: Answers): void {
  section(
    terminal,
    'Violations, gravest first (shadow: rules on trial)',
    ['rule', 'severity', 'live', 'shadow', 'runs', 'the latest one'],
    violations.map((row) => [
      row.rule_id,
      row.severity,
      row.live,
      row.shadow,
      row.runs,
      row.message,
    ]),
  );
  section(
    terminal,
    'Cost',
    ['agent', 'model', 'calls', 'tokens in', 'tokens out', 'usd'],
    cost.map((row) => [
      row.agent_id,
      row.model,
      row.calls,
      row.input_tokens,
      row.output_tokens,
      row.cost_usd,
    ]),
  );
}

function operation({ kind, subject }: { readonly kind: string; readonly subject: string }): string {
  return subject === '' || subject === kind ? kind : `${kind} ${subject}`;
}

function section(
  terminal: Terminal,
  title: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): void {
  terminal.line();
  terminal.line(terminal.style('bold', title));
  if (rows.length === 0) terminal.line('  none');
  else terminal.table(head, rows, terminal.width);
}

/** '90m', '24h', '7d' in milliseconds. */
function spanOf(text: string): number {
  const match = /^(\d{1,5})([mhd])$/.exec(text);
  if (match !== null) return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  throw new SpineError('SPINE_CLI_USAGE', {
    where: '--since',
    wanted: 'a span such as 90m, 24h or 7d',
    found: text,
  });
}
