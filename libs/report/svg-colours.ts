// Colours of a drawn chart that follow the page: the chart library draws with marker colours, which
// are then exchanged for the page's CSS variables.
// Guarantees: pure; exchanges whole attribute values alone, so a text of data that holds a marker
// stays what it is.
// Example: followPage('<path fill="#0a0001"/>') // '<path fill="var(--s1)"/>'
import { SERIES_COLOURS } from './page-style.ts';
import type { Tone } from './report.ts';

export const INK = '#0c0001';
export const SOFT = '#0c0002';
export const GRID = '#0c0003';
export const BAND = '#0c0004';
export const PAPER = '#0c0005';
export const LINE = '#0c0006';

const TONES: Readonly<Record<Tone, string>> = {
  bad: '#0b0001',
  warn: '#0b0002',
  good: '#0b0003',
  plain: '#0b0004',
};

const VARIABLES = new Map<string, string>([
  [INK, 'ink'],
  [SOFT, 'soft'],
  [GRID, 'grid'],
  [BAND, 'band'],
  [PAPER, 'paper'],
  [LINE, 'line'],
  ...Object.entries(TONES).map(([tone, marker]) => [marker, `tone-${tone}`] as const),
  ...Array.from({ length: SERIES_COLOURS }, (_, at) => [seriesMarker(at), `s${at + 1}`] as const),
]);

/** Of the series at this place, by its tone where it has one. */
export function markerOf(at: number, tone?: Tone): string {
  return tone === undefined ? seriesMarker(at) : TONES[tone];
}

/** The same as a CSS variable, for legends. */
export function variableOf(at: number, tone?: Tone): string {
  return tone === undefined ? `var(--s${(at % SERIES_COLOURS) + 1})` : `var(--tone-${tone})`;
}

export function followPage(svg: string): string {
  return svg.replace(
    /(?<attribute> (?:fill|stroke|stop-color))="(?<colour>#0[abc]000[0-9])"/gu,
    (whole, attribute: string, colour: string) => {
      const variable = VARIABLES.get(colour);
      return variable === undefined ? whole : `${attribute}="var(--${variable})"`;
    },
  );
}

function seriesMarker(at: number): string {
  return `#0a000${(at % SERIES_COLOURS) + 1}`;
}
