// What alert rules look at: one .sql file per signal (signals/), asked for all tenants and agents
// of a rule in one query.
// Guarantees: values go in as bound parameters, never into the text; a rule costs one query however
// many agents there are; NaN where nothing is known.
// Example: const samples = await clickHouseSignals(ch).samples(rule, { nowMs, untilMs })
import { metricOf, type MetricName } from '@agentspine/alert/metrics';
import { periodStart } from '@agentspine/alert/period';
import { SEVERITIES, type Rule, type Threshold } from '@agentspine/alert/rule';
import type { Sample } from '@agentspine/alert/sample';
import { showDuration } from '@agentspine/alert/duration';
import type { Signals, SignalTime } from '@agentspine/alert/signals';
import type { ClickHouse } from './connect.ts';
import { askContext } from './alert-context.ts';
import { pipelineSample } from './pipeline-signals.ts';
import { calibrationSamples, driftSamples, kpiSamples } from './result-signals.ts';
import { askSignal, ingestLagMs, scopeLabels, seconds, type Scoped } from './signal-text.ts';

export function clickHouseSignals(ch: ClickHouse): Signals {
  return {
    lagMs: (nowMs) => ingestLagMs(ch, nowMs),
    samples: (rule, time) => samplesOf(ch, rule, time),
    context: (range) => askContext(ch, range),
  };
}

async function samplesOf(ch: ClickHouse, rule: Rule, time: SignalTime): Promise<readonly Sample[]> {
  const { condition } = rule;
  switch (condition.kind) {
    case 'pipeline':
      return [await pipelineSample(ch, condition, time)];
    case 'threshold':
      return thresholdSamples(ch, rule, condition, time);
    case 'slo_burn': {
      const windows = condition.windows.flatMap(({ longMs, shortMs }) => [longMs, shortMs]);
      const isLatency = condition.sli === 'latency';
      const rows = await askSignal<BurnRow>(ch, isLatency ? 'burn-latency' : 'burn-errors', rule, {
        until: seconds(time.untilMs),
        windows: windows.map((ms) => ms / 1_000),
        ...(isLatency && { target_ns: condition.targetMs * 1e6 }),
      });
      return rows.map((row) => ({
        labels: scopeLabels(rule, row),
        value: Number.NaN,
        n: 0,
        burns: windows.map((_, at) => ({ bad: row.bad[at] ?? 0, total: row.total[at] ?? 0 })),
      }));
    }
    case 'budget': {
      const since = seconds(periodStart(condition.per, time.untilMs));
      const rows = await askSignal<TotalsRow>(ch, 'totals', rule, {
        since,
        until: seconds(time.untilMs),
      });
      return rows.map((row) => ({
        labels: scopeLabels(rule, row),
        value: condition.measure === 'cost_usd' ? row.cost_usd : row.tokens,
        n: row.operations_sum,
      }));
    }
    case 'drift':
      return driftSamples(ch, rule, condition, time);
    case 'violations': {
      const severities = SEVERITIES.slice(SEVERITIES.indexOf(condition.minSeverity));
      const rows = await askSignal<ViolationsRow>(ch, 'violations', rule, {
        since: seconds(time.nowMs - condition.windowMs),
        until: seconds(time.nowMs) + 1,
        severities,
      });
      return rows.map((row) => ({
        labels: { ...scopeLabels(rule, row), policy_rule: row.policy_rule },
        value: row.n,
        n: row.n,
        cause: `${row.policy_rule} (${row.severity_}): ${row.message_}`,
        exampleRuns: row.runs.filter(Boolean),
        version: row.version_,
      }));
    }
    case 'absence': {
      const rows = await askSignal<AbsenceRow>(
        ch,
        'absence',
        rule,
        window(time, condition.windowMs),
      );
      return rows.map((row) => ({
        labels: scopeLabels(rule, row),
        value: row.now_n,
        n: row.before_n,
        cause: `last five minutes with events: ${new Date(row.last_s * 1_000).toISOString()}`,
      }));
    }
    default:
      return condition satisfies never;
  }
}

