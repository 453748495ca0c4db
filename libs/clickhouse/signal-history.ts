// The history of a rule's signal in steps of five minutes, one query for all of it, for the
// backtest.
// Guarantees: what can be added up over a window (counts, money, failures) comes so; for signals
// that cannot (percentiles, calibration, drift) the answer is undefined, and they are asked window
// by window.
// Example: const series = await historyOf(ch, rule, { sinceMs, untilMs })
import { metricOf } from '@agentspine/alert/metrics';
import { SEVERITIES, type Rule } from '@agentspine/alert/rule';
import type { StepSeries } from '@agentspine/alert/sample-at';
import { seriesReader } from '@agentspine/alert/series-reader';
import type { ClickHouse } from './connect.ts';
import { askSignal, scopeLabels, seconds, type Scoped } from './signal-text.ts';

export const STEP_MS = 300_000;

export type HistoryRange = { readonly sinceMs: number; readonly untilMs: number };

type Row = Scoped & {
  readonly policy_rule?: string;
  readonly cells: readonly (readonly number[])[];
};

/** Places of the cells of history-totals.sql. */
const AT = { events: 1, operations: 2, errors: 3, runs: 4, cost_usd: 5, tokens: 6 } as const;

export async function historyOf(
  ch: ClickHouse,
  rule: Rule,
  range: HistoryRange,
): Promise<readonly StepSeries[] | undefined> {
  const plan = planOf(rule);
  if (plan === undefined) return undefined;
  const { sinceMs, untilMs } = range;
  const rows = await askSignal<Row>(ch, plan.signal, rule, {
    since: seconds(sinceMs),
    until: seconds(untilMs),
    ...plan.params,
  });
  const length = Math.ceil((untilMs - sinceMs) / STEP_MS);
  return rows.map((row) => {
    const values = new Map(
      plan.fields.map(([field, place]) => {
        const steps = new Float64Array(length);
        for (const cell of row.cells) steps[cell[0] ?? 0] = cell[place] ?? 0;
        return [field, steps] as const;
      }),
    );
    const own = row.policy_rule === undefined ? {} : { policy_rule: row.policy_rule };
    const labels = { ...scopeLabels(rule, row), ...own };
    return { labels, reader: seriesReader(values, STEP_MS), baseMs: sinceMs };
  });
}

type Plan = {
  readonly signal: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Field of the sample, and its place in a cell. */
  readonly fields: readonly (readonly [field: string, place: number])[];
};

function planOf({ condition }: Rule): Plan | undefined {
  const totals = (fields: Plan['fields']): Plan => ({
    signal: 'history-totals',
    params: {},
    fields,
  });
  switch (condition.kind) {
    case 'slo_burn':
      if (condition.sli === 'errors')
        return totals([
          ['bad', AT.errors],
          ['total', AT.operations],
        ]);
      return {
        signal: 'history-latency',
        params: { target_ns: condition.targetMs * 1e6 },
        fields: [
          ['bad', 1],
          ['total', 2],
        ],
      };
    case 'budget':
      return totals([['spent', AT[condition.measure]]]);
    case 'absence':
      return totals([['events', AT.events]]);
    case 'violations':
      return {
        signal: 'history-violations',
        params: { severities: SEVERITIES.slice(SEVERITIES.indexOf(condition.minSeverity)) },
        fields: [['count', 1]],
      };
    case 'threshold': {
      const { metric } = condition;
      if (metric === 'error_share')
        return totals([
          ['part', AT.errors],
          ['whole', AT.operations],
        ]);
      if (metric === 'cost_per_run_usd')
        return totals([
          ['part', AT.cost_usd],
          ['whole', AT.runs],
        ]);
      const isTotal = metric !== 'retry_cost_usd' && metricOf(metric).form === 'sum';
      if (!isTotal) return undefined;
      return totals([
        ['value', AT[metric as keyof typeof AT]],
        ['n', AT.operations],
      ]);
    }
    case 'drift':
    case 'pipeline':
      return undefined;
    default:
      return condition satisfies never;
  }
}
