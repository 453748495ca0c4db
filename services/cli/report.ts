// spine report WHAT: what an analyst wants to know first, then tables and pictures, on the
// terminal, as one HTML page or as JSON.
// Guarantees: reads the named queries alone; says so where the span holds nothing but the store
// does; the page is written whole or not at all.
// Example: spine report latency --since 24h --tenant acme-retail --html latency.html
import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import type { Config } from '@agentspine/config/config-schema';
import { nearest } from '@agentspine/config/nearest';
import { SpineError } from '@agentspine/outcome/errors';
import type { Report } from '@agentspine/report/report';
import { reportJson } from '@agentspine/report/report-json';
import { terminalLines } from '@agentspine/report/terminal-lines';
import { open } from './open.ts';
import { ask, type Asking } from './report-asking.ts';
import { EXIT, flags, wholeFlag, type Command, type Shell } from './shell.ts';
import { grouped } from './terminal.ts';

const UNIT_MS = { m: 60e3, h: 3_600e3, d: 86_400e3 } as const;

/** Undefined where there is nothing to tell. */
type Told = Omit<Report, 'sources'> | undefined;
type Build = (asking: Asking, given: { limit: number; config: Config }) => Promise<Told>;

/** Loaded when asked for. */
const REPORTS: Readonly<Record<string, () => Promise<Build>>> = {
  overview: async () => {
    const { askOverview, isEmpty, tellOverview } = await import('./report-overview.ts');
    return async (asking, { limit }) => {
      const answers = await askOverview(asking, limit);
      return isEmpty(answers) ? undefined : tellOverview(answers, asking);
    };
  },
  latency: async () => {
    const { askLatency, tellLatency } = await import('./report-latency.ts');
    return async (asking) => tellLatency(await askLatency(asking), asking);
  },
  violations: async () => {
    const { askViolations, tellViolations } = await import('./report-violations.ts');
    return async (asking) => tellViolations(await askViolations(asking), asking);
  },
  cost: async () => {
    const { askCost, tellCost } = await import('./report-cost.ts');
    return async (asking) => tellCost(await askCost(asking), asking);
  },
  decisions: async () => {
    const { askDecisions, tellDecisions } = await import('./report-decisions.ts');
    return async (asking) => tellDecisions(await askDecisions(asking), asking);
  },
  drift: async () => {
    const { askDrift, tellDrift } = await import('./report-drift.ts');
    return async (asking) => tellDrift(await askDrift(asking), asking);
  },
  outcomes: async () => {
    const { askOutcomes, readKpis, tellOutcomes } = await import('./report-outcomes.ts');
    return async (asking, { config }) =>
      tellOutcomes(await askOutcomes(asking, readKpis(config.analytics.kpi_files)), asking);
  },
  failures: async () => {
    const { askFailures, tellFailures } = await import('./report-failures.ts');
    return async (asking) => tellFailures(await askFailures(asking), asking);
  },
};

export const report: Command = async (shell) => {
  const { values, positionals } = flags(
    shell,
    {
      since: { type: 'string' },
      tenant: { type: 'string', default: '' },
      agent: { type: 'string', default: '' },
      limit: { type: 'string' },
      html: { type: 'string' },
    },
    1,
  );
  const what = positionals[0] ?? 'overview';
  const build = await reportNamed(what);
  const since = values.since ?? (what === 'overview' ? '30d' : '7d');
  const spanMs = spanOf(since);
  const limit = wholeFlag('limit', values.limit, 8);
  await using spine = open(shell, values);
  const ch = spine.clickHouse();
  const { tenant, agent } = values;
  const asking = ask(ch, { tenant, agent, since, spanMs, nowMs: shell.nowMs() });
  const told = await build(asking, { limit, config: spine.config });
  if (told === undefined) {
    if (values.json) shell.terminal.json({ report: what, findings: [] });
    else shell.terminal.line(await emptyWords(ch, since));
    return EXIT.ok;
  }
  const again = commandOf(what, { since: values.since, tenant, agent });
  const commands = [again, `${again} --html ${what}.html`, ...told.commands];
  await give(shell, { ...told, commands, sources: asking.sources }, values);
  return EXIT.ok;
};

async function give(
  shell: Shell,
  whole: Report,
  { html, json }: { readonly html?: string | undefined; readonly json: boolean },
): Promise<void> {
  const { terminal } = shell;
  if (html !== undefined) {
    const path = resolve(shell.cwd, html);
    const { htmlPage } = await import('@agentspine/report/html-page');
    const page = await htmlPage(whole);
    writeFileSync(`${path}.part`, page);
    renameSync(`${path}.part`, path);
    terminal.say(`Written to ${path} (${grouped(Math.ceil(page.length / 1024))} KiB)`);
  }
  if (json) terminal.json(reportJson(whole));
  else if (html === undefined) {
    const { width, style } = terminal;
    for (const line of terminalLines(whole, { width, style })) terminal.line(line);
  }
}

async function reportNamed(what: string): Promise<Build> {
  const load = Object.hasOwn(REPORTS, what) ? REPORTS[what] : undefined;
  if (load !== undefined) return await load();
  const names = Object.keys(REPORTS);
  const near = nearest(what, names);
  throw new SpineError('SPINE_CLI_USAGE', {
    wanted: names.join(', '),
    found: what,
    ...(near !== undefined && { hint: `Did you mean \`spine report ${near}\`?` }),
  });
}

function commandOf(
  what: string,
  asked: { readonly since: string | undefined; readonly tenant: string; readonly agent: string },
): string {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
  return ['spine report', what, ...given.map(([flag, value]) => `--${flag} ${quoted(value)}`)].join(
    ' ',
  );
}

/** As a shell takes it. */
function quoted(text = ''): string {
  return /^[\w.:@/-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
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
