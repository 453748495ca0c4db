// Tables of a page: those of the sections, and the numbers behind each chart.
// Guarantees: pure; everything escaped; a chart's table holds every value that is drawn.
// Example: htmlTable(section.table).text
import { html, trusted, type Markup } from './html-text.ts';
import type { Chart, Column, Row, Table } from './report.ts';
import { showValue } from './show-value.ts';
import { isPoints } from './terminal-table.ts';

export function htmlTable(table: Table): Markup {
  if (table.rows.length === 0) return html`<p class="none">${table.none}</p>`;
  const tops = new Map(table.columns.map((column) => [column.key, topOf(column, table.rows)]));
  const rows = table.rows.map(
    (row) =>
      html`<tr>
        ${table.columns.map((column, at) => cell(column, row, at === 0, tops.get(column.key) ?? 0))}
      </tr> `,
  );
  const heads = table.columns.map(
    (column) => html`<th scope="col" class="${classOf(column, false)}">${column.title}</th>`,
  );
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function topOf(column: Column, rows: readonly Row[]): number {
  if (column.unit !== 'bar') return 0;
  const values = rows.map((row) => row[column.key]);
  return Math.max(
    0,
    ...(values.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[]),
  );
}

function classOf({ unit }: Column, isFirst: boolean): string {
  if (unit === 'bar') return 'b';
  if (unit === 'text' || unit === 'spark' || unit === 'time') return isFirst ? 'name t' : 't';
  return 'n';
}

function cell(column: Column, row: Row, isFirst: boolean, top: number): Markup {
  const value = row[column.key];
  const name = classOf(column, isFirst);
  if (column.unit === 'bar') {
    const part = typeof value === 'number' && top > 0 && Number.isFinite(value) ? value / top : 0;
    const width = Math.max(0, Math.min(100, part * 100)).toFixed(1);
    return html`<td class="b"><span class="bar" style="width:${width}%"></span></td>`;
  }
  if (column.unit === 'spark')
    return html`<td class="t">${isPoints(value) ? sparkSvg(value) : undefined}</td>`;
  return html`<td class="${name}">${showValue(value, column.unit)}</td>`;
}

const SPARK = { width: 120, height: 20 };

function sparkSvg(values: readonly (number | null)[]): Markup {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (known.length === 0) return html``;
  const low = Math.min(...known, 0);
  const high = Math.max(...known, 0);
  const step = SPARK.width / values.length;
  const bars = values.flatMap((value, at) => {
    if (value === null || !Number.isFinite(value)) return [];
    const height = high > low ? Math.max(1, ((value - low) / (high - low)) * SPARK.height) : 1;
    return [
      `M${(at * step).toFixed(1)} ${SPARK.height}v${(-height).toFixed(1)}h${(step * 0.8).toFixed(1)}v${height.toFixed(1)}z`,
    ];
  });
  return trusted(
    `<svg viewBox="0 0 ${SPARK.width} ${SPARK.height}" preserveAspectRatio="none" aria-hidden="true"><path d="${bars.join('')}" fill="var(--s1)"/></svg>`,
  );
}

/** What a chart draws, as a table. */
export function numbersOf(chart: Chart): Table {
  const none = 'Nothing to draw.';
  const { unit } = chart;
  if (chart.is === 'reliability') {
    return {
      none,
      columns: [
        { key: 'confidence', title: 'confidence, mean', unit },
        { key: 'accuracy', title: 'right', unit },
        { key: 'low', title: '95 % from', unit },
        { key: 'high', title: '95 % to', unit },
        { key: 'n', title: 'decisions', unit: 'count' },
      ],
      rows: chart.bins,
    };
  }
  if (chart.is === 'intervals') {
    return {
      none,
      columns: [
        { key: 'label', title: '', unit: 'text' },
        { key: 'value', title: 'value', unit },
        { key: 'low', title: '95 % from', unit },
        { key: 'high', title: '95 % to', unit },
      ],
      rows: chart.rows,
    };
  }
  const names = chart.is === 'line' ? chart.times : chart.categories;
  const isTimed = names.every((name) => typeof name === 'number');
  return {
    none,
    columns: [
      { key: 'at', title: isTimed ? 'time, UTC' : '', unit: isTimed ? 'time' : 'text' },
      ...chart.series.map(({ name }, at) => ({ key: String(at), title: name, unit })),
    ],
    rows: names.map((name, row) => ({
      at: name,
      ...Object.fromEntries(
        chart.series.map(({ values }, at) => [String(at), values[row] ?? null]),
      ),
    })),
  };
}
