// The reports' sentences from rows alone: what they find, and what they leave unsaid.
import type { Report } from '@agentspine/report/report';
import { describe, expect, test } from 'vitest';
import { windows } from './report-asking.ts';
import { tellCost } from './report-cost.ts';
import { tellFailures } from './report-failures.ts';
import { judge, tellLatency, type LatencyAnswers } from './report-latency.ts';
import { rates, risen } from './report-rates.ts';
import { tellViolations } from './report-violations.ts';

const NOW = Date.UTC(2026, 10, 27, 14, 2);
const HOUR_MS = 3_600e3;
const WEEK = { tenant: '', agent: '', since: '7d', spanMs: 168 * HOUR_MS, nowMs: NOW };
const asked = windows(WEEK);

const hoursAgo = (hours: number): string =>
  new Date(NOW - hours * HOUR_MS).toISOString().slice(0, 13).replace('T', ' ') + ':00:00';

const lookup = {
  agent_id: 'refunds',
  kind: 'tool_call',
  subject: 'lookup',
  operations: 400,
  operations_before: 2_000,
  p50_ms: 300,
  p50_before_ms: 100,
  p95_ms: 812,
  p95_before_ms: 270,
  slower_share: 0.4,
};
const nothing: LatencyAnswers = {
  changes: [],
  worst: [],
  runs: [],
  paths: [],
  runsStep: 3_600,
  worstStep: 3_600,
};

const texts = (report: Omit<Report, 'sources'>): string =>
  report.findings.map(({ text }) => text).join('\n');

describe('latency', () => {
  test('names what got slower, by how much and against what', () => {
    const told = texts(tellLatency({ ...nothing, changes: [lookup] }, asked));
    expect(told).toContain(
      'refunds: tool lookup got slower. p95 went from 270 ms in the 7 d before to 812 ms in the last 24 h (×3.01); 40 % of 400 took longer than 95 % of those before.',
    );
  });

  test('says insufficient data below the floor, whatever the numbers say', () => {
    const few = { ...lookup, operations: 24 };
    const told = texts(tellLatency({ ...nothing, changes: [few] }, asked));
    expect(told).toContain('insufficient data: 24 of 100');
    expect(told).not.toContain('got slower');
  });

  test('what chance would bring is no finding', () => {
    const verdicts = judge([
      { ...lookup, slower_share: 0.06 },
      { ...lookup, p95_ms: 290 },
      { ...lookup, p95_ms: 100, slower_share: 0.001 },
      { ...lookup, operations_before: 0, p95_before_ms: null },
      { ...lookup, operations: 0, p95_ms: null },
    ]).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['as before', 'as before', 'faster', 'new', 'gone']);
  });

  test('a tool is told before the run that is slow because of it', () => {
    const run = { ...lookup, kind: 'agent_run', subject: '', p95_ms: 9_000 };
    const told = tellLatency({ ...nothing, changes: [run, lookup] }, asked).findings;
    expect(told.map(({ text }) => text.split(' got ')[0])).toEqual([
      'refunds: tool lookup',
      'refunds: the whole run',
      '0 of 2 operations take as long as before.',
    ]);
  });
});

const violation = {
  rule_id: 'DEC-003',
  agent_id: 'human-desk',
  severity: 'critical',
  severity_rank: 5,
  live: 30,
  shadow: 0,
  blocking: 0,
  live_runs: 30,
  shadow_runs: 0,
  rule_version: 1,
  first_time: hoursAgo(100),
  last_time: hoursAgo(1),
  message: 'approval was given by agent',
  last_run_id: 'run-1',
};

describe('violations', () => {
  const trial = { ...violation, rule_id: 'INJ-001', live: 0, shadow: 6, live_runs: 0 };
  const often = { ...violation, rule_id: 'COST-1', severity: 'low', severity_rank: 2, live: 90 };

  test('names the rule broken most, the gravest one, by whom, and what trials would add', () => {
    const other = { ...violation, agent_id: 'refunds', live: 10, live_runs: 10 };
    const answers = { byRule: [violation, often, trial, other], severities: [], rules: [] };
    const told = texts(tellViolations(answers, asked));
    expect(told).toContain('Broken most: COST-1 (low), 90 times in 30 runs, all by human-desk.');
    expect(told).toContain(
      'Gravest: DEC-003 (critical), 40 times in 40 runs, 75 % of them by human-desk.',
    );
    expect(told).toContain('1 rule on trial would have added 6, most of them INJ-001.');
  });

  test('a rule on trial is never counted as broken', () => {
    const told = texts(tellViolations({ byRule: [trial], severities: [], rules: [] }, asked));
    expect(told).toContain('No rule was broken in the last 7 d.');
  });

  test('a rise is told beyond chance alone, against days that had data', () => {
    const day = (name: string, n: number, nowN: number) => [
      ...[150, 120, 90, 60, 30].map((hours) => ({ time: hoursAgo(hours), series: name, n })),
      { time: hoursAgo(2), series: name, n: nowN },
    ];
    const points = [...day('steady', 20, 22), ...day('risen', 10, 80), ...day('few', 0, 9)];
    expect(risen(points, asked).map(({ name }) => name)).toEqual(['risen']);
    const [one] = rates(points, asked).filter(({ name }) => name === 'risen');
    expect(one?.factor).toBeCloseTo(80 / (50 / (126 / 24)), 0);
    expect(rates([{ time: hoursAgo(1), series: 'new', n: 5 }], asked)).toEqual([]);
  });
});

