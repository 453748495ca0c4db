// spine alerts backtest: what the rules would have fired over stored data, and how often.
// Guarantees: reads only, tells nobody; says how often it looked.
// Example: spine alerts backtest --since 30d --rule ERRORS-BURN-FAST
import { showDuration } from '@agentspine/alert/duration';
import { nearest } from '@agentspine/config/nearest';
import { clickHouseSignals } from '@agentspine/clickhouse/signals';
import { SpineError } from '@agentspine/outcome/errors';
import { backtest as run, type Backtest } from '@agentspine/sentinel-service/backtest';
import { loadAlerting } from '@agentspine/sentinel-service/load-alerting';
import { durationFlag, isoMinute } from './alerts-list.ts';
import { open } from './open.ts';
import { EXIT, flags, type Command } from './shell.ts';
import { counted, uptime, type Terminal } from './terminal.ts';

const DAY_MS = 86_400_000;
const SHOWN = 5;

export const backtest: Command = async (shell) => {
  const { values } = flags(shell, {
    since: { type: 'string', default: '30d' },
    rule: { type: 'string' },
  });
  const { terminal } = shell;
  await using spine = open(shell, values);
  const { rules } = loadAlerting(spine.config);
  const chosen = rules.filter(({ id }) => values.rule === undefined || id === values.rule);
  if (chosen.length === 0) {
    const near = nearest(
      values.rule ?? '',
      rules.map(({ id }) => id),
    );
    throw new SpineError('SPINE_CLI_USAGE', {
      where: '--rule',
      wanted: 'the id of a rule',
      found: values.rule ?? '',
      ...(near !== undefined && { hint: `Did you mean ${near}?` }),
    });
  }
  const clickHouse = spine.clickHouse();
  const untilMs = shell.nowMs();
  const spanMs = durationFlag('since', values.since);
  const results = await run({ clickHouse, signals: clickHouseSignals(clickHouse) }, chosen, {
    sinceMs: untilMs - spanMs,
    untilMs,
    onRule: ({ id }) => terminal.live(`  ${id} …`),
  });
  if (values.json) terminal.json({ since: values.since, rules: results });
  else for (const one of results) sayRule(terminal, one, spanMs, untilMs);
  return EXIT.ok;
};

function sayRule(terminal: Terminal, one: Backtest, spanMs: number, untilMs: number): void {
  const { incidents, ruleId, everyMs, insufficient } = one;
  const count = incidents.length;
  const perWeek = (count / spanMs) * 7 * DAY_MS;
  const often = count === 0 ? '' : `, ${perWeek.toFixed(1)} a week`;
  const looked = `looked every ${showDuration(everyMs)}`;
  terminal.line(
    `${terminal.style('bold', ruleId.padEnd(22))} ${counted(count, 'incident')}${often}  ${terminal.style('dim', looked)}`,
  );
  if (count === 0 && insufficient !== '') terminal.line(`  ${insufficient}`);
  for (const incident of incidents.slice(-SHOWN)) {
    const { startedAtMs, resolvedAtMs, labels, summary } = incident;
    const lasted = uptime((resolvedAtMs || untilMs) - startedAtMs);
    const place = Object.values(labels).filter(Boolean).join('/');
    const still = resolvedAtMs === 0 ? 'open, ' : '';
    terminal.line(`  ${isoMinute(startedAtMs)}  ${still}${lasted}  ${place}: ${summary}`);
  }
  if (count > SHOWN) terminal.line(`  and ${count - SHOWN} before`);
}
