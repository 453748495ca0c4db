// spine alerts test: runs the tests beside the rules, without any data. --now judges the stored
// data with the rules as they are, and tells nobody. --receiver sends a made-up alert and its end
// to one receiver.
// Guarantees: exit code 1 where a test fails, a rule cannot be judged or a receiver does not take
// it.
// Example: spine alerts test --now
import { readFileSync } from 'node:fs';
import { showDuration } from '@agentspine/alert/duration';
import type { Notification } from '@agentspine/alert/delivery';
import { alertStore } from '@agentspine/clickhouse/alert-store';
import { clickHouseSignals } from '@agentspine/clickhouse/signals';
import { openReceivers } from '@agentspine/notify/open-receivers';
import { SpineError } from '@agentspine/outcome/errors';
import { evaluateOnce, type Round } from '@agentspine/sentinel-service/evaluate-once';
import { loadAlerting, type Alerting } from '@agentspine/sentinel-service/load-alerting';
import { madeUp } from '@agentspine/sentinel-service/made-up';
import { open, type Opened } from './open.ts';
import { EXIT, flags, type Command, type Shell } from './shell.ts';
import type { Terminal } from './terminal.ts';

export const test: Command = async (shell) => {
  const { values } = flags(shell, {
    now: { type: 'boolean', default: false },
    receiver: { type: 'string' },
  });
  const { terminal } = shell;
  await using spine = open(shell, values);
  // A test that fails, or a mistake in a file, is thrown here with its place.
  const alerting = loadAlerting(spine.config);
  if (values.receiver !== undefined) return tryReceiver(shell, alerting, values.receiver);
  if (values.now) return judgeNow(shell, spine, alerting, values.json);
  const { rules, tests, routing } = alerting;
  const found = { rules: rules.length, tests: tests.length, receivers: routing.receivers.size };
  if (values.json) terminal.json(found);
  else {
    terminal.line(
      `${terminal.style('green', '✓')} ${found.rules} rules, ${found.tests} tests hold, ${found.receivers} receivers`,
    );
  }
  return EXIT.ok;
};

async function judgeNow(
  { terminal, nowMs }: Shell,
  spine: Opened,
  alerting: Alerting,
  isJson: boolean,
): Promise<number> {
  const clickHouse = spine.clickHouse();
  const ports = {
    signals: clickHouseSignals(clickHouse),
    store: alertStore(clickHouse),
    alerting,
    receivers: new Map(),
  };
  const { sentinel } = spine.config;
  const round = await evaluateOnce(ports, {
    nowMs: nowMs(),
    isDry: true,
    delayMinMs: sentinel.delay_min_ms,
    delayMaxMs: sentinel.delay_max_ms,
  });
  if (isJson) {
    const failed = round.failed.map(({ ruleId, error }) => ({ ruleId, error: error.message }));
    terminal.json({ ...round, newest: undefined, failed });
  } else sayRound(terminal, round);
  return round.failed.length === 0 ? EXIT.ok : EXIT.failed;
}

function sayRound(terminal: Terminal, round: Round): void {
  terminal.table(
    ['rule', 'broken', 'whole', 'too few data', ''],
    round.rules.map(({ ruleId, counts, insufficient }) => [
      ruleId,
      counts.breach,
      counts.ok,
      counts.insufficient_data,
      insufficient,
    ]),
  );
  for (const { ruleId, error } of round.failed) {
    terminal.line(`${terminal.style('red', '✗')} ${ruleId}: ${error.message}`);
  }
  for (const alert of round.alerts.filter(({ resolvedAtMs }) => resolvedAtMs === 0)) {
    const { tenant = '', agent = '' } = alert.labels;
    const place = [tenant, agent].filter(Boolean).join('/');
    terminal.line(`${alert.state} ${alert.ruleId} ${place}: ${alert.summary}`);
  }
  const behind = showDuration(round.nowMs - round.untilMs);
  terminal.line(`judged until ${new Date(round.untilMs).toISOString()}, ${behind} ago`);
}

async function tryReceiver(
  { terminal, env, nowMs }: Shell,
  alerting: Alerting,
  id: string,
): Promise<number> {
  const { receivers: specs } = alerting.routing;
  const spec = specs.get(id);
  if (spec === undefined) {
    const known = [...specs.keys()].join(', ') || 'none: the routes file has no receivers';
    throw new SpineError('SPINE_CLI_USAGE', { where: '--receiver', wanted: known, found: id });
  }
  const receiver = openReceivers(new Map([[id, spec]]), {
    env,
    readFile: (path) => readFileSync(path, 'utf8'),
  }).get(id);
  const actions: readonly Notification['action'][] = ['open', 'resolve'];
  for (const action of actions) {
    const atMs = nowMs();
    const sent = await receiver?.send(madeUp(action, id, atMs), { nowMs: atMs });
    if (sent?.ok === true)
      terminal.line(`${terminal.style('green', '✓')} ${id} took the ${action}`);
    else {
      const words = sent === undefined ? '' : `${sent.code} ${sent.words}`;
      terminal.line(`${terminal.style('red', '✗')} ${id} did not take the ${action}: ${words}`);
      return EXIT.failed;
    }
  }
  receiver?.close?.();
  return EXIT.ok;
}
