// What the chart library is to draw for each kind of chart of the model.
// Guarantees: pure; names of data are plain labels, never templates; nothing moves.
// Example: chartOptions(chart) // handed to draw-svg.ts
import {
  axis,
  BASE,
  finite,
  label,
  LABELS_INSIDE,
  TEXT,
  valueLabels,
  type Sized,
} from './chart-axes.ts';
import { intervalOptions, reliabilityOptions } from './interval-options.ts';
import type { BarChart, Chart, LineChart, Unit } from './report.ts';
import { showValue } from './show-value.ts';
import { markerOf, PAPER, SOFT } from './svg-colours.ts';

export const WIDTH = 880;
const HEIGHT = 280;
const LYING_ROW = 30;

export function chartOptions(chart: Chart): Sized {
  if (chart.is === 'line') return lineOptions(chart);
  if (chart.is === 'bars') return barOptions(chart);
  return chart.is === 'intervals' ? intervalOptions(chart) : reliabilityOptions(chart);
}

function lineOptions({ times, series, unit, marks = [] }: LineChart): Sized {
  const markLine = {
    silent: true,
    symbol: 'none',
    animation: false,
    lineStyle: { color: SOFT, type: 'dashed' as const, width: 1 },
    data: marks.map(({ time, text }) => ({
      xAxis: time,
      label: { ...TEXT, formatter: () => label(text), position: 'end' as const, rotate: 0 },
    })),
  };
  return {
    height: HEIGHT,
    option: {
      ...BASE,
      grid: gridOf(false),
      xAxis: { type: 'time', ...axis(false), axisLabel: TIME_LABELS },
      yAxis: { type: 'value', ...axis(true), ...valueLabels(unit) },
      series: series.map(({ name, values, tone, isDashed }, at) => ({
        type: 'line' as const,
        name: label(name),
        color: markerOf(at, tone),
        // A single point has no line; it shows as a dot.
        showSymbol: values.filter((value) => value !== null).length <= 2,
        symbol: 'circle',
        symbolSize: 6,
        lineStyle: { width: 2, type: isDashed === true ? ('dashed' as const) : ('solid' as const) },
        data: times.map((time, row) => [time, finite(values[row])]),
        ...(at === 0 && marks.length > 0 && { markLine }),
      })),
    },
  };
}

function barOptions({ categories, series, unit, isStacked, layout }: BarChart): Sized {
  const isLying = layout === 'lying';
  const isTimed = categories.length > 0 && categories.every((one) => typeof one === 'number');
  const names = {
    type: 'category' as const,
    data: categories.map((one) =>
      typeof one === 'number' ? timeLabel(one, categories) : label(one),
    ),
    ...axis(false),
    axisLabel: { ...TEXT, hideOverlap: true, ...(!isTimed && !isLying && { interval: 0 }) },
    // The first category on top, as in a table.
    ...(isLying && { inverse: true }),
  };
  const values = { type: 'value' as const, ...axis(true), ...valueLabels(unit) };
  const rows = isLying ? categories.length * (isStacked ? 1 : Math.max(1, series.length)) : 0;
  return {
    height: isLying ? Math.max(120, rows * LYING_ROW + 60) : HEIGHT,
    option: {
      ...BASE,
      grid: gridOf(isLying),
      xAxis: isLying ? values : names,
      yAxis: isLying ? names : values,
      series: series.map(({ name, values: of, tone }, at) => ({
        type: 'bar' as const,
        name: label(name),
        color: markerOf(at, tone),
        barMaxWidth: isLying ? 18 : 26,
        ...(isStacked && { stack: 'all', itemStyle: { borderColor: PAPER, borderWidth: 0.5 } }),
        data: categories.map((_, row) => finite(of[row])),
        ...(isLying && !isStacked && { label: endLabel(unit) }),
      })),
    },
  };
}

const TIME_LABELS = {
  ...TEXT,
  hideOverlap: true,
  formatter: { year: '{yyyy}', month: '{d} {MMM}', day: '{d} {MMM}', hour: '{HH}:{mm}' },
};

function endLabel(unit: Unit) {
  return {
    show: true,
    position: 'right' as const,
    ...TEXT,
    formatter: ({ value }: { value?: unknown }) => showValue(value, unit),
  };
}

function gridOf(isLying: boolean) {
  return {
    left: isLying ? 40 : 12,
    right: isLying ? 56 : 24,
    top: 28,
    bottom: 8,
    ...LABELS_INSIDE,
  };
}

function timeLabel(time: number, all: readonly (string | number)[]): string {
  const text = showValue(time, 'time');
  const isDaily = all.every((one) => Number(one) % 86_400e3 === 0);
  return isDaily ? text.slice(5, 10) : text.slice(5);
}
