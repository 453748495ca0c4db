// Draws with characters: spark lines, bars and intervals of a given width.
// Guarantees: pure; exactly as wide as asked; what is unknown is a gap, not a zero; one-value
// lines, NaN and Infinity are drawn, not thrown at.
// Example: spark([1, 5, 2, null, 8], 5) // '▁▅▂ █'
import type { Point } from './report.ts';

const STEPS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** At most width characters; more values than that are drawn as the mean of neighbours. */
export function spark(values: readonly Point[], width: number): string {
  const drawn = resample(values, width);
  const known = drawn.filter((value) => value !== null);
  if (known.length === 0) return ' '.repeat(drawn.length);
  const top = Math.max(...known, 0);
  const bottom = Math.min(...known, 0);
  const range = top - bottom;
  return drawn
    .map((value) => {
      if (value === null) return ' ';
      const part = range > 0 ? (value - bottom) / range : 0;
      return STEPS[Math.min(Math.max(Math.ceil(part * STEPS.length) - 1, 0), STEPS.length - 1)];
    })
    .join('');
}

/** A bar of part (0 to 1) of the width, in eighths of a character; a part above 0 always shows. */
export function bar(part: number, width: number): string {
  if (!Number.isFinite(part) || part <= 0) return '';
  const eighths = Math.max(1, Math.round(Math.min(part, 1) * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

type Span = { readonly low: number; readonly high: number };

/** ├──●──┤ on an axis; ┊ where the reference lies. */
export function interval(
  of: Span & { readonly value: number },
  axis: Span,
  width: number,
  reference?: number,
): string {
  const at = (value: number): number =>
    axis.high > axis.low && Number.isFinite(value)
      ? Math.round(
          Math.min(Math.max((value - axis.low) / (axis.high - axis.low), 0), 1) * (width - 1),
        )
      : 0;
  const cells = Array.from({ length: width }, () => ' ');
  if (reference !== undefined) cells[at(reference)] = '┊';
  const from = at(of.low);
  const to = at(of.high);
  for (let cell = from; cell <= to; cell++) cells[cell] = '─';
  if (to > from) {
    cells[from] = '├';
    cells[to] = '┤';
  }
  cells[at(of.value)] = '●';
  return cells.join('');
}

function resample(values: readonly Point[], width: number): readonly Point[] {
  const finite = values.map((value) => (value !== null && Number.isFinite(value) ? value : null));
  if (finite.length <= width) return finite;
  return Array.from({ length: width }, (_, at) => {
    const from = Math.floor((at * finite.length) / width);
    const to = Math.max(from + 1, Math.floor(((at + 1) * finite.length) / width));
    const known = finite.slice(from, to).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length;
  });
}
