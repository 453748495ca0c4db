// The last part of the demo's screen: what the sentinel found in the week, alarm by alarm with its
// cause, beside what the fleet was made to do.
// Guarantees: says of every planted story whether it was found, and whether its cause was; what was
// not found is said in red, in words where data were too few.
// Example: const run = await sayFound(terminal, opened, load.stories(), shell.nowMs())
import { alertStore } from '@agentspine/clickhouse/alert-store';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { clickHouseSignals } from '@agentspine/clickhouse/signals';
import type { Config } from '@agentspine/config/config-schema';
import type { Story } from '@agentspine/fleet/stories';
import { evaluateOnce } from '@agentspine/sentinel-service/evaluate-once';
import { loadAlerting } from '@agentspine/sentinel-service/load-alerting';
import { watchDrift } from '@agentspine/sentinel-service/watch-drift';
import { matchStories, type Alarm, type Match } from './match-stories.ts';
import type { Opened } from './open.ts';
import { counted, cutAtWord, type Terminal } from './terminal.ts';

/** A rule that wants a thing to last is asked twice, so far apart by the clock of the data. */
const APART_MS = 900_000;
const WIDEST = 120;
const MARKS = { critical: 'red', high: 'yellow' } as const;
const AGENT = 19;
const SEVERITY = 10;
const INDENT = 4;

/** One evaluation over what is stored, and what it found. Returns a run that an alarm names. */
export async function sayFound(
  terminal: Terminal,
  opened: Opened,
  stories: readonly Story[],
  nowMs: number,
): Promise<string | undefined> {
  const clickHouse = opened.clickHouse();
  const alarms = await evaluate(clickHouse, opened.config, nowMs);
  const lacks = await lacksOf(clickHouse);
  const matches = matchStories(stories, alarms);
  const found = matches.flatMap(({ alarm }) => alarm ?? []);
  terminal.line();
  const count = `${found.length} of the ${stories.length} things that were made to go wrong`;
  terminal.line(terminal.style('bold', `What the sentinel found: ${count}`));
  for (const match of matches) sayMatch(terminal, match, lacks);
  const rest = alarms.length - found.length;
  if (rest > 0) {
    const what = `${counted(rest, 'more alarm')}, what else these moved and what else there is`;
    terminal.line(`  ${terminal.style('dim', `and ${what}: spine alerts list`)}`);
  }
  return found.flatMap((alarm) => alarm.example_runs)[0];
}

/** What fires after one look at everything that is stored. */
export async function evaluate(
  clickHouse: ClickHouse,
  config: Config,
  nowMs: number,
): Promise<readonly Alarm[]> {
  const ports = {
    signals: clickHouseSignals(clickHouse),
    store: alertStore(clickHouse),
    alerting: loadAlerting(config),
    receivers: new Map(),
  };
  await watchDrift({ clickHouse }, { nowMs });
  await evaluateOnce(ports, { nowMs: nowMs - APART_MS });
  await evaluateOnce(ports, { nowMs });
  return clickHouse.query<Alarm>(
    `SELECT tenant_id, agent_id, rule_id, kind, severity, summary, cause, labels, example_runs FROM v_alerts
     WHERE state = 'firing' AND updated_at >= fromUnixTimestamp64Milli({now:Int64})`,
    { now: nowMs },
  );
}

type Lack = { readonly agent_id: string; readonly dimension: string; readonly words: string };

/** Where the drift watch could not say anything, and what it lacked. */
function lacksOf(clickHouse: ClickHouse): Promise<readonly Lack[]> {
  return clickHouse.query<Lack>(
    `SELECT agent_id, dimension, any(words) AS words FROM v_drift
     WHERE state = 'insufficient_data' AND reference = 'trailing' GROUP BY agent_id, dimension`,
  );
}

function sayMatch(terminal: Terminal, match: Match, lacks: readonly Lack[]): void {
  const { story, alarm, namesCause } = match;
  const width = Math.min(terminal.width, WIDEST);
  const agent = story.agentId.padEnd(AGENT);
  const indent = ' '.repeat(INDENT);
  if (alarm === undefined) {
    const lack = lacks.find((one) => one.agent_id === story.agentId && isAbout(story, one));
    const words = lack === undefined ? 'not found' : `not found, ${lack.words}`;
    terminal.line(terminal.style('red', cutAtWord(`  ✗ ${agent}${words}`, width)));
    terminal.line(cutAtWord(`${indent}planted: ${story.tells}`, width));
    return;
  }
  const mark = MARKS[alarm.severity as keyof typeof MARKS];
  const severity = alarm.severity.padEnd(SEVERITY);
  const shown = mark === undefined ? severity : terminal.style(mark, severity);
  const room = width - INDENT - AGENT - SEVERITY;
  const tick = terminal.style('green', '✓');
  const { moved, why: because } = told(alarm);
  terminal.line(`  ${tick} ${agent}${shown}${cutAtWord(moved, room)}`);
  const cause = namesCause ? because : `${because || 'none named'}, not what was planted`;
  const planted = ` · planted: ${story.tells}`;
  const why = cutAtWord(`cause: ${cause}`, Math.max(40, width - INDENT - planted.length));
  terminal.line(terminal.style('dim', cutAtWord(`${indent}${why}${planted}`, width)));
}

/** The evidence is in `spine report`; here the numbers that moved, and what explains them. */
function told({ kind, labels, summary, cause }: Alarm): { moved: string; why: string } {
  if (kind === 'drift')
    return { moved: summary.replace(/ in ([\d,]+ runs) of .*/u, ' ($1)'), why: cause };
  const { kpi } = labels;
  if (kpi === undefined) return { moved: summary, why: cause };
  const [means = '', versions = ''] = cause.split('; by version: ');
  return { moved: `${kpi}: ${means}`, why: `agent_version ${versions}` };
}

const ABOUT: Readonly<Record<Story['dimension'], string>> = {
  tool: 'tool',
  confidence: 'confidence',
  latency: 'latency_ns',
  cost: 'cost_nano_usd',
  kpi: 'decision',
};

function isAbout({ dimension }: Story, lack: Lack): boolean {
  return lack.dimension === ABOUT[dimension];
}
