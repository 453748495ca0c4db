// spine trace RUN: a run as a tree: who said what, which tools, timings, tokens, cost, verdicts.
// RUN is a run_id, a trace_id, or `latest`. Example: spine trace latest --full
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { runQuery } from '@agentspine/clickhouse/query';
import type { TraceRow } from '@agentspine/clickhouse/query-rows';
import { SpineError } from '@agentspine/outcome/errors';
import { open } from './open.ts';
import { EXIT, flags, type Command } from './shell.ts';
import { dollars, duration, grouped } from './terminal.ts';
import { traceTree, type TraceEvent } from './trace-tree.ts';

const EVENTS_MAX = 20_000;

export const trace: Command = async (shell) => {
  const { values, positionals } = flags(
    shell,
    { full: { type: 'boolean', default: false }, tenant: { type: 'string', default: '' } },
    1,
  );
  const { terminal } = shell;
  const asked = positionals[0];
  if (asked === undefined) {
    throw new SpineError('SPINE_CLI_USAGE', {
      wanted: 'spine trace RUN, a run_id, a trace_id or latest',
      found: 'none',
      hint: '`spine report` lists the latest runs.',
    });
  }
  await using spine = open(shell, values);
  const ch = spine.clickHouse();
  const id = asked === 'latest' ? await latestRun(ch, values.tenant) : asked;
  const rows = await runQuery(ch, 'trace', { id, tenant: values.tenant, limit: EVENTS_MAX });
  if (rows.length === 0) {
    throw new SpineError('SPINE_NOT_FOUND', { wanted: 'a run or trace that is stored', found: id });
  }
  if (values.json) {
    terminal.json({ id, events: rows });
    return EXIT.ok;
  }
  terminal.line(headOf(id, rows, (text) => terminal.style('bold', text)));
  const colour = { critical: 'red', high: 'red', medium: 'yellow' } as const;
  const mark = (severity: string, text: string): string =>
    terminal.style(colour[severity as keyof typeof colour] ?? 'dim', text);
  const lines = traceTree(rows.map(eventOf), {
    width: terminal.width,
    isFull: values.full,
    mark,
    duration,
    dollars,
  });
  for (const line of lines) terminal.line(line);
  if (rows.length === EVENTS_MAX) terminal.say(`cut after ${EVENTS_MAX} events`);
  return EXIT.ok;
};

/** The newest that has come to its end, else the newest. */
async function latestRun(ch: ClickHouse, tenant: string): Promise<string> {
  const runs = await runQuery(ch, 'runs', {
    tenant,
    since: new Date(0),
    until: new Date(8.64e15),
    limit: 50,
  });
  const run = runs.find(({ status }) => status !== 'open') ?? runs[0];
  if (run !== undefined) return run.run_id;
  throw new SpineError('SPINE_NOT_FOUND', {
    wanted: 'a stored run',
    found: 'none yet',
    hint: '`spine import FILE…` or `spine demo` brings some.',
  });
}

function headOf(id: string, rows: readonly TraceRow[], bold: (text: string) => string): string {
  const first = rows[0] as TraceRow;
  const own = rows.filter((row) => row.usage_scope !== 'aggregate');
  const cost = own.reduce((sum, row) => sum + row.cost_nano_usd, 0);
  const tokens = own.reduce((sum, row) => sum + row.input_tokens + row.output_tokens, 0);
  const verdicts = rows.reduce((sum, row) => sum + row.verdicts.length, 0);
  const agents = [...new Set(rows.map((row) => row.agent_id).filter((agent) => agent !== ''))];
  const starts = rows.map((row) => microsOf(row.start_time));
  const ends = rows.map((row) => microsOf(row.event_time));
  const tookNs = (Math.max(...ends) - Math.min(...starts)) * 1000;
  return [
    bold(`run ${id}`),
    first.tenant_id,
    agents.join(', '),
    `${grouped(rows.length)} events`,
    duration(tookNs),
    tokens > 0 && `${grouped(tokens)} tokens`,
    cost > 0 && dollars(cost),
    verdicts > 0 && `${verdicts} verdicts`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function eventOf(row: TraceRow): TraceEvent {
  return {
    ...row,
    start_us: microsOf(row.start_time),
    model: row.response_model || row.request_model,
    confidence: row.confidence,
    outcome_value: row.outcome_value,
    verdicts: row.verdicts,
  };
}

/** '2026-01-02 03:04:05.678901' in UTC as microseconds since 1970. */
function microsOf(time: string): number {
  const [seconds = '', fraction = ''] = time.split('.');
  return (
    Date.parse(`${seconds.replace(' ', 'T')}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
  );
}
