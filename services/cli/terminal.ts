// What the commands print with: results on stdout, talk on stderr; colour and live lines on a
// terminal only.
// Guarantees: NO_COLOR and --json switch colour off; a table never wraps a number; nothing here
// reads the clock.
// Example: out.table(['agent', 'p95 ms'], rows)
import { styleText } from 'node:util';
import Table from 'cli-table3';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export type Terminal = {
  readonly isLive: boolean;
  /** A line of the result. */
  line(text?: string): void;
  /** A line of talk. */
  say(text: string): void;
  /** Rewrites the last live line; on a pipe nothing, so that logs stay short. */
  live(text: string): void;
  table(head: readonly string[], rows: readonly (readonly Cell[])[]): void;
  json(value: unknown): void;
  style(style: Style, text: string): string;
};

export type Cell = string | number | null | undefined;

export type Streams = {
  readonly stdout: { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number };
  readonly stderr: { write(text: string): unknown; isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
};

const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function createTerminal({ stdout, stderr, env }: Streams): Terminal {
  const isLive = stdout.isTTY === true;
  const hasColour = isLive && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  let isLineOpen = false;
  const closeLive = (): void => {
    if (isLineOpen) stderr.write('\r\u001b[2K');
    isLineOpen = false;
  };
  const style = (name: Style, text: string): string => (hasColour ? styleText(name, text) : text);
  const line = (text = ''): void => {
    closeLive();
    stdout.write(`${text}\n`);
  };
  return {
    isLive,
    line,
    style,
    say: (text) => {
      closeLive();
      stderr.write(`${text}\n`);
    },
    live: (text) => {
      if (!isLive) return;
      stderr.write(`\r\u001b[2K${text}`);
      isLineOpen = true;
    },
    table: (head, rows) => {
      const isNumber = head.map((_, column) =>
        rows.every((row) => typeof row[column] === 'number' || row[column] === null),
      );
      const table = new Table({
        head: head.map((name) => style('dim', name)),
        chars: PLAIN,
        style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
        colAligns: isNumber.map((number) => (number ? 'right' : 'left')),
      });
      table.push(...rows.map((row) => row.map((cell) => show(cell))));
      for (const text of table.toString().split('\n')) line(`  ${text.trimEnd()}`);
    },
    json: (value) =>
      line(
        JSON.stringify(
          value,
          (_, child: unknown) => (typeof child === 'bigint' ? String(child) : child),
          2,
        ),
      ),
  };
}

function show(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'number' ? grouped(cell) : cell;
}

/** 1234567.891 → 1,234,567.89 */
export function grouped(value: number): string {
  return Number.isInteger(value)
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 3 : 1 });
}

/** Nanoseconds for people: 812 µs, 1.24 s, 3 min 5 s. */
export function duration(ns: number): string {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${grouped(Math.round(ns / 1e3))} µs`;
  if (ns < 1e9) return `${grouped(Math.round(ns / 1e6))} ms`;
  if (ns < 120e9) return `${(ns / 1e9).toFixed(2)} s`;
  const seconds = Math.round(ns / 1e9);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Billionths of a dollar for people: $0.0042. */
export function dollars(nanoUsd: number): string {
  const usd = nanoUsd / 1e9;
  return `$${usd >= 1 ? grouped(Math.round(usd * 100) / 100) : usd.toFixed(usd < 0.01 ? 6 : 4)}`;
}
