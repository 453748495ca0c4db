// A table as lines: numbers to the right with their unit, text to the left, spark lines and bars.
// Guarantees: pure; no line wider than asked: first the columns that are marked minor go, then the
// longest texts are cut at a word; the first column, which names the row, is cut last.
// Example: tableLines(table, { width: 100, style })
import type { Column, Point, Row, Table } from './report.ts';
import { printable, showValue } from './show-value.ts';
import { bar, spark } from './strokes.ts';
import type { Paper } from './terminal-lines.ts';
import { columnsOf, cut, padTo } from './wrap.ts';

const GAP = 2;
const SPARK_WIDTH = 24;
const BAR_WIDTH = 14;
const TEXT_MIN = 14;
/** What names the row is cut later than what describes it. */
const NAME_MIN = 24;

export function tableLines(table: Table, { width, style }: Paper): readonly string[] {
  if (table.rows.length === 0) return [printable(table.none)];
  const all = table.columns.map((column, at) =>
    drawn(column, table.rows, at === 0 ? NAME_MIN : TEXT_MIN),
  );
  const needed = (columns: typeof all): number =>
    columns.reduce((sum, { widthMin }) => sum + widthMin + GAP, -GAP);
  const kept = [...all];
  for (let at = kept.length - 1; at > 0 && needed(kept) > width; at--) {
    if (kept[at]?.column.isMinor === true) kept.splice(at, 1);
  }
  // Even at their narrowest, too many columns: those at the end go, the name of the row never.
  while (kept.length > 1 && needed(kept) > width) kept.pop();
  const widths = fit(kept, width);
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, at) => {
        const one = cut(text, widths[at] ?? 0);
        return padTo(one, widths[at] ?? 0, isText(kept[at]?.column) ? 'left' : 'right');
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return [
    style('dim', line(kept.map(({ column }) => printable(column.title)))),
    ...table.rows.map((_, row) => line(kept.map(({ texts }) => texts[row] ?? ''))),
  ];
}

type Drawn = {
  readonly column: Column;
  readonly texts: readonly string[];
  readonly widthMin: number;
  readonly widthWanted: number;
};

function drawn(column: Column, rows: readonly Row[], textMin: number): Drawn {
  const texts = textsOf(column, rows);
  const head = columnsOf(printable(column.title));
  const widest = Math.max(head, ...texts.map((text) => columnsOf(text)));
  const widthMin = column.unit === 'text' ? Math.min(widest, Math.max(head, textMin)) : widest;
  return { column, texts, widthMin, widthWanted: widest };
}

function textsOf({ key, unit }: Column, rows: readonly Row[]): readonly string[] {
  if (unit === 'spark') {
    return rows.map((row) => (isPoints(row[key]) ? spark(row[key], SPARK_WIDTH) : ''));
  }
  if (unit === 'bar') {
    const values = rows.map((row) => (typeof row[key] === 'number' ? row[key] : 0));
    const top = Math.max(...values.filter((value) => Number.isFinite(value)), 0);
    return values.map((value) => bar(value / top, BAR_WIDTH));
  }
  return rows.map((row) => showValue(row[key], unit));
}

export function isPoints(value: unknown): value is readonly Point[] {
  return Array.isArray(value) && value.every((one) => one === null || typeof one === 'number');
}

/** What is missing comes from the longest texts, one column after the other. */
function fit(columns: readonly Drawn[], width: number): readonly number[] {
  const widths = columns.map(({ widthWanted }) => widthWanted);
  let over = widths.reduce((sum, one) => sum + one + GAP, -GAP) - width;
  while (over > 0) {
    // The column with the most room above its least; the first one last.
    const room = columns.map(({ widthMin }, at) => (widths[at] ?? 0) - widthMin);
    const later = room.slice(1);
    const at = Math.max(...later, 0) > 0 ? room.indexOf(Math.max(...later), 1) : 0;
    if ((room[at] ?? 0) <= 0) break;
    widths[at] = (widths[at] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}

function isText(column: Column | undefined): boolean {
  return column === undefined || ['text', 'time', 'spark', 'bar'].includes(column.unit);
}
