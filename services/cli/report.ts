// spine report: latency, failures, violations and cost of the last days, on one screen.
// Example: spine report --since 24h --tenant acme-retail
import { runQuery, type Range } from '@agentspine/clickhouse/query';
import { SpineError } from '@agentspine/outcome/errors';
import { open } from './open.ts';
import { EXIT, flags, wholeFlag, type Command } from './shell.ts';
import { grouped, type Terminal } from './terminal.ts';

const UNIT_MS = { m: 60e3, h: 3_600e3, d: 86_400e3 } as const;

export const report: Command = async (shell) => {
  const { values } = flags(shell, {
    since: { type: 'string', default: '30d' },
    tenant: { type: 'string', default: '' },
    agent: { type: 'string', default: '' },
    limit: { type: 'string' },
  });
  await using spine = open(shell, values);
  const ch = spine.clickHouse();
  const until = new Date(Date.now() + UNIT_MS.d);
  const range: Range = {
    tenant: values.tenant,
    agent: values.agent,
    since: new Date(until.getTime() - UNIT_MS.d - spanOf(values.since)),
    until,
    limit: wholeFlag('limit', values.limit, 8),
  };
  const [latency, failures, violations, cost] = await Promise.all([
    runQuery(ch, 'latency', range),
    runQuery(ch, 'failures', range),
    runQuery(ch, 'violations', range),
    runQuery(ch, 'cost', range),
  ]);
  const { terminal } = shell;
  if (values.json) {
    terminal.json({ latency, failures, violations, cost });
    return EXIT.ok;
  }
  section(
    terminal,
    'Latency by agent and operation',
    ['agent', 'operation', 'calls', 'p50 ms', 'p95 ms', 'p99 ms'],
    latency.map((row) => [
      row.agent_id,
      `${row.kind} ${row.subject}`,
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
    failures.map((row) => [
      row.agent_id,
      `${row.kind} ${row.subject}`,
      row.failure_mode || row.status,
      row.failures,
      `${grouped(Math.round(row.failure_share * 1000) / 10)} %`,
    ]),
  );
  section(
    terminal,
    'Violations',
    ['rule', 'severity', 'live', 'shadow', 'runs', 'latest message'],
    violations.map((row) => [
      row.rule_id,
      row.severity,
      row.live,
      row.shadow,
      row.runs,
      row.message.slice(0, 70),
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
  return EXIT.ok;
};

export function section(
  terminal: Terminal,
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  terminal.line();
  terminal.line(terminal.style('bold', title));
  if (rows.length === 0) terminal.line('  none');
  else terminal.table(head, rows);
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
