// spine report: the latest runs, latency, failures, violations and cost of a span, on one screen.
// Guarantees: reads the named queries alone; lists are cut to --limit, and the numbers are those of
// the whole span.
// Example: tellOverview(await askOverview(asking, 8), asking)
import type {
  CostRow,
  FailureRow,
  LatencyRow,
  RunRow,
  ViolationRow,
} from '@agentspine/clickhouse/query-rows';
import type { Report, Section } from '@agentspine/report/report';
import type { Asked, Asking } from './report-asking.ts';
import { instantOf } from './report-series.ts';

export type OverviewAnswers = {
  readonly runs: readonly RunRow[];
  readonly latency: readonly LatencyRow[];
  readonly failures: readonly FailureRow[];
  readonly violations: readonly ViolationRow[];
  readonly cost: readonly CostRow[];
};

/** Clocks of producers may run ahead. */
const AHEAD_MS = 86_400e3;
const NONE = 'none';

export async function askOverview(asking: Asking, limit: number): Promise<OverviewAnswers> {
  const until = new Date(asking.scope.until + AHEAD_MS);
  const range = { ...asking.range, until, limit };
  const [runs, latency, failures, violations, cost] = await Promise.all([
    asking.run('runs', range),
    asking.run('latency', range),
    asking.run('failures', range),
    asking.run('violations', range),
    asking.run('cost', range),
  ]);
  return { runs, latency, failures, violations, cost };
}

export function isEmpty(answers: OverviewAnswers): boolean {
  return Object.values(answers).every((rows) => rows.length === 0);
}

export function tellOverview(answers: OverviewAnswers, asked: Asked): Omit<Report, 'sources'> {
  return {
    what: 'overview',
    title: 'Overview',
    scope: asked.scope,
    findings: [],
    sections: [
      runsSection(answers.runs),
      latencySection(answers.latency),
      failuresSection(answers.failures),
      violationsSection(answers.violations),
      costSection(answers.cost),
    ],
    commands: [
      'spine trace RUN',
      `spine report latency | decisions | drift | violations | outcomes | cost | failures`,
    ],
  };
}

function runsSection(rows: readonly RunRow[]): Section {
  return {
    id: 'runs',
    title: 'Latest runs (spine trace RUN)',
    table: {
      none: NONE,
      columns: [
        { key: 'run_id', title: 'run', unit: 'text' },
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'started', title: 'started', unit: 'time' },
        { key: 'duration_ms', title: 'took', unit: 'ms' },
        { key: 'status', title: 'status', unit: 'text' },
        { key: 'known_outcome', title: 'outcome', unit: 'text' },
        { key: 'cost_usd', title: 'cost', unit: 'usd' },
      ],
      rows: rows.map((row) => ({
        ...row,
        started: instantOf(row.started_at),
        known_outcome: row.outcome === 'unknown' ? '' : row.outcome,
      })),
    },
  };
}

function latencySection(rows: readonly LatencyRow[]): Section {
  return {
    id: 'latency',
    title: 'Latency by agent and operation',
    table: {
      none: NONE,
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'operation', title: 'operation', unit: 'text' },
        { key: 'operations', title: 'calls', unit: 'count' },
        { key: 'p50_ms', title: 'p50', unit: 'ms' },
        { key: 'p95_ms', title: 'p95', unit: 'ms' },
        { key: 'p99_ms', title: 'p99', unit: 'ms' },
      ],
      rows: rows.map((row) => ({ ...row, operation: operation(row) })),
    },
  };
}

function failuresSection(rows: readonly FailureRow[]): Section {
  return {
    id: 'failures',
    title: 'Failures',
    table: {
      none: NONE,
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'operation', title: 'operation', unit: 'text' },
        { key: 'mode', title: 'failure mode', unit: 'text' },
        { key: 'failures', title: 'failures', unit: 'count' },
        { key: 'failure_share', title: 'share', unit: 'share' },
      ],
      rows: rows.map((row) => ({
        ...row,
        operation: operation(row),
        mode: row.failure_mode || row.status,
      })),
    },
  };
}

function violationsSection(rows: readonly ViolationRow[]): Section {
  return {
    id: 'violations',
    title: 'Violations, gravest first (shadow: rules on trial)',
    table: {
      none: NONE,
      columns: [
        { key: 'rule_id', title: 'rule', unit: 'text' },
        { key: 'severity', title: 'severity', unit: 'text' },
        { key: 'live', title: 'live', unit: 'count' },
        { key: 'shadow', title: 'shadow', unit: 'count' },
        { key: 'runs', title: 'runs', unit: 'count' },
        { key: 'message', title: 'the latest one', unit: 'text' },
      ],
      rows,
    },
  };
}

function costSection(rows: readonly CostRow[]): Section {
  return {
    id: 'cost',
    title: 'Cost',
    table: {
      none: NONE,
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'model', title: 'model', unit: 'text' },
        { key: 'calls', title: 'calls', unit: 'count' },
        { key: 'input_tokens', title: 'tokens in', unit: 'count' },
        { key: 'output_tokens', title: 'tokens out', unit: 'count' },
        { key: 'cost_usd', title: 'cost', unit: 'usd' },
      ],
      rows,
    },
  };
}

function operation({ kind, subject }: { readonly kind: string; readonly subject: string }): string {
  return subject === '' || subject === kind ? kind : `${kind} ${subject}`;
}
