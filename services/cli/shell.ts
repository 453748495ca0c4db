// What a command gets: its arguments, where to print, where the state lies, and how to end early.
// Guarantees: flags are checked strictly, an unknown one names the nearest; the same flags mean the
// same everywhere.
// Example: const { values, positionals } = flags(shell, { limit: { type: 'string' } })
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearest } from '@agentspine/config/nearest';
import { SpineError } from '@agentspine/outcome/errors';
import type { Terminal } from './terminal.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export type Shell = {
  readonly args: readonly string[];
  readonly terminal: Terminal;
  readonly env: Env;
  readonly cwd: string;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
};

/** Runs a command; the number is the exit code. */
export type Command = (shell: Shell) => Promise<number>;

export const EXIT = { ok: 0, failed: 1, usage: 2, notReady: 3 } as const;

type Options = NonNullable<ParseArgsConfig['options']>;

const COMMON = {
  json: { type: 'boolean', default: false },
  config: { type: 'string' },
  state: { type: 'string' },
} as const satisfies Options;

export function flags<O extends Options>(shell: Shell, options: O) {
  const all = { ...COMMON, ...options };
  try {
    return parseArgs({ args: [...shell.args], options: all, allowPositionals: true, strict: true });
  } catch (error) {
    const message = (error as Error).message;
    const flag = /'--?([^'\s=]+)/.exec(message)?.[1];
    const near = flag === undefined ? undefined : nearest(flag, Object.keys(all));
    throw new SpineError('SPINE_CLI_USAGE', {
      wanted: 'flags this command knows',
      found: message.split('. ')[0] ?? message,
      ...(near !== undefined && { hint: `Did you mean --${near}?` }),
    });
  }
}

/** A whole number given as a flag. */
export function wholeFlag(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new SpineError('SPINE_CLI_USAGE', {
    where: `--${name}`,
    wanted: 'a whole number',
    found: text,
  });
}
