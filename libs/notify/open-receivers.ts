// Receivers from the routes file, with their secrets from the environment or from files.
// Guarantees: a secret that is not there stops the start with the line that names it; its value is
// in no message; nothing is connected before the first send.
// Example: const receivers = openReceivers(routing.receivers, { env: process.env, readFile })
import type { ReceiverSpec } from '@agentspine/alert/routes';
import { SpineError } from '@agentspine/outcome/errors';
import { alertmanager } from './alertmanager.ts';
import { email } from './email.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import type { Receiver } from './receiver.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { secretBytes, webhook } from './webhook.ts';

export type SecretSource = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
};

/** @throws SpineError SPINE_ALERT_FILE */
export function openReceivers(
  specs: ReadonlyMap<string, ReceiverSpec>,
  source: SecretSource,
): ReadonlyMap<string, Receiver> {
  return new Map([...specs].map(([id, spec]) => [id, openReceiver(spec, source)]));
}

function openReceiver(spec: ReceiverSpec, source: SecretSource): Receiver {
  const { id, kind, options, timeoutMs } = spec;
  const text = (key: string): string => String(options[key] ?? '');
  const texts = (key: string): readonly string[] => {
    const value = options[key];
    return typeof value === 'object' ? value : [];
  };
  const secret = (key: string): string => secretOf(spec, key, source);
  switch (kind) {
    case 'alertmanager': {
      const urls = texts('urls');
      const validForMs = Number(options['valid_for']);
      const username = text('username');
      const password = username === '' ? '' : secret('password');
      return alertmanager({ id, urls, username, password, validForMs, timeoutMs });
    }
    case 'pagerduty':
      return pagerduty({ id, url: text('url'), routingKey: secret('routing_key'), timeoutMs });
    case 'opsgenie':
      return opsgenie({ id, url: text('url'), apiKey: secret('api_key'), timeoutMs });
    case 'slack':
      return slack({ id, webhookUrl: urlSecret(spec, secret('webhook_url')), timeoutMs });
    case 'teams':
      return teams({ id, webhookUrl: urlSecret(spec, secret('webhook_url')), timeoutMs });
    case 'email': {
      const username = text('username');
      return email({
        id,
        host: text('host'),
        port: Number(options['port']),
        security: text('security') as 'starttls' | 'tls' | 'none',
        username,
        password: username === '' ? '' : secret('password'),
        from: text('from'),
        to: texts('to'),
        timeoutMs,
      });
    }
    case 'webhook': {
      const value = secret('secret');
      if (secretBytes(value) === undefined) {
        throw wrong(spec, 'secret: whsec_ and the base64 of 24 to 64 bytes', 'another form');
      }
      return webhook({ id, url: text('url'), secret: value, timeoutMs });
    }
    default:
      return kind satisfies never;
  }
}

function secretOf(spec: ReceiverSpec, key: string, { env, readFile }: SecretSource): string {
  const name = spec.secrets[key];
  if (name === undefined) throw wrong(spec, `${key} of ${spec.id}`, 'none');
  if ('env' in name) {
    const value = env[name.env];
    if (value) return value.trim();
    throw wrong(spec, `${key}: the environment variable ${name.env}`, 'it is not set');
  }
  try {
    return readFile(name.file).trim();
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code ?? 'an error';
    throw wrong(spec, `${key}: a readable file ${name.file}`, found);
  }
}

function urlSecret(spec: ReceiverSpec, value: string): string {
  if (/^https?:\/\/[^\s/]+\S*$/u.test(value)) return value;
  throw wrong(spec, 'webhook_url: an http or https URL', 'something else');
}

const wrong = ({ where }: ReceiverSpec, wanted: string, found: string): SpineError =>
  new SpineError('SPINE_ALERT_FILE', { where, wanted, found });
