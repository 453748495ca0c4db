// One event as the agent sent it and as it is stored. Before comes from the fleet's own memory,
// never from the pipeline; after is read from ClickHouse.
// Guarantees: on a terminal what was replaced stands out in both; a value is never broken over two
// lines.
// Example: await beforeAndAfter(terminal, opened.clickHouse(), load)
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import type { Load } from './demo-load.ts';
import type { Terminal } from './terminal.ts';

const LABEL = 10;
const WIDEST = 110;
/** A blank that wrap() does not break at. */
const HARD = '\u00a0';
const TOKEN = /pii_[a-z0-9_]+_k\d+_[A-Za-z0-9_-]{22}/gu;

export async function beforeAndAfter(
  terminal: Terminal,
  ch: ClickHouse,
  load: Pick<Load, 'sample' | 'planted'>,
): Promise<void> {
  const event = load.sample();
  if (event === undefined) return;
  const [row] = await ch.query<{ input: string }>(
    'SELECT input FROM events WHERE event_id = {id:String} LIMIT 1',
    { id: event.event_id },
  );
  if (row === undefined) return;
  const sent = event.input?.inline ?? '';
  const values = load.planted().map(({ value }) => value);
  terminal.line();
  terminal.line(
    terminal.style(
      'bold',
      `One message to ${event.agent?.id ?? 'an agent'}, as sent and as stored`,
    ),
  );
  const width = Math.min(terminal.width, WIDEST) - LABEL - 2;
  const inSent = [...new Set(values.filter((value) => sent.includes(value)))];
  const say = (label: string, text: string, parts: readonly string[], style: 'red' | 'green') =>
    highlighted(text, parts, width, (part) => terminal.style(style, part)).forEach((line, at) =>
      terminal.line(`  ${(at === 0 ? label : '').padEnd(LABEL)}${line}`),
    );
  say('sent', sent, inSent, 'red');
  say('stored', row.input, row.input.match(TOKEN) ?? [], 'green');
}

/** Lines of at most `width`, with the parts marked and whole. */
export function highlighted(
  text: string,
  parts: readonly string[],
  width: number,
  mark: (part: string) => string,
): string[] {
  const longestFirst = parts.toSorted((a, b) => b.length - a.length);
  const hard = (part: string): string => part.replaceAll(' ', HARD);
  let bound = text.replace(/\s+/g, ' ');
  for (const part of longestFirst) bound = bound.replaceAll(part, hard(part));
  const pattern = new RegExp(longestFirst.map((part) => RegExp.escape(hard(part))).join('|'), 'gu');
  return wrap(bound, width).map((line) =>
    (longestFirst.length === 0 ? line : line.replaceAll(pattern, mark)).replaceAll(HARD, ' '),
  );
}

/** Breaks at spaces; a word longer than the width stands alone. */
function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
