// Reads the routes file: the tree of routes, the receivers and the inhibitions, all mistakes at
// once with file and line.
// Guarantees: a secret that is written into the file is a mistake; unknown keys name the nearest
// one; a route to a receiver that does not exist is refused.
// Example: parseRoutes({ value, locate, nearest }).receivers.get('pager')?.kind → 'pagerduty'
import type { Matcher } from './matcher.ts';
import { FieldReader, raise, type Fields, type Path, type Source } from './read-fields.ts';
import { NOBODY, RECEIVER_KINDS } from './routes.ts';
import type {
  Inhibition,
  ReceiverKind,
  ReceiverSpec,
  Route,
  Routing,
  SecretName,
} from './routes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ID = /^[A-Za-z0-9_-]{1,64}$/u;
const URL_FORM = /^https?:\/\/[^\s/]+\S*$/u;

type Option = {
  readonly form: 'url' | 'text' | 'port' | 'list' | 'duration';
  readonly fallback?: string | number;
  readonly of?: readonly string[];
};

/** What each kind of receiver takes beside the keys of all; `!` marks a secret that is needed. */
const OPTIONS: Readonly<Record<ReceiverKind, Readonly<Record<string, Option>>>> = {
  alertmanager: {
    urls: { form: 'list' },
    username: { form: 'text', fallback: '' },
    valid_for: { form: 'duration', fallback: 10 * MINUTE },
  },
  pagerduty: { url: { form: 'url', fallback: 'https://events.pagerduty.com' } },
  opsgenie: { url: { form: 'url', fallback: 'https://api.opsgenie.com' } },
  slack: {},
  teams: {},
  email: {
    host: { form: 'text' },
    port: { form: 'port', fallback: 587 },
    security: { form: 'text', fallback: 'starttls', of: ['starttls', 'tls', 'none'] },
    username: { form: 'text', fallback: '' },
    from: { form: 'text' },
    to: { form: 'list' },
  },
  webhook: { url: { form: 'url' } },
};

const SECRETS: Readonly<Record<ReceiverKind, Readonly<Record<string, 'needed' | 'optional'>>>> = {
  alertmanager: { password: 'optional' },
  pagerduty: { routing_key: 'needed' },
  opsgenie: { api_key: 'needed' },
  slack: { webhook_url: 'needed' },
  teams: { webhook_url: 'needed' },
  email: { password: 'optional' },
  webhook: { secret: 'needed' },
};

const COMMON = [
  'id',
  'kind',
  'timeout',
  'attempts_max',
  'give_up_after',
  'rate_per_minute',
  'on_doubt',
  'send_resolved',
];

/** @throws SpineError SPINE_ALERT_FILE */
export function parseRoutes(source: Source): Routing {
  const read = new FieldReader(source);
  const file = read.fields(source.value, [], ['route', 'receivers', 'inhibit']);
  const receivers = new Map<string, ReceiverSpec>();
  for (const [index, value] of read.list(file, [], 'receivers', 'receivers').entries()) {
    const path = ['receivers', index];
    const spec = parseReceiver(read, value, path);
    if (receivers.has(spec.id) || spec.id === NOBODY) {
      read.refuse([...path, 'id'], 'an id of its own', spec.id);
    }
    receivers.set(spec.id, spec);
  }
  const ids = [...receivers.keys(), NOBODY];
  const root: Inherited = {
    receiver: NOBODY,
    groupBy: ['rule', 'tenant'],
    groupWaitMs: 30_000,
    groupIntervalMs: 5 * MINUTE,
    repeatIntervalMs: 4 * HOUR,
  };
  const route = parseRoute(read, file['route'] ?? {}, ['route'], '0', root, ids);
  const inhibitions = read
    .list(file, [], 'inhibit', 'inhibitions')
    .map((value, index) => parseInhibition(read, value, ['inhibit', index]));
  raise(read.mistakes);
  return { route, receivers, inhibitions };
}

function parseReceiver(read: FieldReader, value: unknown, path: Path): ReceiverSpec {
  const given = RECEIVER_KINDS.find((one) => one === (value as Fields | null)?.['kind']);
  const own = given === undefined ? [] : [...keys(OPTIONS[given]), ...keys(SECRETS[given])];
  const from = read.fields(value, path, [...COMMON, ...own]);
  const kind = read.choice(from, path, 'kind', RECEIVER_KINDS);
  const secrets: Record<string, SecretName> = {};
  for (const [key, need] of Object.entries(SECRETS[kind])) {
    if (from[key] === undefined && need === 'optional') continue;
    const secret = parseSecret(read, from[key], [...path, key]);
    if (secret !== undefined) secrets[key] = secret;
  }
  return {
    id: read.text(from, path, 'id', undefined, ID),
    kind,
    options: Object.fromEntries(
      Object.entries(OPTIONS[kind]).map(([key, option]) => [
        key,
        parseOption(read, from, path, key, option),
      ]),
    ),
    secrets,
    timeoutMs: read.duration(from, path, 'timeout', 10_000),
    attemptsMax: read.number(from, path, 'attempts_max', { min: 1, max: 100, fallback: 10 }),
    giveUpAfterMs: read.duration(from, path, 'give_up_after', HOUR),
    ratePerMinute: read.number(from, path, 'rate_per_minute', { min: 1, max: 6_000, fallback: 60 }),
    onDoubt: read.choice(from, path, 'on_doubt', ['repeat', 'drop'], 'repeat'),
    sendsResolved: from['send_resolved'] !== false,
    where: read.where(path),
  };
}

