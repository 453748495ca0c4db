// One agent in one dimension at one time: every window that ends now, judged twice an hour apart,
// and the one that matters told in words.
// Guarantees: warn and alert only where the window before said so too; the worst state wins, among
// equals the longest window, but the shortest of alarms, for that is the freshest evidence.
// Example: judgeSeries(reference, series, { endHour: 700, correct }).words // "tool: search 40 % →
// 25 % …"
import { DAY_HOURS, type HourlySeries, sizesOf } from './hourly-series.ts';
import { judgeWindow, type Judged, STATES, type State } from './judge-window.ts';
import type { ReferenceFor } from './trailing.ts';
import { type Contributor, wordsOf } from './words.ts';

export type Finding = Judged & {
  readonly words: string;
  readonly contributors: readonly Contributor[];
};

export type SeriesQuestion = {
  /** The dimension, for the words. */
  readonly dimension: string;
  /** The hour the newest window ends before. */
  readonly endHour: number;
  readonly correct: (p: number) => number;
  /** Default: the rule's. */
  readonly windowsHours?: readonly number[];
  /** What the reference is called in the sentence. */
  readonly against?: string;
};

const CONTRIBUTORS_MAX = 5;

export function judgeSeries(
  referenceFor: ReferenceFor,
  series: HourlySeries,
  question: SeriesQuestion,
): Finding {
  const { dimension, endHour, correct, against = 'the week before' } = question;
  const lengths = question.windowsHours ?? referenceFor(endHour).rule.windowsHours;
  let chosen: Judged | undefined;
  for (const lengthHours of lengths.toSorted((a, b) => a - b)) {
    const judged = confirmed(referenceFor, series, { end: endHour, lengthHours, correct });
    if (chosen === undefined || outweighs(judged, chosen)) chosen = judged;
  }
  if (chosen === undefined) throw new RangeError('a rule without windows');
  const reference = referenceFor(chosen.end - chosen.lengthHours);
  const contributors = contributorsOf(reference, chosen);
  return {
    ...chosen,
    contributors,
    words: wordsOf(reference, chosen, { dimension, against, contributors }),
  };
}

const rank = (state: State): number => STATES.indexOf(state);

/** later is of a longer window than before. */
function outweighs(later: Judged, before: Judged): boolean {
  const gap = rank(later.state) - rank(before.state);
  return gap > 0 || (gap === 0 && rank(later.state) < rank('warn'));
}

/** The weaker of the states of the last windows in a row. */
function confirmed(
  referenceFor: ReferenceFor,
  series: HourlySeries,
  question: Pick<Judged, 'end' | 'lengthHours' | 'correct'>,
): Judged {
  const judge = (back: number): Judged => {
    const end = question.end - back;
    return judgeWindow(referenceFor(end - question.lengthHours), series, { ...question, end });
  };
  const judged = judge(0);
  const { consecutive } = referenceFor(question.end).rule;
  let { state } = judged;
  for (let back = 1; back < consecutive && rank(state) >= rank('warn'); back += 1) {
    const before = judge(back);
    if (rank(before.state) < rank(state))
      state = rank(before.state) < rank('warn') ? 'ok' : before.state;
  }
  if (rank(state) >= rank('warn') && question.lengthHours > 1) {
    // Bursts are no shift: with no hour larger than usual, and without the largest, it must hold.
    const [from, to] = [question.end - question.lengthHours, question.end];
    const rest = withoutBursts(series, from, to);
    const reference = referenceFor(question.end - question.lengthHours);
    const again = judgeWindow(reference, rest, { ...question, floors: false });
    if (rank(again.state) < rank(state)) state = again.state;
  }
  return { ...judged, state };
}

/** An hour counts as a burst from this many times its usual size on. */
const BURST = 1.5;

/** The window with each hour at most a burst of its usual size, and without the largest hour. */
function withoutBursts(series: HourlySeries, from: number, to: number): HourlySeries {
  const sizes = sizesOf(series);
  const counts = series.counts.slice();
  const width = series.cells.length;
  let largest = { hour: from, size: -1 };
  for (let hour = from; hour < to; hour += 1) {
    const usual = median(sameClock(sizes, hour, from));
    const cap = usual > 0 ? BURST * usual : Infinity;
    const size = Math.min(sizes[hour] ?? 0, cap);
    if (size > largest.size) largest = { hour, size };
    const factor = (sizes[hour] ?? 0) > cap ? cap / (sizes[hour] ?? 1) : 1;
    if (factor === 1) continue;
    for (let at = hour * width; at < (hour + 1) * width; at += 1) {
      counts[at] = (counts[at] ?? 0) * factor;
    }
  }
  counts.fill(0, largest.hour * width, (largest.hour + 1) * width);
  return { ...series, counts };
}

/** Sizes of the same hour of the seven days before the window. */
function sameClock(sizes: Float64Array, hour: number, windowStart: number): number[] {
  const found: number[] = [];
  for (let at = hour - DAY_HOURS; at >= 0 && found.length < 7; at -= DAY_HOURS) {
    if (at < windowStart) found.push(sizes[at] ?? 0);
  }
  return found;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Infinity;
}

function contributorsOf(
  reference: ReturnType<ReferenceFor>,
  judged: Judged,
): readonly Contributor[] {
  if (reference.series.kind === 'number') return [];
  const { currentShares, referenceShares } = judged.comparison;
  const all = reference.groupNames.map((value, at) => ({
    value,
    referenceShare: referenceShares[at] ?? 0,
    currentShare: currentShares[at] ?? 0,
  }));
  const moved = (each: Contributor): number => Math.abs(each.currentShare - each.referenceShare);
  return all.toSorted((a, b) => moved(b) - moved(a)).slice(0, CONTRIBUTORS_MAX);
}
