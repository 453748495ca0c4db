// A finding as one plain sentence, with the numbers it rests on.
// Guarantees: begins with the dimension; an unknown says what is lacking (`insufficient data: 24 of
// 200`); a shift names the values that moved, the window, the reference, the effect and the
// p-value.
// Example: "tool: search 40 % → 25 %, lookup 20 % → 31 % in 512 runs of 24 h, against 3,581 of the
// week before (PSI 0.21, p 3e-9)"
import type { Judged } from './judge-window.ts';
import type { Reference } from './reference.ts';

export type Contributor = {
  readonly value: string;
  readonly referenceShare: number;
  readonly currentShare: number;
};

export type Telling = {
  readonly dimension: string;
  readonly against: string;
  readonly contributors: readonly Contributor[];
};

export function wordsOf(reference: Reference, judged: Judged, telling: Telling): string {
  const { dimension } = telling;
  if (judged.state === 'insufficient_data') return `${dimension}: ${judged.lack}`;
  const { nCurrent, nReference } = judged.comparison;
  const size = `${whole(nCurrent)} runs of ${judged.lengthHours} h`;
  const base = `${whole(nReference)} of ${telling.against}`;
  if (judged.state === 'ok') {
    return `${dimension}: no shift in ${size}, against ${base} (${evidence(judged)})`;
  }
  return `${dimension}: ${change(reference, judged, telling)} in ${size}, against ${base} (${evidence(judged)})`;
}

const NAMES = {
  psi: 'PSI',
  linf: 'L∞',
  rate_ratio: 'factor',
  wasserstein: 'W₁/σ',
} as const;

function evidence({ effectName, effect, threshold, p }: Judged): string {
  return `${NAMES[effectName]} ${effect.toFixed(2)}, threshold ${threshold.toFixed(2)}, p ${tiny(p)}`;
}

function change(reference: Reference, judged: Judged, { contributors }: Telling): string {
  const { comparison } = judged;
  if (reference.series.kind === 'number') {
    return numberChange(reference, judged);
  }
  const moved =
    reference.series.kind === 'rate'
      ? contributors.filter(({ value }) => value === 'yes')
      : contributors.slice(0, 2);
  if (moved.length === 0) return `L∞ ${comparison.linf.toFixed(2)}`;
  return moved
    .map(
      ({ value, referenceShare, currentShare }) =>
        `${reference.series.kind === 'rate' ? 'share' : value} ${percent(referenceShare)} → ${percent(currentShare)}`,
    )
    .join(', ');
}

/** Bins are sixteenths of an octave, or twentieths for confidence: a factor, or points. */
function numberChange(reference: Reference, { comparison }: Judged): string {
  const step = comparison.current.mean - comparison.reference.mean;
  if (reference.series.scale === 'twentieths') {
    const at = (mean: number): string => ((mean + 0.5) / 20).toFixed(2);
    return `mean ${at(comparison.reference.mean)} → ${at(comparison.current.mean)}`;
  }
  const factor = 2 ** (step / 16);
  return `typical value x${factor.toFixed(2)}`;
}

const whole = (n: number): string => Math.round(n).toLocaleString('en-US');
const percent = (share: number): string =>
  `${(100 * share).toFixed(share < 0.1 && share > 0 ? 1 : 0)} %`;

function tiny(p: number): string {
  if (p < 1e-15) return '< 1e-15';
  return p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}