async function thresholdSamples(
  ch: ClickHouse,
  rule: Rule,
  condition: Threshold,
  time: SignalTime,
): Promise<readonly Sample[]> {
  const { metric, windowMs } = condition;
  const at = window(time, windowMs);
  switch (metric) {
    case 'latency_p95_ms':
    case 'latency_p99_ms':
    case 'ttft_p95_ms': {
      const name = metric === 'ttft_p95_ms' ? 'ttft_ns' : 'duration_ns';
      const rows = await askSignal<QuantileRow>(ch, 'quantiles', rule, { ...at, metric: name });
      const index = metric === 'latency_p99_ms' ? 2 : 1;
      return rows.map((row) => ({
        labels: scopeLabels(rule, row),
        value: row.q[index] ?? Number.NaN,
        n: row.n_sum,
      }));
    }
    case 'latency_ratio': {
      const rows = await askSignal<RatioRow>(ch, 'latency-ratio', rule, at);
      return rows.map((row) => ({
        labels: scopeLabels(rule, row),
        value: row.ratio ?? Number.NaN,
        n: Math.min(row.n_now, row.n_before),
        cause: `median ${ms(row.now_ms)} in ${showDuration(windowMs)}, ${ms(row.before_ms)} the week before`,
      }));
    }
    case 'retry_share':
    case 'retry_cost_usd': {
      const rows = await askSignal<RetryRow>(ch, 'retries', rule, at);
      return rows.map((row) => ({
        labels: scopeLabels(rule, row),
        value: metric === 'retry_share' ? row.retries / row.operations_sum : row.retry_cost_usd,
        n: row.operations_sum,
        cause: `${row.retries} repeated attempts, $${row.retry_cost_usd.toFixed(2)}`,
      }));
    }
    case 'calibration_error':
    case 'overconfidence':
      return calibrationSamples(ch, rule, condition, time);
    case 'kpi_change':
      return kpiSamples(ch, rule, condition, time);
    default: {
      const rows = await askSignal<TotalsRow>(ch, 'totals', rule, at);
      return rows.map((row) => ({ labels: scopeLabels(rule, row), ...totalOf(metric, row) }));
    }
  }
}

function totalOf(metric: MetricName, row: TotalsRow): Pick<Sample, 'value' | 'n'> {
  const { operations_sum: operations, errors, runs, cost_usd: cost, tokens } = row;
  switch (metric) {
    case 'operations':
      return { value: operations, n: operations };
    case 'errors':
      return { value: errors, n: operations };
    case 'error_share':
      return { value: operations > 0 ? errors / operations : Number.NaN, n: operations };
    case 'cost_usd':
      return { value: cost, n: operations };
    case 'tokens':
      return { value: tokens, n: operations };
    case 'cost_per_run_usd':
      return { value: runs > 0 ? cost / runs : Number.NaN, n: runs };
    default:
      throw new RangeError(`no signal for ${metric}: ${metricOf(metric).means}`);
  }
}

type TotalsRow = Scoped & {
  readonly operations_sum: number;
  readonly errors: number;
  readonly runs: number;
  readonly cost_usd: number;
  readonly tokens: number;
};
type BurnRow = Scoped & { readonly bad: readonly number[]; readonly total: readonly number[] };
type QuantileRow = Scoped & { readonly q: readonly number[]; readonly n_sum: number };
type RatioRow = Scoped & {
  readonly ratio: number | null;
  readonly n_now: number;
  readonly n_before: number;
  readonly now_ms: number;
  readonly before_ms: number;
};
type RetryRow = Scoped & {
  readonly operations_sum: number;
  readonly retries: number;
  readonly retry_cost_usd: number;
};
type ViolationsRow = Scoped & {
  readonly policy_rule: string;
  readonly n: number;
  readonly severity_: string;
  readonly message_: string;
  readonly version_: string;
  readonly runs: readonly string[];
};
type AbsenceRow = Scoped & {
  readonly now_n: number;
  readonly before_n: number;
  readonly last_s: number;
};

const window = ({ untilMs }: SignalTime, windowMs: number) => ({
  since: seconds(untilMs - windowMs),
  until: seconds(untilMs),
});

const ms = (value: number): string =>
  value >= 10_000 ? `${(value / 1_000).toFixed(1)} s` : `${Math.round(value)} ms`;
