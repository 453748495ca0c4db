// What the commands print with: results on stdout, talk on stderr; colour and live lines on a
// terminal only.
// Guarantees: NO_COLOR and --json switch colour off; a table never wraps a number; nothing here
// reads the clock.
// Example: out.table(['agent', 'p95 ms'], rows)
import { stripVTControlCharacters, styleText } from 'node:util';
import Table from 'cli-table3';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export type Terminal = {
  readonly isLive: boolean;
  /** Columns to draw in: the terminal's own within reason; 120 on a pipe. */
  readonly width: number;
  /** A line of the result. */
  line(text?: string): void;
  /** A line of talk. */
  say(text: string): void;
  /** Rewrites the last live line; on a pipe nothing, so that logs stay short. */
  live(text: string): void;
  /** No head where it is empty. With a width the longest column of text is cut at a word. */
  table(head: readonly string[], rows: readonly (readonly Cell[])[], width?: number): void;
  json(value: unknown): void;
  style(style: Style, text: string): string;
};

export type Cell = string | number | null | undefined;

export type Streams = {
  readonly stdout: {
    write(text: string): unknown;
    isTTY?: boolean | undefined;
    columns?: number | undefined;
  };
  readonly stderr: { write(text: string): unknown; isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
};

const PIPE_WIDTH = 120;
const NARROWEST = 60;
const WIDEST = 160;
const INDENT = 2;
const GAP = 2;

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
  middle: ' '.repeat(GAP),
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
  const columns = isLive ? (stdout.columns ?? PIPE_WIDTH) : PIPE_WIDTH;
  return {
    isLive,
    width: Math.min(Math.max(columns, NARROWEST), WIDEST),
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
    table: (head, rows, width) => {
      const texts = rows.map((row) => row.map((cell) => show(cell)));
      const fitted = width === undefined ? texts : fit(head, texts, width - INDENT);
      const columnsOf = rows[0]?.length ?? head.length;
      const isNumber = Array.from({ length: columnsOf }, (_, column) =>
        rows.every((row) => isNumeric(row[column])),
      );
      const table = new Table({
        head: head.map((name) => style('dim', name)),
        chars: PLAIN,
        style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
        colAligns: isNumber.map((number) => (number ? 'right' : 'left')),
      });
      table.push(...fitted);
      for (const text of table.toString().split('\n')) {
        line(`${' '.repeat(INDENT)}${text.trimEnd()}`);
      }
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

function isNumeric(cell: Cell): boolean {
  if (cell === null || typeof cell === 'number') return true;
  return typeof cell === 'string' && /^[\d.,]+ (?:ns|µs|ms|s|%|MB)$/u.test(cell);
}

/** Cuts the longest column but the first so that the table is no wider than asked, at a word. */
function fit(head: readonly string[], rows: string[][], width: number): string[][] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(head[column]?.length ?? 0, ...rows.map((row) => plain(row[column] ?? '').length)),
  );
  // The first column names the row; people copy it.
  const longest = widths.indexOf(Math.max(...widths.slice(1)), 1);
  const others = widths.reduce((sum, one) => sum + one + GAP, -GAP) - (widths[longest] ?? 0);
  const room = Math.max(8, width - others);
  return rows.map((row) => row.map((text, at) => (at === longest ? cutAtWord(text, room) : text)));
}

/** Without colour, as wide as it is drawn. */
function plain(text: string): string {
  return stripVTControlCharacters(text);
}

/** At most so many characters, ending with a whole word and … where something is left out. */
export function cutAtWord(text: string, width: number): string {
  if (plain(text).length <= width) return text;
  const head = plain(text).slice(0, Math.max(1, width - 1));
  const space = head.lastIndexOf(' ');
  return `${(space > width / 2 ? head.slice(0, space) : head).replace(/[\s,;:(]+$/u, '')}…`;
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

/** Milliseconds a process has been up: 24 s, 3 min, 5 h 2 min, 4 d 3 h. */
export function uptime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? `${hours} h ${minutes % 60} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** 1 run, 2 runs. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Billionths of a dollar for people: $0.0042. */
export function dollars(nanoUsd: number): string {
  const usd = nanoUsd / 1e9;
  return `$${usd >= 1 ? grouped(Math.round(usd * 100) / 100) : usd.toFixed(usd < 0.01 ? 6 : 4)}`;
}
