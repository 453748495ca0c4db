// Who may import whom: services → edge libs → pure libs → event, outcome. ARCHITECTURE.md draws the
// same.
// Guarantees: a room that is in no table below may import nothing of the repository, so a new room
// must be placed here.
// Example: libs/policy/judge.ts importing @agentspine/kafka/port is refused.
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path/posix';
import type { Import, Rule, SourceFile, Violation } from './source-file.ts';
import { banned, fileRule, isCode, isTest } from './source-file.ts';

const LEAVES = ['event', 'outcome'];
const PURE = [
  ...LEAVES,
  'otel',
  'enrich',
  'privacy',
  'policy',
  'ledger',
  'drift',
  'estimate',
  'report',
  'alert',
];
const EDGES = ['wire', 'kafka', 'clickhouse', 'keys', 'observe', 'config', 'notify'];
const libs = (names: readonly string[]): readonly string[] => names.map((name) => `libs/${name}`);
const ALL_LIBS = [...libs(PURE), ...libs(EDGES), 'libs/sdk'];

/** Rooms that the code of a room may import beside its own. */
function mayImport(room: string): readonly string[] {
  const [kind = '', name = ''] = room.split('/');
  if (kind === 'libs') {
    if (name === 'outcome') return [];
    if (name === 'event') return libs(['outcome']);
    if (PURE.includes(name)) return libs(LEAVES);
    if (EDGES.includes(name)) return [...libs(PURE), 'libs/observe'];
    if (name === 'sdk') return [...libs(PURE), ...libs(EDGES)];
  }
  if (kind === 'services' || kind === 'infra' || kind === 'scripts') return ALL_LIBS;
  if (kind === 'bin') return ['scripts'];
  if (kind === 'examples') return [...libs(LEAVES), 'libs/sdk'];
  return [];
}

/** What breaks an arrow on purpose, each with its reason. */
const EXCEPTIONS: readonly { from: string; to: string; only?: readonly string[]; why: string }[] = [
  { from: 'services/cli', to: 'infra/local', why: '`spine up` is the local stack' },
  { from: 'services/cli', to: 'examples/fleet', why: '`spine demo` starts the fleet' },
  {
    from: 'services/cli',
    to: 'services/worker',
    only: ['start.ts', 'load-rulebook.ts'],
    why: 'the demo without a JVM runs the worker in its own process; doctor reads the same files',
  },
  {
    from: 'services/cli',
    to: 'services/sentinel',
    only: [
      'start.ts',
      'load-alerting.ts',
      'evaluate-once.ts',
      'deliver.ts',
      'backtest.ts',
      'made-up.ts',
      'watch-drift.ts',
    ],
    why: '`spine alerts` and the demo judge with the very round of the service',
  },
  {
    from: 'services/cli',
    to: 'services/sink',
    only: ['start.ts'],
    why: 'the demo without a JVM runs the sink in its own process',
  },
  {
    from: 'services/cli',
    to: 'services/sentinel',
    only: ['evaluate-once.ts', 'load-alerting.ts', 'watch-drift.ts'],
    why: 'the demo looks once at the week it made, when it is stored',
  },
];

/** Packages that belong to one room. Tests may use them as a client from outside. */
const OWNED: readonly { package: RegExp; room: string; instead: string }[] = [
  { package: /^kafkajs$/u, room: 'libs/kafka', instead: '@agentspine/kafka/port' },
  { package: /^avsc$/u, room: 'libs/wire', instead: '@agentspine/wire' },
  { package: /^@kafkajs\//u, room: 'libs/wire', instead: '@agentspine/wire' },
  { package: /^@clickhouse\//u, room: 'libs/clickhouse', instead: '@agentspine/clickhouse' },
  { package: /^pino$/u, room: 'libs/observe', instead: '@agentspine/observe/log' },
  { package: /^prom-client$/u, room: 'libs/observe', instead: '@agentspine/observe/metrics' },
];

/** Parts of Node that compute and touch nothing outside. */
const COMPUTING = ['buffer', 'crypto', 'util', 'string_decoder', 'url'];

export const arrows: Rule = fileRule('import arrows', isCode, (file) =>
  (file.code?.imports ?? []).flatMap((each) => checkImport(file, each)),
);

function checkImport(file: SourceFile, { specifier, start }: Import): readonly Violation[] {
  const refuse = (what: string, instead: string): readonly Violation[] => [
    banned(file, file.lineOf(start), what, instead),
  ];
  const room = roomOf(file.path);
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return refuse(`"${specifier}"`, `"node:${specifier}"`);
    const part = specifier.slice('node:'.length).split('/')[0] ?? '';
    const free = !isPure(room) || isTest(file.path) || COMPUTING.includes(part);
    return free ? [] : refuse(`${specifier} in a pure lib`, 'a parameter of the function');
  }
  const target = targetOf(file.path, specifier);
  if (target === undefined) return checkPackage(file, room, specifier, refuse);
  const to = roomOf(target);
  if (to === room || room === 'test') return [];
  if (to === 'test') return refuse(`importing ${target}`, 'a room of its own for what both need');
  if (isTest(file.path) && ALL_LIBS.includes(to)) return [];
  if (mayImport(room).includes(to)) return [];
  const exception = EXCEPTIONS.find((each) => each.from === room && each.to === to);
  if (exception !== undefined) {
    const { only } = exception;
    if (only === undefined || only.some((name) => target === join(to, name))) return [];
    return refuse(`importing ${target} from ${room}`, `${to}/${only.join(' or ')}`);
  }
  return refuse(`importing ${to} from ${room}`, wayFor(room));
}

function checkPackage(
  file: SourceFile,
  room: string,
  specifier: string,
  refuse: (what: string, instead: string) => readonly Violation[],
): readonly Violation[] {
  const owned = OWNED.find((each) => each.package.test(specifier));
  if (owned === undefined || owned.room === room || isTest(file.path)) return [];
  return refuse(`${specifier} outside ${owned.room}`, owned.instead);
}

function wayFor(room: string): string {
  if (isPure(room)) return 'a parameter (pure libs know only event and outcome)';
  if (room.startsWith('services/')) return 'a lib for what both services need';
  if (room.startsWith('examples/')) return '@agentspine/sdk, as a user would';
  return 'a parameter, or a service that composes both';
}

const isPure = (room: string): boolean => libs(PURE).includes(room);

/** libs/x, services/x, infra/x, examples/x; otherwise the top folder. */
export function roomOf(path: string): string {
  const [top = '', name = ''] = path.split('/');
  return ['libs', 'services', 'infra', 'examples'].includes(top) ? `${top}/${name}` : top;
}

/** The file of the repository that a specifier names; undefined for packages from outside. */
function targetOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from), specifier);
  const match = /^@agentspine\/(?<name>[^/]+)\/?(?<rest>.*)$/u.exec(specifier)?.groups;
  if (match === undefined) return undefined;
  const name = match['name'] ?? '';
  const folder =
    name === 'local-stack'
      ? 'infra/local'
      : name === 'fleet'
        ? 'examples/fleet'
        : name.endsWith('-service')
          ? `services/${name.slice(0, -'-service'.length)}`
          : `libs/${name}`;
  return `${folder}/${match['rest'] ?? ''}.ts`;
}
