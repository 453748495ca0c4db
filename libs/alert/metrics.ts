// The metrics a threshold rule may look at: how a window is made into one number, and its unit.
// Guarantees: a closed list; each has its query in libs/clickhouse/signals, where the same name
// stands.
// Example: METRICS.error_share → { form: 'ratio', unit: 'share', … }

/**
 * sum: added over the window. ratio: part of whole, both added. gauge: one value of the window, n
 * counted beside it.
 */
export type MetricForm = 'sum' | 'ratio' | 'gauge';

export type Metric = {
  readonly form: MetricForm;
  readonly unit: 'count' | 'share' | 'ms' | 's' | 'usd' | 'tokens' | 'score';
  /** One line for docs/alerts.md and messages. */
  readonly means: string;
  /** Of the pipeline itself: no tenant, no agent. */
  readonly isPipeline?: true;
};

export const METRICS = {
  operations: { form: 'sum', unit: 'count', means: 'finished operations' },
  errors: { form: 'sum', unit: 'count', means: 'operations that failed' },
  error_share: { form: 'ratio', unit: 'share', means: 'operations that failed, of all' },
  cost_usd: { form: 'sum', unit: 'usd', means: 'cost in US dollars' },
  tokens: { form: 'sum', unit: 'tokens', means: 'tokens read and written' },
  cost_per_run_usd: { form: 'ratio', unit: 'usd', means: 'cost of a run in US dollars' },
  latency_p95_ms: { form: 'gauge', unit: 'ms', means: '95th percentile of the duration' },
  latency_p99_ms: { form: 'gauge', unit: 'ms', means: '99th percentile of the duration' },
  ttft_p95_ms: {
    form: 'gauge',
    unit: 'ms',
    means: '95th percentile of the time to the first token',
  },
  latency_ratio: {
    form: 'gauge',
    unit: 'score',
    means: 'median duration over that of the week before',
  },
  retry_share: {
    form: 'ratio',
    unit: 'share',
    means: 'operations that are a repeated attempt, of all',
  },
  retry_cost_usd: { form: 'sum', unit: 'usd', means: 'cost of repeated attempts in US dollars' },
  calibration_error: {
    form: 'gauge',
    unit: 'score',
    means: 'expected calibration error of decisions whose outcome is known',
  },
  overconfidence: {
    form: 'gauge',
    unit: 'score',
    means: 'mean confidence minus accuracy of decisions whose outcome is known',
  },
  kpi_change: {
    form: 'gauge',
    unit: 'share',
    means: 'mean of a KPI against the week before, in its good direction; by KPI',
  },
  ingest_lag_s: {
    form: 'gauge',
    unit: 's',
    means: 'p99 of arrival minus event time',
    isPipeline: true,
  },
  dead_letter_share: {
    form: 'ratio',
    unit: 'share',
    means: 'records that became dead letters, of all',
    isPipeline: true,
  },
  delivery_faults: {
    form: 'gauge',
    unit: 'count',
    means: 'offsets stored twice or with a broken chain',
    isPipeline: true,
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

export const metricOf = (name: MetricName): Metric => METRICS[name];
