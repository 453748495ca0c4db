// Signals made of results: drift, calibration of confidence, KPIs.
// Guarantees: a change of a KPI within three standard errors counts as none, so that a few odd
// cases are no alarm; kinds of confidence are never mixed.
// Example: await kpiSamples(ch, rule, condition, time) → [{ labels: { …, kpi: 'refund_margin' }, …
// }]
import type { Drift, Rule, Threshold } from '@agentspine/alert/rule';
import type { Sample } from '@agentspine/alert/sample';
import type { SignalTime } from '@agentspine/alert/signals';
import type { ClickHouse } from './connect.ts';
import { askSignal, scopeLabels, seconds, wholeSeconds, type Scoped } from './signal-text.ts';

const WEEK_MS = 604_800_000;
const STATES = ['insufficient_data', 'ok', 'warn', 'alert'] as const;
/** Two means that lie closer than this many standard errors are the same, for an alarm. */
const ERRORS_MIN = 3;

type DriftRow = {
  readonly tenant: string;
  readonly agent: string;
  readonly dimension: string;
  readonly state_rank: number;
  readonly found: readonly [
    effect: number | null,
    threshold: number | null,
    n: number,
    words: string,
    version: string,
    causes: readonly string[],
    runs: readonly string[],
  ];
};

export async function driftSamples(
  ch: ClickHouse,
  rule: Rule,
  { windowMs, dimensions }: Drift,
  { nowMs }: SignalTime,
): Promise<readonly Sample[]> {
  const since = seconds(nowMs - windowMs);
  const rows = await askSignal<DriftRow>(ch, 'drift', rule, { since, dimensions });
  return rows.map(({ tenant, agent, dimension, state_rank: rank, found }) => {
    const [effect, threshold, n, words, version, causes, exampleRuns] = found;
    return {
      labels: { tenant, agent, dimension },
      value: effect ?? Number.NaN,
      n,
      state: STATES[rank] ?? 'insufficient_data',
      bound: threshold ?? Number.NaN,
      words,
      cause: causes.slice(0, 3).join('; '),
      exampleRuns,
      version,
    };
  });
}

type CalibrationRow = Scoped & {
  readonly confidence_kind: string;
  readonly n: number;
  readonly confidence_mean: number;
  readonly accuracy: number;
  readonly overconfidence: number;
  readonly calibration_error: number;
  readonly wrong_runs: readonly string[];
};

export async function calibrationSamples(
  ch: ClickHouse,
  rule: Rule,
  { metric, windowMs }: Threshold,
  { untilMs }: SignalTime,
): Promise<readonly Sample[]> {
  const rows = await askSignal<CalibrationRow>(ch, 'calibration', rule, {
    since_time: wholeSeconds(untilMs - windowMs),
    until_time: wholeSeconds(untilMs),
  });
  return rows.map((row) => ({
    labels: { ...scopeLabels(rule, row), confidence: row.confidence_kind },
    value: metric === 'overconfidence' ? row.overconfidence : row.calibration_error,
    n: row.n,
    cause: `mean confidence ${percent(row.confidence_mean)}, right in ${percent(row.accuracy)}`,
    exampleRuns: row.wrong_runs,
  }));
}

type KpiRow = Scoped & {
  readonly n: number;
  readonly before_n: number;
  readonly mean_now: number | null;
  readonly mean_before: number | null;
  readonly error: number | null;
  readonly versions: readonly (readonly [version: string, mean: number, n: number])[];
  readonly runs_now: readonly string[];
};

export async function kpiSamples(
  ch: ClickHouse,
  rule: Rule,
  { windowMs, kpi, better }: Threshold,
  { untilMs }: SignalTime,
): Promise<readonly Sample[]> {
  const sinceMs = untilMs - windowMs;
  const rows = await askSignal<KpiRow>(ch, 'kpi', rule, {
    kpi,
    since: seconds(sinceMs),
    before_time: wholeSeconds(sinceMs - WEEK_MS),
    until_time: wholeSeconds(untilMs),
  });
  return rows.map((row) => {
    const now = row.mean_now ?? Number.NaN;
    const before = row.mean_before ?? Number.NaN;
    const errors = Math.abs(now - before) / (row.error ?? Number.NaN);
    const change = ((now - before) / Math.abs(before)) * (better === 'lower' ? -1 : 1);
    const isSame = !(errors >= ERRORS_MIN);
    const means = row.versions.map(
      ([version, mean, n]) => `${version || 'no version'} ${mean} (${n})`,
    );
    return {
      labels: { ...scopeLabels(rule, row), kpi },
      value: Number.isFinite(change) && isSame ? 0 : change,
      n: Math.min(row.n, row.before_n),
      cause:
        `mean ${round(now)} of ${row.n}, ${round(before)} of ${row.before_n} the week before; ` +
        `by version: ${means.join(', ')}`,
      exampleRuns: row.runs_now,
    };
  });
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const round = (value: number): number => Math.round(value * 10_000) / 10_000;
