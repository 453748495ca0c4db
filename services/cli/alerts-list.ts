// spine alerts list: what fires now, worst first; --all also what is over; --deliveries what was
// told to whom. Exit code 0 also where something fires.
// Example: spine alerts list --tenant acme-retail --json
import { readDuration } from '@agentspine/alert/duration';
import { listAlerts, listDeliveries, type ListedAlert } from '@agentspine/clickhouse/alert-list';
import { SpineError } from '@agentspine/outcome/errors';
import { open } from './open.ts';
import { EXIT, flags, wholeFlag, type Command } from './shell.ts';
import { uptime, type Style, type Terminal } from './terminal.ts';

const LIMIT = 50;

export const COLOURS: Readonly<Record<string, Style>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
};

export const list: Command = async (shell) => {
  const { values } = flags(shell, {
    all: { type: 'boolean', default: false },
    deliveries: { type: 'boolean', default: false },
    since: { type: 'string', default: '7d' },
    tenant: { type: 'string', default: '' },
    agent: { type: 'string', default: '' },
    limit: { type: 'string' },
  });
  const { terminal } = shell;
  const nowMs = shell.nowMs();
  const sinceMs = nowMs - durationFlag('since', values.since);
  const limit = wholeFlag('limit', values.limit, LIMIT);
  await using spine = open(shell, values);
  if (values.deliveries) {
    const rows = await listDeliveries(spine.clickHouse(), sinceMs, limit);
    if (values.json) terminal.json({ deliveries: rows });
    else if (rows.length === 0) terminal.line('nobody was told anything');
    else {
      terminal.table(
        ['when', 'receiver', 'action', 'state', 'tries', 'what', 'error'],
        rows.map((row) => [
          isoMinute(row.created_ms),
          row.receiver,
          row.action,
          row.state,
          row.attempts,
          row.title,
          row.error,
        ]),
        terminal.width,
      );
    }
    return EXIT.ok;
  }
  const { all: hasClosed, tenant, agent } = values;
  const rows = await listAlerts(spine.clickHouse(), { sinceMs, hasClosed, tenant, agent, limit });
  if (values.json) terminal.json({ alerts: rows });
  else sayAlerts(terminal, rows, nowMs, hasClosed);
  return EXIT.ok;
};

function sayAlerts(
  terminal: Terminal,
  rows: readonly ListedAlert[],
  nowMs: number,
  hasClosed: boolean,
): void {
  if (rows.length === 0) {
    const more = hasClosed ? '' : '; `spine alerts list --all` shows what is over';
    terminal.line(`nothing fires${more}`);
    return;
  }
  for (const row of rows) sayAlert(terminal, row, nowMs);
}

/** Two lines or more: what and where, then why and what to do. */
export function sayAlert(terminal: Terminal, row: ListedAlert, nowMs: number): void {
  const place = [row.tenant_id, row.agent_id].filter(Boolean).join('/');
  const own = ['subject', 'version', 'dimension', 'policy_rule', 'kpi']
    .flatMap((name) => row.labels[name] ?? [])
    .filter(Boolean);
  const since = row.started_ms > 0 ? row.started_ms : row.pending_ms;
  const when =
    row.resolved_ms > 0
      ? `${isoMinute(since)}, over after ${uptime(row.resolved_ms - since)}`
      : `for ${uptime(Math.max(0, nowMs - since))}`;
  const severity = terminal.style(COLOURS[row.severity] ?? 'dim', row.severity.padEnd(8));
  const name = terminal.style('bold', row.rule_name);
  terminal.line(`${severity} ${name}  ${[place, ...own].filter(Boolean).join(' ')}`);
  const muted = row.muted_by === '' ? '' : `, ${row.muted_by}`;
  const key = row.alert_key.slice(0, 8);
  terminal.line(
    `         ${row.state} ${when}${muted}  ${terminal.style('dim', `${row.rule_id} ${key}`)}`,
  );
  terminal.line(`         ${row.summary}`);
  if (row.cause !== '') terminal.line(`         cause: ${row.cause}`);
  if (row.resolved_ms > 0) return;
  if (row.example_runs.length > 0) {
    terminal.line(`         runs: ${row.example_runs.slice(0, 3).join(', ')}`);
  }
  terminal.line(terminal.style('dim', `         ${row.advice}`));
}

export const isoMinute = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

/** 90m, 24h, 7d. */
export function durationFlag(name: string, text: string): number {
  const ms = readDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new SpineError('SPINE_CLI_USAGE', {
    where: `--${name}`,
    wanted: 'a span like 90m, 24h or 7d',
    found: text,
  });
}
