// A chart as lines: spark lines for what goes over time, bars, intervals, a reliability curve.
// Guarantees: pure; no line wider than asked; nothing is drawn of a chart without values.
// Example: chartLines(chart, { width: 100, style })
import type {
  BarChart,
  Chart,
  IntervalChart,
  LineChart,
  Point,
  ReliabilityChart,
  Series,
  Tone,
  Unit,
} from './report.ts';
import { showTime, showValue } from './show-value.ts';
import { bar, interval, spark } from './strokes.ts';
import type { Paper, TerminalStyle } from './terminal-lines.ts';
import { columnsOf, cut, padTo } from './wrap.ts';

const NAME_MAX = 40;
/** Of the width, at most. */
const NAME_SHARE = 0.36;
const VALUE_SHARE = 0.46;
const BAR_MAX = 44;
const TONES = {
  bad: 'red',
  warn: 'yellow',
  good: 'green',
  plain: 'cyan',
} as const satisfies Record<Tone, TerminalStyle>;

export function chartLines(chart: Chart, paper: Paper): readonly string[] {
  if (chart.is === 'line') return lines(chart, paper);
  if (chart.is === 'bars') return bars(chart, paper);
  return chart.is === 'intervals' ? intervals(chart, paper) : reliability(chart, paper);
}

function lines({ times, series, unit }: LineChart, paper: Paper): readonly string[] {
  if (times.length === 0) return [];
  return overTime(times, series, unit, paper);
}

function overTime(
  times: readonly number[],
  series: readonly Series[],
  unit: Unit,
  { width, style }: Paper,
): readonly string[] {
  const names = namesOf(
    series.map(({ name }) => name),
    width,
  );
  const ends = series.map(({ values }) =>
    cut(endsOf(values, unit), Math.floor(width * VALUE_SHARE)),
  );
  const endWidth = Math.max(...ends.map((end) => columnsOf(end)), 0);
  const room = Math.max(8, width - (names.width + endWidth + 4));
  const drawn = series.map(({ values, tone }, at) =>
    [
      names.texts[at],
      style(
        TONES[tone ?? 'plain'],
        padTo(spark(values, room), Math.min(room, values.length), 'left'),
      ),
      ends[at],
    ].join('  '),
  );
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  const axis = `${' '.repeat(Math.min(names.width, width - 40))}  ${showTime(first)} to ${showTime(last)}`;
  return [...drawn, style('dim', axis)].map((line) => line.trimEnd());
}

function endsOf(values: readonly Point[], unit: Unit): string {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const last = known.at(-1);
  if (last === undefined) return 'no values';
  return `${showValue(Math.min(...known), unit)} to ${showValue(Math.max(...known), unit)}, last ${showValue(last, unit)}`;
}

function bars(chart: BarChart, paper: Paper): readonly string[] {
  const { categories, series, unit } = chart;
  if (categories.length === 0) return [];
  if (categories.every((each) => typeof each === 'number')) {
    return overTime(categories, series, unit, paper);
  }
  return series.length === 1 ? lyingBars(chart, paper) : groupedBars(chart, paper);
}

function lyingBars(
  { categories, series: [only], unit }: BarChart,
  paper: Paper,
): readonly string[] {
  const values = categories.map((_, at) => only?.values[at] ?? null);
  const rows = categories.map((category, at) => ({
    name: showValue(category, 'time'),
    value: values[at] ?? null,
    tone: only?.tone ?? 'plain',
  }));
  return barRows(rows, topOf(values), unit, paper);
}

/** A line for the category, and below it one for each series that has something there. */
function groupedBars({ categories, series, unit }: BarChart, paper: Paper): readonly string[] {
  const top = topOf(series.flatMap(({ values }) => values));
  const width = Math.max(...series.map(({ name }) => columnsOf(showValue(name, 'text'))));
  return categories.flatMap((category, at) => {
    const rows = series.flatMap(({ name, values, tone }) => {
      const value = values[at] ?? null;
      if (value === null || value === 0) return [];
      return [
        { name: padTo(showValue(name, 'text'), width, 'left'), value, tone: tone ?? 'plain' },
      ];
    });
    if (rows.length === 0) return [];
    const inner = barRows(rows, top, unit, { ...paper, width: paper.width - 2 });
    return [cut(showValue(category, 'time'), paper.width), ...inner.map((line) => `  ${line}`)];
  });
}

