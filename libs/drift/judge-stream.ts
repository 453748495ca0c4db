// Did an agent's error rate or confidence change within the last hours, to the minute? Values per
// minute, standardised by what the same hours usually bring, then Page-Hinkley and ADWIN.
// Guarantees: alert where both agree, warn where Page-Hinkley alone does; minutes without runs say
// nothing; too few runs or no usual level is insufficient_data. Both directions count.
// Page-Hinkley at 0.5 and 24 sigma: a false alarm in 6e10 independent minutes (Siegmund's
// approximation of its run length, 2 exp(24 + 1.17)); spreads beyond chance make it less, hence the
// factor.
// Example: judgeStream({ kind: 'rate', minutes, usual, runsMin: 200 }).state // 'alert'
import { adwin, pageHinkley } from './change-points.ts';
import type { State } from './judge-window.ts';

export type Minute = {
  readonly minuteMs: number;
  readonly n: number;
  /** Sum of the values: errors of a rate, confidences otherwise. */
  readonly sum: number;
};

/** What is usual at a time: mean of one value and its deviation, and how much more hours vary. */
export type Usual = {
  readonly mean: number;
  readonly deviation: number;
  /** Variance of an hour's mean beyond chance. */
  readonly between: number;
};

export type StreamQuestion = {
  readonly minutes: readonly Minute[];
  readonly usual: (minuteMs: number) => Usual | undefined;
  /** Fewest runs of the stretch under test. */
  readonly runsMin: number;
};

export type StreamFinding = {
  readonly state: State;
  /** The minute of the change; undefined without one. */
  readonly sinceMs: number | undefined;
  readonly before: number;
  readonly after: number;
  readonly n: number;
  readonly lack: string;
};

const PAGE_HINKLEY = { drift: 0.5, threshold: 24 };
/** river's and MOA's delta. */
const ADWIN = { delta: 0.002, sideMin: 5 };
const MINUTE_MS = 60_000;

export function judgeStream({ minutes, usual, runsMin }: StreamQuestion): StreamFinding {
  const ordered = minutes
    .filter(({ n, sum }) => n > 0 && Number.isFinite(sum))
    .toSorted((a, b) => a.minuteMs - b.minuteMs);
  const n = ordered.reduce((all, each) => all + each.n, 0);
  const nothing = { sinceMs: undefined, before: Number.NaN, after: Number.NaN, n };
  if (n < runsMin) {
    return {
      ...nothing,
      state: 'insufficient_data',
      lack: `insufficient data: ${n} of ${runsMin}`,
    };
  }
  const judged = ordered.flatMap((each) => {
    const level = usual(each.minuteMs);
    if (level === undefined || !(level.deviation > 0)) return [];
    const spread = Math.sqrt(level.deviation ** 2 / each.n + level.between);
    return [{ ...each, level, z: (each.sum / each.n - level.mean) / spread }];
  });
  if (judged.length < ordered.length / 2) {
    return {
      ...nothing,
      state: 'insufficient_data',
      lack: 'insufficient data: no usual level for these hours',
    };
  }
  const values = judged.map(({ z }) => z);
  const change = pageHinkley(values, PAGE_HINKLEY);
  if (change === undefined) return { ...nothing, state: 'ok', lack: '' };
  const since = judged[change.since];
  const after = judged.slice(change.since);
  const size = after.reduce((all, each) => all + each.n, 0);
  const agreed = adwin(values, ADWIN) > 0 || change.since === 0;
  return {
    state: agreed ? 'alert' : 'warn',
    sinceMs: since === undefined ? undefined : Math.floor(since.minuteMs / MINUTE_MS) * MINUTE_MS,
    before: after.reduce((all, each) => all + each.n * each.level.mean, 0) / size,
    after: after.reduce((all, each) => all + each.sum, 0) / size,
    n,
    lack: '',
  };
}
