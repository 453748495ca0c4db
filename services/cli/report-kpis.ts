// KPIs by release: each release's mean with its interval, the newest against the one before, and
// how they went day by day.
// Guarantees: pure; an interval is drawn only where there is enough data; a difference is called
// one by the sequential test alone.
// Example: judgeKpis(answers.kpis)[0]?.words
import { compareVersions, kpiAnswer, type KpiComparison } from '@agentspine/estimate/kpi-answer';
import type { Kpi } from '@agentspine/estimate/kpi-file';
import type { Chart, IntervalChart, Section, Tone, Unit } from '@agentspine/report/report';
import type { KpiAnswers } from './report-outcomes.ts';
import { lines } from './report-series.ts';

const DAY_MS = 86_400e3;
const SHOWN = 30;
const DRAWN = 4;

type VersionMean = {
  readonly version: string;
  readonly n: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly words: string;
};

export type JudgedKpi = {
  readonly kpi: Kpi;
  readonly agent: string;
  readonly versions: KpiAnswers['versions'];
  readonly means: readonly VersionMean[];
  /** undefined: one release alone. */
  readonly comparison: KpiComparison | undefined;
  readonly words: string;
  readonly days: KpiAnswers['days'];
};

export function judgeKpis(answers: readonly KpiAnswers[]): readonly JudgedKpi[] {
  return answers.map(({ kpi, agent, days, whole, versions, compared }) => {
    const comparison =
      versions === undefined ? undefined : compareVersions(kpi, compared, versions);
    const means = whole.map((row): VersionMean => {
      const { mean, words } = kpiAnswer(kpi, row);
      const known = 'state' in mean ? null : mean;
      return {
        version: row.slice,
        n: row.n,
        mean: known?.estimate ?? null,
        low: known?.low ?? null,
        high: known?.high ?? null,
        words: known === null ? words.replace(/^.*?: /u, '') : '',
      };
    });
    const title = comparison === undefined ? `${kpi.id}: one release` : comparison.words;
    return { kpi, agent, versions, means, comparison, days, words: `${agent}: ${title}` };
  });
}

function unitOf({ measure, unit }: Kpi): Unit {
  if (measure === 'success') return 'share';
  return unit === 'usd' ? 'usd' : 'number';
}

/** Those that differ, in pictures; the worst first. */
export function versionSections(judged: readonly JudgedKpi[]): readonly Section[] {
  const told = judged.filter(
    ({ comparison }) => comparison?.verdict === 'worse' || comparison?.verdict === 'better',
  );
  return told
    .toSorted(
      (a, b) =>
        Number(b.comparison?.verdict === 'worse') - Number(a.comparison?.verdict === 'worse'),
    )
    .slice(0, DRAWN)
    .map((one) => ({
      id: `${one.kpi.id}-${one.agent}`.replaceAll(/[^a-z0-9]+/giu, '-').toLowerCase(),
      title: `${one.kpi.title} (${one.kpi.id}) of ${one.agent}`,
      charts: [meansChart(one), daysChart(one)],
    }));
}

function meansChart(one: JudgedKpi): IntervalChart {
  const tone = (version: string): Tone => {
    if (version !== one.versions?.candidate) return 'plain';
    return one.comparison?.verdict === 'worse' ? 'bad' : 'good';
  };
  const baseline = one.means.find(({ version }) => version === one.versions?.baseline)?.mean;
  return {
    is: 'intervals',
    title: `By release, mean with 95 % interval${one.kpi.unit === '' ? '' : ` (${one.kpi.unit})`}`,
    alt: `${one.words}.`,
    unit: unitOf(one.kpi),
    rows: one.means.flatMap(({ version, mean, low, high }) =>
      mean === null || low === null || high === null
        ? []
        : [{ label: version, value: mean, low, high, tone: tone(version) }],
    ),
    ...(baseline !== null && baseline !== undefined && { reference: baseline }),
  };
}

function daysChart(one: JudgedKpi): Chart {
  const rows = one.days.map((row) => ({ ...row, time: row.bucket, series: row.slice }));
  const { times, series } = lines(rows, {
    stepMs: DAY_MS,
    value: ({ mean }) => mean,
    weight: ({ n }) => n,
  });
  return {
    is: 'line',
    title: 'Mean by day and release',
    alt: 'A day is that of the decision, for results that belong to one.',
    unit: unitOf(one.kpi),
    times,
    series,
  };
}

export function kpiSection(judged: readonly JudgedKpi[]): Section {
  return {
    id: 'kpis',
    title: 'KPIs by release',
    table: {
      none: 'insufficient data: no result of any KPI',
      columns: [
        { key: 'kpi', title: 'KPI', unit: 'text' },
        { key: 'agent', title: 'agent', unit: 'text' },
        { key: 'version', title: 'release', unit: 'text' },
        { key: 'n', title: 'results', unit: 'count' },
        { key: 'mean', title: 'mean', unit: 'number' },
        { key: 'low', title: '95 % from', unit: 'number' },
        { key: 'high', title: 'to', unit: 'number' },
        { key: 'unit', title: 'unit', unit: 'text' },
        { key: 'verdict', title: '', unit: 'text' },
      ],
      rows: judged
        .flatMap(({ kpi, agent, means, versions, comparison }) =>
          means.map(({ words, ...mean }) => ({
            kpi: kpi.id,
            agent,
            ...mean,
            unit: kpi.measure === 'success' ? 'share' : kpi.unit,
            verdict:
              words !== ''
                ? words
                : mean.version === versions?.candidate
                  ? (comparison?.verdict ?? '')
                  : '',
          })),
        )
        .slice(0, SHOWN),
    },
  };
}
