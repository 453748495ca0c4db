// An error as the user sees it: one sentence, the way out, the exit code.
// Guarantees: the exit code follows from the error's code alone; where nothing answers because no
// local stack runs, the way out says how to start one.
// Example: describeError(error, { env, cwd, args }).hint // 'Nothing runs in .spine: …'
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isSpineError, type SpineErrorCode } from '@agentspine/outcome/errors';
import { findConfig, stateDirOf, type Places } from './open.ts';
import { EXIT, type Env } from './shell.ts';

export type Told = {
  readonly code: SpineErrorCode | 'SPINE_INTERNAL';
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number;
  /** '' unless asked for with SPINE_DEBUG. */
  readonly stack: string;
};

export type Asked = { readonly env: Env; readonly cwd: string; readonly args: readonly string[] };

/** Something the command needs is not there: a server, a tool, the network, a port, space. */
const NOT_THERE: ReadonlySet<SpineErrorCode> = new Set([
  'SPINE_CONFIG_MISSING',
  'SPINE_KAFKA_UNREACHABLE',
  'SPINE_KAFKA_TOPIC',
  'SPINE_REGISTRY_UNREACHABLE',
  'SPINE_REGISTRY_MISSING',
  'SPINE_CLICKHOUSE_UNREACHABLE',
  'SPINE_STACK_JAVA',
  'SPINE_STACK_MAVEN',
  'SPINE_STACK_DOWNLOAD',
  'SPINE_STACK_PORT',
  'SPINE_STACK_DISK',
  'SPINE_STACK_TIMEOUT',
]);

export function describeError(error: unknown, asked: Asked): Told {
  const isDebug = Boolean(asked.env['SPINE_DEBUG']);
  if (!isSpineError(error)) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    return {
      code: 'SPINE_INTERNAL',
      message: `SPINE_INTERNAL: ${name}: ${message}`,
      hint: 'This is a defect; report it with the message. SPINE_DEBUG=1 shows where.',
      exitCode: EXIT.failed,
      stack: isDebug ? (stack ?? '') : '',
    };
  }
  const isAway = error.code.endsWith('_UNREACHABLE');
  return {
    code: error.code,
    message: error.message.trim(),
    hint: (isAway && nothingRuns(asked)) || error.hint,
    exitCode: exitFor(error.code),
    stack: isDebug ? (error.stack ?? '') : '',
  };
}

function exitFor(code: SpineErrorCode): number {
  if (code === 'SPINE_CLI_USAGE') return EXIT.usage;
  return NOT_THERE.has(code) ? EXIT.notReady : EXIT.failed;
}

/** The way out where the local stack was meant and does not run; '' where it does. */
function nothingRuns(asked: Asked): string {
  const places: Places = {
    state: flagOf(asked.args, 'state'),
    config: flagOf(asked.args, 'config'),
  };
  const stateDir = stateDirOf(asked, places);
  const file = findConfig(asked, places, stateDir);
  const isLocal = file === undefined || file === join(stateDir, 'spine.yaml');
  if (!isLocal || existsSync(join(stateDir, 'stack.json'))) return '';
  const place = relative(asked.cwd, stateDir).startsWith('..')
    ? stateDir
    : relative(asked.cwd, stateDir);
  return `Nothing runs in ${place}: start it with \`spine up\`, or name another place with --config or --state.`;
}

function flagOf(args: readonly string[], name: string): string | undefined {
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  const arg = args[at];
  return arg === `--${name}` ? args[at + 1] : arg?.slice(name.length + 3);
}
