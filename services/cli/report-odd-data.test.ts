// What all reports do with nothing, one row, NaN and huge numbers; the windows they compare;
// series.
import { htmlPage } from '@agentspine/report/html-page';
import type { Report } from '@agentspine/report/report';
import { reportJson } from '@agentspine/report/report-json';
import { terminalLines } from '@agentspine/report/terminal-lines';
import { describe, expect, test } from 'vitest';
import { windows } from './report-asking.ts';
import { tellCost } from './report-cost.ts';
import { tellFailures } from './report-failures.ts';
import { tellLatency, type LatencyAnswers } from './report-latency.ts';
import { tellOverview } from './report-overview.ts';
import { lines } from './report-series.ts';
import { tellViolations } from './report-violations.ts';
import { listed, operationWords, shareZ } from './report-words.ts';

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

async function allForms(told: Omit<Report, 'sources'>): Promise<string> {
  const report = { ...told, sources: [] };
  const plain = (_: string, text: string): string => text;
  const page = await htmlPage(report);
  const drawn = terminalLines(report, { width: 100, style: plain });
  return [...drawn, page, JSON.stringify(reportJson(report))].join('\n');
}

describe('the windows', () => {
  test('the last day of a week is held against the week before it', () => {
    const { scope, recent, before, stepSeconds } = asked;
    expect((recent.until - recent.since) / HOUR_MS).toBe(24);
    expect((before.until - before.since) / HOUR_MS).toBe(168);
    expect(before.until).toBe(recent.since);
    expect(scope.until - scope.since).toBe(168 * HOUR_MS);
    expect(scope.until).toBeGreaterThanOrEqual(NOW);
    expect(stepSeconds).toBe(3_600);
  });

  test.each([
    ['0m', 0],
    ['1m', 60e3],
    ['99999d', 99_999 * 24 * HOUR_MS],
  ])('%s has windows too', (since, spanMs) => {
    const { recent, before, stepSeconds } = windows({ ...WEEK, since, spanMs });
    expect(recent.until).toBeGreaterThan(recent.since);
    expect(before.until).toBeGreaterThan(before.since);
    expect(stepSeconds % 300).toBe(0);
  });
});

describe('nothing, one row, and odd numbers', () => {
  const odd = { ...lookup, p95_ms: Number.NaN, p50_ms: null, operations: 1e18, slower_share: null };
  const reports: readonly [string, Omit<Report, 'sources'>][] = [
    ['latency of nothing', tellLatency(nothing, asked)],
    ['latency of one', tellLatency({ ...nothing, changes: [{ ...lookup, operations: 1 }] }, asked)],
    ['latency that is odd', tellLatency({ ...nothing, changes: [odd] }, asked)],
    ['violations of nothing', tellViolations({ byRule: [], severities: [], rules: [] }, asked)],
    ['cost of nothing', tellCost({ byAgent: [], rows: [], waste: [], runs: [] }, asked)],
    [
      'failures of nothing',
      tellFailures(
        { modes: [], byMode: [], byAgent: [], firstSteps: [], radius: [], novelties: [] },
        asked,
      ),
    ],
    [
      'overview of nothing',
      tellOverview({ runs: [], latency: [], failures: [], violations: [], cost: [] }, asked),
    ],
  ];

  test.each(reports)('%s has all three forms, without NaN', async (_, told) => {
    expect(await allForms(told)).not.toMatch(/NaN|Infinity|undefined/u);
    expect(told.sections.length).toBeGreaterThan(2);
  });

  test('a line has a gap where there is no row, a count has 0, the rest adds up', () => {
    const rows = ['a', 'b', 'c'].flatMap((series, size) =>
      [3, 1].map((hours) => ({ time: hoursAgo(hours), series, n: 3 - size })),
    );
    const wanted = {
      stepMs: HOUR_MS,
      value: ({ n }: { n: number }) => n,
      weight: ({ n }: { n: number }) => n,
    };
    expect(lines(rows, { ...wanted, most: 1 }).series).toEqual([
      { name: 'a', values: [3, null, 3] },
    ]);
    expect(lines(rows, { ...wanted, most: 1, isCount: true }).series).toEqual([
      { name: 'a', values: [3, 0, 3] },
      { name: '2 others', values: [3, 0, 3] },
    ]);
    expect(lines([], wanted)).toEqual({ times: [], series: [] });
  });

  test('words are those of people', () => {
    expect(operationWords('agent_run', 'refunds')).toBe('the whole run');
    expect(operationWords('guardrail_check', '')).toBe('guardrail check');
    expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
    expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
    expect(shareZ(0, 10, 0, 10)).toBeNull();
    expect(shareZ(5, 0, 1, 10)).toBeNull();
  });
});