const keys = (of: object): readonly string[] => Object.keys(of);

function parseOption(
  read: FieldReader,
  from: Fields,
  path: Path,
  key: string,
  { form, fallback, of }: Option,
): string | number | readonly string[] {
  switch (form) {
    case 'url':
      return read.text(from, path, key, fallback as string | undefined, URL_FORM);
    case 'text':
      return of === undefined
        ? read.text(from, path, key, fallback as string | undefined)
        : read.choice(from, path, key, of, fallback as string);
    case 'port':
      return read.number(from, path, key, { min: 1, max: 65_535, fallback: fallback as number });
    case 'duration':
      return read.duration(from, path, key, fallback as number);
    case 'list': {
      const list = read.list(from, path, key, 'texts').filter((one) => typeof one === 'string');
      if (list.length === 0) read.refuse([...path, key], 'a list of texts', from[key]);
      return list;
    }
    default:
      return form satisfies never;
  }
}

/**
 * `{ env: NAME }` or `{ file: PATH }`; the value itself is never shown, for it may be the secret.
 */
function parseSecret(read: FieldReader, value: unknown, path: Path): SecretName | undefined {
  const map = typeof value === 'object' && value !== null ? (value as Fields) : {};
  const { env, file } = map;
  if (typeof env === 'string' && /^[A-Za-z_]\w*$/u.test(env)) return { env };
  if (typeof file === 'string' && file !== '') return { file };
  const found = value === undefined ? undefined : { kept: 'secret' };
  read.refuse(path, '{ env: NAME } or { file: PATH }; secrets do not stand in this file', found);
  return undefined;
}

type Inherited = Omit<Route, 'path' | 'match' | 'goesOn' | 'routes'>;

const ROUTE_KEYS = [
  'receiver',
  'match',
  'group_by',
  'group_wait',
  'group_interval',
  'repeat_interval',
  'continue',
  'routes',
];

function parseRoute(
  read: FieldReader,
  value: unknown,
  at: Path,
  path: string,
  above: Inherited,
  ids: readonly string[],
): Route {
  const from = read.fields(value, at, ROUTE_KEYS);
  const groupBy = read
    .list(from, at, 'group_by', 'labels')
    .filter((one): one is string => typeof one === 'string');
  const own: Inherited = {
    receiver: read.choice(from, at, 'receiver', ids, above.receiver),
    groupBy: from['group_by'] === undefined ? above.groupBy : groupBy,
    groupWaitMs: read.duration(from, at, 'group_wait', above.groupWaitMs),
    groupIntervalMs: read.duration(from, at, 'group_interval', above.groupIntervalMs),
    repeatIntervalMs: read.duration(from, at, 'repeat_interval', above.repeatIntervalMs),
  };
  const children = read.list(from, at, 'routes', 'routes');
  return {
    ...own,
    path,
    match: parseMatcher(read, from['match'], [...at, 'match']),
    goesOn: from['continue'] === true,
    routes: children.map((child, n) =>
      parseRoute(read, child, [...at, 'routes', n], `${path}.${n}`, own, ids),
    ),
  };
}

function parseInhibition(read: FieldReader, value: unknown, path: Path): Inhibition {
  const from = read.fields(value, path, ['when', 'mute', 'equal']);
  const when = parseMatcher(read, from['when'], [...path, 'when']);
  const mute = parseMatcher(read, from['mute'], [...path, 'mute']);
  if (keys(when).length === 0 || keys(mute).length === 0) {
    read.refuse(path, '`when` and `mute` with at least one label each', 'an empty one');
  }
  const equal = read.list(from, path, 'equal', 'labels').map(String);
  return { when, mute, equal };
}

/** A label with one text or a list of them. */
function parseMatcher(read: FieldReader, value: unknown, path: Path): Matcher {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    read.refuse(path, 'a map of labels', value);
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [
      name,
      (Array.isArray(one) ? one : [one]).map((item: unknown) => String(item)),
    ]),
  );
}