describe('cost', () => {
  const point = (hours: number, cost_usd: number) => ({
    time: hoursAgo(hours),
    series: 'ops',
    calls: 1,
    input_tokens: cost_usd * 1_000,
    output_tokens: 0,
    cache_read_tokens: 0,
    cost_usd,
  });
  const row = {
    agent_id: 'ops',
    model: 'm',
    calls: 9,
    input_tokens: 1,
    output_tokens: 1,
    cache_read_tokens: 0,
  };
  const waste = {
    waste: 'retry' as const,
    agent_id: 'ops',
    kind: 'model_call',
    subject: 'm',
    n: 700,
    runs: 250,
    tokens: 1_000_000,
    cost_usd: 2.5,
    time_ms: 1,
    cost_share: 0.45,
    last_run_id: 'run-9',
  };
  const runs = [
    { ...lookup, agent_id: 'ops', kind: 'agent_run', operations: 100, operations_before: 600 },
  ];
  const answers = {
    byAgent: [point(100, 1), point(2, 1)],
    rows: [{ ...row, cost_usd: 5 }],
    waste: [waste],
    runs,
  };

  test('tells a rise per run and where money leaks', () => {
    const told = texts(tellCost(answers, asked));
    expect(told).toContain(
      'ops: a run costs $0.0100 in the last 24 h, $0.001667 in the 7 d before (×6)',
    );
    expect(told).toContain(
      'ops leaks $2.50, 45 % of what it costs, through second and later tries',
    );
    expect(told).toContain('$5.00 in the last 7 d, the most for ops ($5.00)');
  });

  test('more runs are no leak, and few runs are insufficient data', () => {
    const busy = [{ ...runs[0]!, operations: 600 }];
    expect(texts(tellCost({ ...answers, runs: busy, waste: [] }, asked))).not.toContain(
      'a run costs',
    );
    const told = tellCost({ ...answers, runs: [{ ...runs[0]!, operations: 3 }] }, asked);
    expect(texts(told)).not.toContain('a run costs');
    expect(JSON.stringify(told)).toContain('insufficient data: 3 of 30 runs');
  });
});

describe('failures', () => {
  const mode = {
    failure_mode: 'malformed_output',
    failures: 600,
    failures_before: 10,
    share: 0.6,
    agents: 2,
    top_agent: 'ops',
    top_subject: 'gpt',
    last_time: hoursAgo(1),
  };
  const at = (hours: number, operations: number, failures: number, series = 'ops') => ({
    time: hoursAgo(hours),
    series,
    operations,
    failures,
    failure_share: failures / operations,
  });
  const answers = {
    modes: [mode],
    byMode: [at(150, 900, 20, 'malformed_output'), at(2, 900, 500, 'malformed_output')],
    byAgent: [at(150, 3_000, 90), at(2, 1_000, 430)],
    firstSteps: [],
    radius: [],
    novelties: [],
  };

  test('names who fails more, and the way of failing that came up', () => {
    const told = texts(tellFailures(answers, asked));
    expect(told).toContain(
      'ops fails more often: 43 % of its operations in the last 24 h, 3 % in the 7 d before.',
    );
    expect(told).toContain('malformed_output came up: 500 times a day');
    expect(told).toContain('Most often: malformed_output (60 %), most by ops with gpt.');
  });

  test('below the floor it is insufficient data', () => {
    const few = { ...answers, byAgent: [at(150, 3_000, 90), at(2, 50, 40)], byMode: [] };
    const told = tellFailures(few, asked);
    expect(texts(told)).not.toContain('more often');
    expect(JSON.stringify(told)).toContain('insufficient data: 50 of 200 operations');
  });
});
