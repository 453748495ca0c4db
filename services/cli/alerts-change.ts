// spine alerts silence: nobody is told of alerts with these labels for a while; without --match the
// silences in force; --end takes one back. spine alerts ack: somebody takes care of an alert, it is
// not repeated until it is over.
// Guarantees: a silence says who, why and until when; an incident that was opened is still
// resolved.
// Example: spine alerts silence --match tenant=acme --for 2h --comment 'move of the shop'
import { randomUUID } from 'node:crypto';
import { showDuration } from '@agentspine/alert/duration';
import type { Silence } from '@agentspine/alert/mute';
import { listAlerts } from '@agentspine/clickhouse/alert-list';
import { alertStore } from '@agentspine/clickhouse/alert-store';
import { SpineError } from '@agentspine/outcome/errors';
import { durationFlag, isoMinute } from './alerts-list.ts';
import { open } from './open.ts';
import { EXIT, flags, type Command, type Shell } from './shell.ts';

const SILENCE_MAX_MS = 90 * 86_400_000;
const KEY_MIN = 6;

export const silence: Command = async (shell) => {
  const { values } = flags(shell, {
    match: { type: 'string', multiple: true },
    for: { type: 'string', default: '1h' },
    comment: { type: 'string', default: '' },
    by: { type: 'string' },
    end: { type: 'string' },
  });
  const { terminal } = shell;
  await using spine = open(shell, values);
  const store = alertStore(spine.clickHouse());
  const nowMs = shell.nowMs();
  const { silences } = await store.load(nowMs);
  if (values.end !== undefined) {
    const ending = silences.filter(({ id }) => id.startsWith(values.end ?? ''));
    const [one] = ending;
    if (one === undefined || ending.length > 1) {
      throw usage('--end', 'the id of one silence in force', values.end);
    }
    await store.saveSilence({ ...one, endsAtMs: nowMs });
    terminal.line(`ended ${one.id}: ${shown(one)}`);
    return EXIT.ok;
  }
  if (values.match === undefined) {
    if (values.json) terminal.json({ silences });
    else if (silences.length === 0) terminal.line('no silence is in force');
    else for (const one of silences) terminal.line(`${one.id.slice(0, 8)}  ${shown(one)}`);
    return EXIT.ok;
  }
  if (values.comment === '') throw usage('--comment', 'why, in a few words', 'nothing');
  const forMs = durationFlag('for', values.for);
  if (forMs > SILENCE_MAX_MS) throw usage('--for', 'at most 90d', values.for);
  const made: Silence = {
    id: randomUUID(),
    match: matcherOf(values.match),
    startsAtMs: nowMs,
    endsAtMs: nowMs + forMs,
    by: whoOf(shell, values.by),
    comment: values.comment,
    createdAtMs: nowMs,
  };
  await store.saveSilence(made);
  if (values.json) terminal.json({ silence: made });
  else terminal.line(`${made.id.slice(0, 8)}  ${shown(made)} (${showDuration(forMs)})`);
  return EXIT.ok;
};

export const acknowledge: Command = async (shell) => {
  const { values, positionals } = flags(
    shell,
    { comment: { type: 'string', default: '' }, by: { type: 'string' } },
    1,
  );
  const { terminal } = shell;
  const [key = ''] = positionals;
  if (key.length < KEY_MIN) {
    throw usage('spine alerts ack KEY', `at least ${KEY_MIN} characters of a key`, key || 'none');
  }
  await using spine = open(shell, values);
  const ch = spine.clickHouse();
  const found = await listAlerts(ch, { sinceMs: 0, hasClosed: false, key, limit: 2 });
  const [alert] = found;
  if (alert === undefined || found.length > 1) {
    throw new SpineError('SPINE_NOT_FOUND', {
      where: key,
      wanted: 'the key of one alert that is not over',
      found: found.length === 0 ? 'none' : 'several',
      hint: '`spine alerts list` shows the keys.',
    });
  }
  const ack = {
    key: alert.alert_key,
    pendingAtMs: alert.pending_ms,
    by: whoOf(shell, values.by),
    comment: values.comment,
    atMs: shell.nowMs(),
  };
  await alertStore(ch).saveAcknowledgement(ack);
  if (values.json) terminal.json({ acknowledgement: ack });
  else terminal.line(`${alert.rule_id} is ${ack.by}'s; it is not repeated until it is over`);
  return EXIT.ok;
};

/** tenant=acme agent=a,b */
function matcherOf(pairs: readonly string[]): Silence['match'] {
  return Object.fromEntries(
    pairs.map((pair) => {
      const { label, values } = /^(?<label>\w+)=(?<values>.+)$/u.exec(pair)?.groups ?? {};
      if (label === undefined || values === undefined) {
        throw usage('--match', 'label=value, as often as needed', pair);
      }
      return [label, values.split(',')];
    }),
  );
}

const shown = ({ match, endsAtMs, by, comment }: Silence): string => {
  const labels = Object.entries(match).map(([label, values]) => `${label}=${values.join(',')}`);
  return `${labels.join(' ')} until ${isoMinute(endsAtMs)} UTC, ${by}: ${comment}`;
};

const whoOf = ({ env }: Shell, by: string | undefined): string =>
  by ?? env['USER'] ?? env['LOGNAME'] ?? 'unknown';

const usage = (where: string, wanted: string, found: string): SpineError =>
  new SpineError('SPINE_CLI_USAGE', { where, wanted, found });
