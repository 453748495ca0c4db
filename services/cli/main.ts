// The spine command. Results go to stdout, talk to stderr; --json everywhere, errors included.
// Exit codes: 0 done, 1 failed, 2 not understood, 3 something it needs is not there, 130 Ctrl-C.
// Guarantees: never a stack trace unless SPINE_DEBUG is set; a reader that stops early is no error.
// Example: node services/cli/main.ts status
import { nearest } from '@agentspine/config/nearest';
import { SpineError } from '@agentspine/outcome/errors';
import { describeError } from './describe-error.ts';
import { helpFor, HELP } from './help.ts';
import { EXIT, type Command, type Shell } from './shell.ts';
import { createTerminal } from './terminal.ts';

/** Loaded when asked for: `spine help` should not wait for Kafka's client. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./up.ts')).up,
  down: async () => (await import('./down.ts')).down,
  status: async () => (await import('./status.ts')).status,
  logs: async () => (await import('./logs.ts')).logs,
  demo: async () => (await import('./demo.ts')).demo,
  import: async () => (await import('./import.ts')).importFiles,
  tail: async () => (await import('./tail.ts')).tail,
  trace: async () => (await import('./trace.ts')).trace,
  sql: async () => (await import('./sql.ts')).sql,
  rollups: async () => (await import('./rollups.ts')).rollups,
  storage: async () => (await import('./storage.ts')).storage,
  report: async () => (await import('./report.ts')).report,
  alerts: async () => (await import('./alerts.ts')).alerts,
  schemas: async () => (await import('./schemas.ts')).schemas,
  topics: async () => (await import('./setup.ts')).topics,
  migrate: async () => (await import('./setup.ts')).migrate,
  config: async () => (await import('./config.ts')).config,
  doctor: async () => (await import('./doctor.ts')).doctor,
};
/** These end in order when asked to; the others have nothing to put away. */
const ENDS_IN_ORDER = new Set(['demo', 'tail', 'logs']);
/** `npm run` and the terminal both hand on one Ctrl-C, so that it comes twice. */
const SAME_CTRL_C_MS = 1_000;

async function run(argv: readonly string[], shell: Omit<Shell, 'args'>): Promise<number> {
  const [name = 'help', ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h') {
    shell.terminal.line(helpFor(args[0]) ?? HELP);
    return EXIT.ok;
  }
  if (name === '--version' || name === 'version') {
    shell.terminal.line('0.1.0');
    return EXIT.ok;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const near = nearest(name, Object.keys(COMMANDS));
    throw new SpineError('SPINE_CLI_USAGE', {
      wanted: 'a command',
      found: name,
      ...(near !== undefined && { hint: `Did you mean \`spine ${near}\`?` }),
    });
  }
  if (args.includes('--help') || args.includes('-h')) {
    shell.terminal.line(helpFor(name) ?? HELP);
    return EXIT.ok;
  }
  return (await load())({ ...shell, args });
}

const { stdout, stderr, env } = process;
const terminal = createTerminal({ stdout, stderr, env });
const argv = process.argv.slice(2);
const ending = new AbortController();
let askedAtMs = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const isRepeated = ending.signal.aborted && performance.now() - askedAtMs > SAME_CTRL_C_MS;
    if (!ENDS_IN_ORDER.has(argv[0] ?? '') || isRepeated) process.exit(EXIT.interrupted);
    if (!ending.signal.aborted) askedAtMs = performance.now();
    ending.abort(new Error(signal));
  });
}
// A reader that stops early (head, less) is not a failure, but whatever is under way must end well.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (argv[0] !== 'demo') process.exit(EXIT.ok);
  });
}

try {
  process.exitCode = await run(argv, {
    terminal,
    env,
    cwd: process.cwd(),
    nowMs: () => Date.now(),
    signal: ending.signal,
  });
} catch (error) {
  const told = describeError(error, { env, cwd: process.cwd(), args: argv.slice(1) });
  if (ending.signal.aborted) {
    process.exitCode = EXIT.interrupted;
  } else {
    process.exitCode = told.exitCode;
    if (argv.includes('--json')) {
      terminal.json({ error: { code: told.code, message: told.message, hint: told.hint } });
    }
    terminal.say(`${terminal.style('red', '✗')} ${told.message}\n  ${told.hint}`);
    if (told.stack !== '') terminal.say(told.stack);
  }
}
// What a command left behind (a fleet whose cases go on, a socket) must not hold its caller up.
stdout.write('', () => process.exit());
