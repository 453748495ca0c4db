// Rows of the queries `kpi` and `kpi-versions` to answers: a KPI with its interval per slice, and
// two releases compared, looked at as early and as often as one likes.
// Guarantees: units are never mixed, and other units than the definition's are refused; what is not
// certain is called so; a share gets Wilson's interval, few and skewed values a bootstrap, the rest
// Student's.
// Example: compareVersions(kpi, rows, { baseline: '1.2.0', candidate: '1.3.0' }).words
import { insufficient, unfit, type Insufficient } from './insufficient.ts';
import { bootstrapMean, meanInterval, skewness, wilson, type Interval } from './interval.ts';
import type { Kpi } from './kpi-file.ts';
import { seeded } from './random.ts';
import { compare, pool, type Comparison } from './sequential.ts';

export type KpiAnswerRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly slice: string;
  readonly bucket: string;
  readonly unit: string;
  readonly n: number;
  readonly runs: number;
  readonly total: number;
  readonly mean: number | null;
  readonly variance: number | null;
  /** All of them where n is at most 512. */
  readonly values: readonly number[];
  readonly conflicts: number;
  readonly by_run: number;
  readonly by_none: number;
};

export type KpiAnswer = {
  readonly row: KpiAnswerRow;
  readonly mean: Interval | Insufficient;
  readonly words: string;
};

type KpiMeaning = Pick<Kpi, 'id' | 'kind' | 'measure' | 'unit' | 'direction'>;

/** Scores and ratings carry no unit. */
const hasUnit = (kpi: KpiMeaning): boolean => kpi.kind === 'outcome' && kpi.measure === 'value';

const KPI_FLOOR = 30;
const SEED = 1;
/** Above this many, the mean of skewed values is normal enough (and not all of them are sent). */
const BOOTSTRAP_MAX = 512;
const SKEWED = 1;

export function kpiAnswer(kpi: KpiMeaning, row: KpiAnswerRow, floor = KPI_FLOOR): KpiAnswer {
  const mean = meanOf(kpi, row, floor);
  const name = [row.agent_id, row.slice].filter((part) => part !== '').join(' ');
  const notes = [
    ...(row.by_none > 0 ? [`${row.by_none} belong to no known decision or run`] : []),
    ...(row.conflicts > 0 ? [`${row.conflicts} left out because they contradict themselves`] : []),
  ];
  const figures =
    'state' in mean
      ? mean.words
      : `${shown(mean.estimate)}${unitOf(kpi)} (95 %: ${shown(mean.low)} to ${shown(mean.high)}, n ${row.n})`;
  return { row, mean, words: [`${kpi.id} of ${name}: ${figures}`, ...notes].join('; ') };
}

function meanOf(kpi: KpiMeaning, row: KpiAnswerRow, floor: number): Interval | Insufficient {
  if (hasUnit(kpi) && row.n > 0 && row.unit !== kpi.unit) {
    return unfit(`${row.n} values in ${row.unit || 'no unit'}, not in ${kpi.unit}`, 0, row.n);
  }
  const effective = Math.min(row.n, row.runs);
  if (effective < floor || row.mean === null) return insufficient(effective, floor);
  const { n, runs, mean, variance, values } = row;
  if (kpi.measure === 'success') return wilson(Math.round(row.total), n, runs);
  const isWhole = values.length === n && n <= BOOTSTRAP_MAX && runs >= n;
  if (isWhole && Math.abs(skewness(values)) > SKEWED) {
    return bootstrapMean(values, { random: seeded(SEED) });
  }
  return meanInterval({ n, mean, variance: variance ?? Number.NaN, clusters: runs });
}

export type KpiVersionAnswerRow = {
  readonly bucket: string;
  readonly version: string;
  readonly n: number;
  readonly runs: number;
  readonly mean: number | null;
  readonly variance: number | null;
  readonly units: readonly string[];
};

export type KpiComparison = {
  readonly verdict: 'better' | 'worse' | 'no difference shown' | 'insufficient_data';
  readonly now: Comparison | Insufficient;
  /** Always-valid p-value: the least of all looks so far. */
  readonly p: number;
  /** As it would have been seen at the end of each day. */
  readonly looks: readonly { readonly bucket: string; readonly seen: Comparison | Insufficient }[];
  readonly words: string;
};

export type Versions = { readonly baseline: string; readonly candidate: string };

export function compareVersions(
  kpi: KpiMeaning,
  rows: readonly KpiVersionAnswerRow[],
  versions: Versions,
  options: { readonly floor?: number; readonly alpha?: number } = {},
): KpiComparison {
  const { alpha = 0.05, floor } = options;
  const title = `${kpi.id}, ${versions.candidate} against ${versions.baseline}`;
  const strange = hasUnit(kpi) ? strangeUnit(kpi, rows) : null;
  if (strange !== null) {
    const now = unfit(strange, 0, rows.length);
    return { verdict: 'insufficient_data', now, p: 1, looks: [], words: `${title}: ${now.words}` };
  }
  const buckets = [...new Set(rows.map(({ bucket }) => bucket))].toSorted();
  const sideUntil = (version: string, bucket: string) =>
    pool(
      rows
        .filter((row) => row.version === version && row.bucket <= bucket && row.mean !== null)
        .map(({ n, runs, mean, variance }) => ({
          n,
          clusters: runs,
          mean: mean ?? 0,
          variance: variance ?? 0,
        })),
    );
  const looks = buckets.map((bucket) => ({
    bucket,
    seen: compare(
      sideUntil(versions.baseline, bucket),
      sideUntil(versions.candidate, bucket),
      floor === undefined ? {} : { floor },
    ),
  }));
  const now = looks.at(-1)?.seen ?? insufficient(0, floor ?? KPI_FLOOR);
  const ps = looks.map(({ seen }) => (seen.state === 'answer' ? seen.p : 1));
  const p = Math.min(1, ...ps);
  const verdict = verdictOf(kpi, now, p, alpha);
  return { verdict, now, p, looks, words: `${title}: ${said(kpi, now, p, verdict)}` };
}

function strangeUnit(kpi: KpiMeaning, rows: readonly KpiVersionAnswerRow[]): string | null {
  const units = [...new Set(rows.flatMap((row) => row.units))].filter((unit) => unit !== kpi.unit);
  const [first] = units;
  return first === undefined ? null : `values in ${first || 'no unit'}, not in ${kpi.unit} alone`;
}

function verdictOf(
  kpi: KpiMeaning,
  now: Comparison | Insufficient,
  p: number,
  alpha: number,
): KpiComparison['verdict'] {
  if (now.state !== 'answer') return 'insufficient_data';
  if (p >= alpha) return 'no difference shown';
  return now.difference.estimate > 0 === (kpi.direction === 'up') ? 'better' : 'worse';
}

function said(
  kpi: KpiMeaning,
  now: Comparison | Insufficient,
  p: number,
  verdict: KpiComparison['verdict'],
): string {
  if (now.state !== 'answer') return now.words;
  const { estimate, low, high, n } = now.difference;
  const sign = estimate > 0 ? '+' : '';
  const by = `${sign}${shown(estimate)}${unitOf(kpi)} (${shown(low)} to ${shown(high)}, n ${n})`;
  return `${verdict}, ${by}, p ${p < 0.001 ? '< 0.001' : p.toFixed(3)} at any look`;
}

const unitOf = ({ measure, unit }: KpiMeaning): string => (measure === 'value' ? ` ${unit}` : '');

function shown(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
