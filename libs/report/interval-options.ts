// What the chart library is to draw for intervals and for a reliability curve, which it has no kind
// of its own for.
// Guarantees: pure; an interval is drawn from low to high with its value as a dot; the curve has
// the line of a perfect forecast, the interval of each bin and how many decisions it stands on.
// Example: reliabilityOptions(chart)
import type { CustomSeriesOption } from 'echarts';
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
import type { IntervalChart, ReliabilityChart } from './report.ts';
import { markerOf, SOFT } from './svg-colours.ts';
import { showValue } from './show-value.ts';

const ROW = 34;

export function intervalOptions({ rows, unit, reference }: IntervalChart): Sized {
  return {
    height: Math.max(120, rows.length * ROW + 60),
    option: {
      ...BASE,
      grid: { left: 40, right: 32, top: 28, bottom: 8, ...LABELS_INSIDE },
      xAxis: { type: 'value', scale: true, ...axis(true), ...valueLabels(unit) },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map((row) => label(row.label)),
        ...axis(false),
      },
      series: [
        {
          type: 'custom',
          data: rows.map(({ low, high }, at) => [at, finite(low), finite(high)]),
          // low, high on x; the row on y.
          encode: { x: [1, 2], y: 0 },
          renderItem: whisker(false, (at) => markerOf(0, rows[at]?.tone ?? 'plain')),
        },
        {
          type: 'scatter',
          symbolSize: 10,
          data: rows.map(({ value, tone }, at) => ({
            value: [finite(value), at],
            itemStyle: { color: markerOf(0, tone ?? 'plain') },
          })),
          ...(reference !== undefined &&
            Number.isFinite(reference) && {
              markLine: {
                silent: true,
                symbol: 'none',
                lineStyle: { color: SOFT, type: 'dashed', width: 1 },
                label: { ...TEXT, position: 'start', formatter: () => showValue(reference, unit) },
                data: [{ xAxis: reference }],
              },
            }),
        },
      ],
    },
  };
}

export function reliabilityOptions({ bins }: ReliabilityChart): Sized {
  return {
    height: 440,
    option: {
      ...BASE,
      grid: [
        { left: 70, right: 24, top: 16, height: 270 },
        { left: 70, right: 24, top: 328, height: 64 },
      ],
      ...reliabilityAxes(),
      series: [
        {
          type: 'line',
          data: [
            [0, 0],
            [1, 1],
          ],
          showSymbol: false,
          color: SOFT,
          lineStyle: { type: 'dashed', width: 1.5 },
        },
        {
          type: 'custom',
          data: bins.map((bin) => [finite(bin.confidence), finite(bin.low), finite(bin.high)]),
          encode: { x: 0, y: [1, 2] },
          renderItem: whisker(true, (at) => binMarker(bins[at])),
        },
        {
          type: 'line',
          color: markerOf(0),
          symbol: 'circle',
          symbolSize: 9,
          lineStyle: { width: 2 },
          data: bins.map((bin) => ({
            value: [finite(bin.confidence), finite(bin.accuracy)],
            itemStyle: { color: binMarker(bin) },
          })),
        },
        {
          type: 'bar',
          xAxisIndex: 1,
          yAxisIndex: 1,
          barWidth: 14,
          color: markerOf(7),
          data: bins.map(({ confidence, n }) => [finite(confidence), finite(n)]),
        },
      ],
    },
  };
}

function reliabilityAxes(): Pick<Sized['option'], 'xAxis' | 'yAxis'> {
  const named = { type: 'value' as const, nameLocation: 'middle' as const, nameTextStyle: TEXT };
  const share = { ...named, min: 0, max: 1, ...axis(true), ...valueLabels('share') };
  return {
    xAxis: [
      { ...share, gridIndex: 0, axisLabel: { show: false } },
      {
        ...share,
        gridIndex: 1,
        name: 'confidence the agent stated',
        nameGap: 26,
        splitLine: { show: false },
      },
    ],
    yAxis: [
      { ...share, gridIndex: 0, name: 'share that was right', nameGap: 52 },
      {
        ...named,
        ...axis(true),
        ...valueLabels('count'),
        gridIndex: 1,
        name: 'decisions',
        nameGap: 52,
        splitNumber: 2,
      },
    ],
  };
}

/** Red where even the upper end of what was right is below what was said. */
function binMarker(bin: ReliabilityChart['bins'][number] | undefined): string {
  return bin !== undefined && bin.confidence > bin.high ? markerOf(0, 'bad') : markerOf(0);
}

function whisker(
  isUpright: boolean,
  colour: (at: number) => string,
): NonNullable<CustomSeriesOption['renderItem']> {
  return (params, api) => {
    const [place, low, high] = [0, 1, 2].map((dimension) => Number(api.value(dimension)));
    if (![place, low, high].every((value) => Number.isFinite(value))) return null;
    const point = (value: number | undefined): readonly number[] =>
      api.coord(isUpright ? [place, value] : [value, place]);
    const [x1 = 0, y1 = 0] = point(low);
    const [x2 = 0, y2 = 0] = point(high);
    const style = { stroke: colour(params.dataIndex), lineWidth: 2, fill: 'none' };
    const cap = 5;
    const stroke = (shape: { x1: number; y1: number; x2: number; y2: number }) => ({
      type: 'line' as const,
      shape,
      style,
    });
    const across = (x: number, y: number) =>
      stroke(
        isUpright
          ? { x1: x - cap, y1: y, x2: x + cap, y2: y }
          : { x1: x, y1: y - cap, x2: x, y2: y + cap },
      );
    return {
      type: 'group',
      children: [stroke({ x1, y1, x2, y2 }), across(x1, y1), across(x2, y2)],
    };
  };
}
