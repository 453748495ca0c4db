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
  /** Milliseconds since 1970; commands have no clock of their own. */
  nowMs(): number;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
};

/** Runs a command; the number is the exit code. */
export type Command = (shell: Shell) => Promise<number>;

/** As documented in help.ts. 130 is what a shell calls a command that Ctrl-C ended. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notReady: 3, interrupted: 130 } as const;

type Options = NonNullable<ParseArgsConfig['options']>;

const COMMON = {
  json: { type: 'boolean', default: false },
  config: { type: 'string' },
  state: { type: 'string' },
} as const satisfies Options;

/** words: how many arguments without a flag the command takes at most. */
export function flags<O extends Options>(shell: Shell, options: O, words = 0) {
  const all = { ...COMMON, ...options };
  const parsed = parsedOr(() =>
    parseArgs({ args: [...shell.args], options: all, allowPositionals: true, strict: true }),
  );
  const extra = parsed.positionals[words];
  if (extra === undefined) return parsed;
  throw new SpineError('SPINE_CLI_USAGE', {
    wanted: words === 0 ? 'flags alone' : `at most ${words} ${words === 1 ? 'word' : 'words'}`,
    found: extra,
  });

  function parsedOr<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      const message = (error as Error).message;
      const flag = /'-{0,2}([^'\s=]+)/.exec(message)?.[1];
      const near = flag === undefined ? undefined : nearest(flag, Object.keys(all));
      throw new SpineError('SPINE_CLI_USAGE', {
        wanted: `flags out of --${Object.keys(all).join(', --')}`,
        found: message.split('. ')[0] ?? message,
        ...(near !== undefined && near !== flag && { hint: `Did you mean --${near}?` }),
      });
    }
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
