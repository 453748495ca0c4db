// The spine command. Results go to stdout, talk to stderr; --json everywhere.
// Exit codes: 0 done, 1 failed, 2 not understood, 3 something it needs is not there.
// Example: node services/cli/main.ts status
import { nearest } from '@agentspine/config/nearest';
import { isSpineError, SpineError } from '@agentspine/outcome/errors';
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
  report: async () => (await import('./report.ts')).report,
  schemas: async () => (await import('./schemas.ts')).schemas,
  topics: async () => (await import('./setup.ts')).topics,
  migrate: async () => (await import('./setup.ts')).migrate,
  config: async () => (await import('./config.ts')).config,
  doctor: async () => (await import('./doctor.ts')).doctor,
};

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
  const load = COMMANDS[name];
  if (load === undefined) {
    const near = nearest(name, Object.keys(COMMANDS));
    throw new SpineError('SPINE_CLI_USAGE', {
      wanted: 'a command',
      found: name,
      ...(near !== undefined && { hint: `Did you mean spine ${near}?` }),
    });
  }
  if (args.includes('--help') || args.includes('-h')) {
    shell.terminal.line(helpFor(name) ?? HELP);
    return EXIT.ok;
  }
  return (await load())({ ...shell, args });
}

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => ending.abort(new Error(signal)));
}
// A reader that stops early (head, less) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
});
const { stdout, stderr, env } = process;
const terminal = createTerminal({ stdout, stderr, env });
try {
  process.exitCode = await run(process.argv.slice(2), {
    terminal,
    env,
    cwd: process.cwd(),
    signal: ending.signal,
  });
} catch (error) {
  if (ending.signal.aborted) {
    process.exitCode = EXIT.failed;
  } else if (isSpineError(error)) {
    terminal.say(`${terminal.style('red', '✗')} ${error.message}\n  ${error.hint}`);
    process.exitCode = exitFor(error);
  } else {
    const { name, message } = error as Error;
    terminal.say(
      `${terminal.style('red', '✗')} SPINE_INTERNAL: ${name}: ${message}\n  This is a defect; report it with the message.`,
    );
    if (env['SPINE_DEBUG']) terminal.say((error as Error).stack ?? '');
    process.exitCode = EXIT.failed;
  }
}
if (process.exitCode !== EXIT.ok || ending.signal.aborted) process.exit();

function exitFor(error: SpineError): number {
  if (error.code === 'SPINE_CLI_USAGE') return EXIT.usage;
  return error.retryable ? EXIT.notReady : EXIT.failed;
}
