// The decision about one window: floors first, then effect and corrected significance together, and
// "ok" only where a shift of the size that matters would have been seen.
// Guarantees: never "ok" for want of data; thresholds rise to mean + 3 sigma of the agent's own
// windows of the same length where there are enough (after NannyML's default, which does so with 10
// chunks).
// Example: judgeWindow(reference, series, { end, lengthHours: 24, correct: (p) => p * 2000 }).state
import { compare, type Comparison, type EffectName, effectsAlone, yesShare } from './compare.ts';
import { type HourlySeries, sizeOfHours } from './hourly-series.ts';
import type { OwnLevels, Reference } from './reference.ts';
import type { Level, Rule } from './rule.ts';
import { pValueOf, visibleShift } from './significance.ts';

export const STATES = ['insufficient_data', 'ok', 'warn', 'alert'] as const;
export type State = (typeof STATES)[number];

export type Question = {
  /** The hour the window ends before. */
  readonly end: number;
  readonly lengthHours: number;
  /** A p-value corrected for all tests of a day; monotone. */
  readonly correct: (p: number) => number;
  /** Default true. Without floors only effect and significance decide. */
  readonly floors?: boolean;
};

export type Judged = Question & {
  readonly state: State;
  readonly comparison: Comparison;
  readonly effectName: EffectName;
  readonly effect: number;
  readonly threshold: number;
  readonly p: number;
  readonly pCorrected: number;
  /** Why it is not known, in words; empty otherwise. */
  readonly lack: string;
  /** The smallest shift that would have been seen: points, factor, or KS distance. */
  readonly visible: number;
};

export function judgeWindow(
  reference: Reference,
  series: HourlySeries,
  question: Question,
): Judged {
  const { end, lengthHours, correct, floors = true } = question;
  const { rule } = reference;
  const comparison = compare(reference, series, end - lengthHours, end);
  const lack = floors ? floorLack(reference, comparison) : '';
  if (lack !== '') {
    const blank = { p: 1, pCorrected: 1, visible: Infinity, ...NO_EFFECT };
    return { ...question, ...blank, state: 'insufficient_data', comparison, lack };
  }
  const strongest = strongestEffect(reference, comparison, lengthHours);
  const p = pValueOf(reference, comparison);
  const pCorrected = correct(p);
  const level = rule.alpha / Math.max(1, correct(1e-12) / 1e-12);
  const visible = visibleShift(reference, comparison, level);
  const found = pCorrected < rule.alpha ? strongest.reached : 'ok';
  const unsure = floors && found === 'ok';
  const blind = unsure ? blindness(reference, visible, comparison, lengthHours) : '';
  const state = blind === '' ? found : 'insufficient_data';
  return { ...question, ...strongest, state, comparison, p, pCorrected, lack: blind, visible };
}

/** The two floors that come before any number; empty where they are met. */
function floorLack(reference: Reference, { nCurrent, nReference }: Comparison): string {
  const { rule, groupNames, series } = reference;
  const categories = series.kind === 'category' ? groupNames.length : 1;
  const floor = Math.max(rule.currentMin, rule.perCell * (categories - 1));
  if (nCurrent < floor) return `insufficient data: ${plain(nCurrent)} of ${plain(floor)}`;
  if (nReference < rule.referenceMin) {
    const found = `${plain(nReference)} of ${plain(rule.referenceMin)}`;
    return `insufficient data: reference ${found}`;
  }
  if (reference.days < rule.daysMin) {
    return `insufficient data: reference of ${reference.days} days, wanted ${rule.daysMin}`;
  }
  return '';
}

