// What all charts share: axes, labels, type and the place for them.
// Guarantees: pure; names of data are plain labels, cut to what fits, never templates.
// Example: { xAxis: { type: 'value', ...axis(true), ...valueLabels('ms') } }
import type { EChartsOption } from 'echarts';
import type { Unit } from './report.ts';
import { printable, showValue } from './show-value.ts';
import { GRID, LINE, SOFT } from './svg-colours.ts';

export type Sized = { readonly option: EChartsOption; readonly height: number };

const LABEL_MAX = 34;
const FONT_SIZE = 12;

export const TEXT = { color: SOFT, fontSize: FONT_SIZE };

export const BASE = {
  animation: false,
  useUTC: true,
  backgroundColor: 'transparent',
  textStyle: { fontFamily: 'sans-serif', color: SOFT },
} as const;

/** The labels of the axes lie within the picture. */
export const LABELS_INSIDE = { outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' } as const;

export function axis(hasGrid: boolean) {
  return {
    axisLine: { show: !hasGrid, lineStyle: { color: LINE } },
    axisTick: { show: false },
    axisLabel: { ...TEXT, hideOverlap: true },
    splitLine: { show: hasGrid, lineStyle: { color: GRID } },
  };
}

export function valueLabels(unit: Unit) {
  return {
    axisLabel: { ...TEXT, hideOverlap: true, formatter: (value: number) => showValue(value, unit) },
  };
}

export function label(text: string): string {
  const shown = printable(text);
  return [...shown].length > LABEL_MAX ? `${[...shown].slice(0, LABEL_MAX - 1).join('')}…` : shown;
}

export function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