type BarRow = { readonly name: string; readonly value: Point; readonly tone: Tone };

function barRows(
  rows: readonly BarRow[],
  top: number,
  unit: Unit,
  paper: Paper,
): readonly string[] {
  const names = namesOf(
    rows.map(({ name }) => name),
    paper.width,
  );
  const texts = rows.map(({ value }) => showValue(value, unit));
  const textWidth = Math.max(...texts.map((text) => columnsOf(text)), 0);
  const room = Math.max(8, Math.min(BAR_MAX, paper.width - names.width - textWidth - 4));
  return rows.map(({ value, tone }, at) => {
    const drawn = paper.style(TONES[tone], bar((value ?? 0) / top, room));
    return `${names.texts[at]}  ${padTo(texts[at] ?? '', textWidth, 'right')}  ${drawn}`.trimEnd();
  });
}

function topOf(values: readonly Point[]): number {
  return Math.max(
    ...values.map((value) => value ?? 0).filter((value) => Number.isFinite(value)),
    0,
  );
}

function intervals({ rows, unit, reference }: IntervalChart, paper: Paper): readonly string[] {
  const finite = rows.flatMap(({ value, low, high }) => [value, low, high]).concat(reference ?? []);
  const known = finite.filter((value) => Number.isFinite(value));
  if (rows.length === 0 || known.length === 0) return [];
  const axis = { low: Math.min(...known), high: Math.max(...known) };
  const names = namesOf(
    rows.map(({ label }) => label),
    paper.width,
  );
  const texts = rows.map(({ value, low, high }) => {
    const text = `${showValue(value, unit)} [${showValue(low, unit)}, ${showValue(high, unit)}]`;
    return cut(text, Math.floor(paper.width * VALUE_SHARE));
  });
  const textWidth = Math.max(...texts.map((text) => columnsOf(text)));
  const room = Math.max(8, Math.min(BAR_MAX, paper.width - names.width - textWidth - 4));
  return rows.map((row, at) => {
    const drawn = paper.style(TONES[row.tone ?? 'plain'], interval(row, axis, room, reference));
    return `${names.texts[at]}  ${padTo(texts[at] ?? '', textWidth, 'left')}  ${drawn}`.trimEnd();
  });
}

function reliability({ bins }: ReliabilityChart, paper: Paper): readonly string[] {
  if (bins.length === 0) return [];
  const room = Math.max(8, Math.min(40, paper.width - 46));
  const head = paper.style('dim', 'said    right     decisions  ● right, ┊ said');
  return [
    head,
    ...bins.map((bin) => {
      const drawn = interval(
        { value: bin.accuracy, low: bin.low, high: bin.high },
        { low: 0, high: 1 },
        room,
        bin.confidence,
      );
      const isOver = bin.confidence > bin.high;
      const text = [
        padTo(showValue(bin.confidence, 'share'), 6, 'left'),
        padTo(showValue(bin.accuracy, 'share'), 8, 'left'),
        padTo(showValue(bin.n, 'count'), 9, 'right'),
      ].join('  ');
      return `${text}  ${paper.style(isOver ? 'red' : 'cyan', drawn)}`.trimEnd();
    }),
  ];
}

function namesOf(
  names: readonly string[],
  width: number,
): { texts: readonly string[]; width: number } {
  const most = Math.min(NAME_MAX, Math.floor(width * NAME_SHARE));
  const shown = names.map((name) => cut(showValue(name, 'text'), most));
  const widest = Math.max(...shown.map((name) => columnsOf(name)), 0);
  return { texts: shown.map((name) => padTo(name, widest, 'left')), width: widest };
}