/** A window that says nothing is no ok where what matters could not have been seen. */
function blindness(
  reference: Reference,
  visible: number,
  { nCurrent }: Comparison,
  lengthHours: number,
): string {
  const { rule, series } = reference;
  const own = (name: EffectName): number => ownLevels(reference, lengthHours).levels.get(name) ?? 0;
  const runs = `insufficient data: ${plain(nCurrent)} runs`;
  if (series.kind === 'category') {
    const least = Math.max(visible, own('linf'));
    if (least <= rule.visible.share) return '';
    return `${runs} would show a shift of ${points(least)}, wanted ${points(rule.visible.share)}`;
  }
  if (series.kind === 'rate') {
    const least = Math.max(visible, Math.exp(own('rate_ratio')));
    if (least <= rule.visible.ratio) return '';
    const factor = Number.isFinite(least) ? `a factor of ${least.toFixed(1)}` : 'no change';
    return `${runs} would show ${factor}, wanted ${rule.visible.ratio}`;
  }
  // Two normals a step of s sigma apart have a Kolmogorov-Smirnov distance of 0.4 s, for small s.
  const least = Math.max(visible / 0.4, own('wasserstein'));
  if (least <= rule.visible.sigmas) return '';
  return `${runs} would show a shift of ${least.toFixed(2)} σ, wanted ${rule.visible.sigmas} σ`;
}

const plain = (n: number): string => Math.round(n).toLocaleString('en-US');
const points = (share: number): string => `${(100 * share).toFixed(0)} points`;

type Strongest = {
  readonly effectName: EffectName;
  readonly effect: number;
  readonly threshold: number;
  readonly reached: 'ok' | 'warn' | 'alert';
};

/** The effect that is furthest above its threshold, and what it would be if significant. */
function strongestEffect(
  reference: Reference,
  comparison: Comparison,
  lengthHours: number,
): Strongest {
  let best: Strongest | undefined;
  let furthest = -1;
  const { rule } = reference;
  for (const [effectName, effect] of comparison.effects) {
    const { warn, alert } = levelOf(rule, effectName);
    const own = ownLevels(reference, lengthHours).levels.get(effectName) ?? 0;
    const size = sizeOf(effectName, effect);
    const low = Math.max(sizeOf(effectName, warn), own);
    const high = Math.max(sizeOf(effectName, alert), own);
    const far = size / low;
    if (far <= furthest) continue;
    furthest = far;
    const small = effectName === 'rate_ratio' && isSmall(reference, comparison);
    const reached = small || size < low ? 'ok' : size < high ? 'warn' : 'alert';
    const threshold = effectName === 'rate_ratio' ? Math.exp(low) : low;
    best = { effectName, effect, threshold, reached };
  }
  return best ?? NO_EFFECT;
}

const NO_EFFECT: Strongest = { effectName: 'psi', effect: 0, threshold: 0, reached: 'ok' };

/** Half and double are equally far. */
function sizeOf(name: EffectName, effect: number): number {
  return name === 'rate_ratio' ? Math.abs(Math.log(effect)) : effect;
}

function levelOf(rule: Rule, name: EffectName): Level {
  if (name === 'rate_ratio') return rule.ratio;
  return rule[name];
}

function isSmall(reference: Reference, comparison: Comparison): boolean {
  const before = yesShare(reference, comparison.referenceShares);
  const after = yesShare(reference, comparison.currentShares);
  return Math.abs(after - before) < reference.rule.rateMin;
}

/** Mean + 3 sigma of the effects of the agent's own windows; none where there are too few. */
function ownLevels(reference: Reference, lengthHours: number): OwnLevels {
  const known = reference.own.get(lengthHours);
  if (known !== undefined) return known;
  const effects = new Map<EffectName, number[]>();
  const { series, calibration, rule } = reference;
  const usable = new Set(calibration);
  const last = Math.max(...calibration) + 1;
  const first = Math.min(...calibration);
  let windows = 0;
  for (let end = last; end - lengthHours >= first; end -= lengthHours) {
    let whole = true;
    for (let hour = end - lengthHours; hour < end && whole; hour += 1) whole = usable.has(hour);
    if (!whole) continue;
    if (sizeOfHours(series, end - lengthHours, end) < rule.currentMin) continue;
    windows += 1;
    for (const [name, effect] of effectsAlone(reference, series, end - lengthHours, end)) {
      const sizes = effects.get(name) ?? [];
      sizes.push(sizeOf(name, effect));
      effects.set(name, sizes);
    }
  }
  const enough = windows >= rule.ownWindowsMin;
  const levels = new Map([...effects].map(([name, sizes]) => [name, enough ? upper(sizes) : 0]));
  const found = { windows, levels };
  reference.own.set(lengthHours, found);
  return found;
}

function upper(values: readonly number[]): number {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const square = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length;
  return mean + 3 * Math.sqrt(square);
}
