// What the reports about decisions and outcomes find and refuse to say, from rows alone.
import type {
  CalibrationRow,
  KpiRow,
  LoggedDecisionRow,
  ModelConfidenceRow,
} from '@agentspine/clickhouse/decision-queries';
import type { Kpi } from '@agentspine/estimate/kpi-file';
import { htmlPage } from '@agentspine/report/html-page';
import type { Report } from '@agentspine/report/report';
import { describe, expect, test } from 'vitest';
import { windows } from './report-asking.ts';
import { confidences } from './report-confidence.ts';
import { tellDecisions, type DecisionAnswers } from './report-decisions.ts';
import { tellOutcomes, type KpiAnswers } from './report-outcomes.ts';

const NOW = Date.UTC(2026, 10, 27, 14, 2);
const HOUR_MS = 3_600e3;
const asked = windows({ tenant: '', agent: '', since: '7d', spanMs: 168 * HOUR_MS, nowMs: NOW });
const hoursAgo = (hours: number): string =>
  new Date(NOW - hours * HOUR_MS).toISOString().slice(0, 13).replace('T', ' ') + ':00:00';
const texts = (report: Omit<Report, 'sources'>): string =>
  report.findings.map(({ text }) => text).join('\n');

/** n decisions, all judged, right in a share of them, each said with the same confidence. */
function said(
  hours: number,
  n: number,
  confidence: number,
  right: number,
  model = 'm-1',
): ModelConfidenceRow {
  const correct = Math.round(n * right);
  const wrong = n - correct;
  return {
    time: hoursAgo(hours),
    agent_id: 'claims',
    confidence_kind: 'judge',
    model,
    decisions: n,
    confidence_sum: n * confidence,
    judged: n,
    runs: n,
    correct,
    judged_confidence_sum: n * confidence,
    gap_sum: n * confidence - correct,
    gap_square_sum: correct * (confidence - 1) ** 2 + wrong * confidence ** 2,
  };
}

const bin = (at: number, confidence: number, n: number, correct: number): CalibrationRow => ({
  tenant_id: 't',
  agent_id: 'claims',
  confidence_kind: 'judge',
  binning: at < 20 ? 'width' : 'mass',
  bin: at % 20,
  n,
  runs: n,
  correct,
  confidence_sum: n * confidence,
  confidence_square_sum: n * confidence ** 2,
  confidence_correct_sum: correct * confidence,
  quartic_error_sum: correct * (1 - confidence) ** 4 + (n - correct) * confidence ** 4,
  confidence_min: confidence,
  confidence_max: confidence,
  confidence_mean: confidence,
  accuracy: correct / n,
});

const quality = {
  tenant_id: 't',
  agent_id: 'claims',
  confidence_kind: 'judge',
  decisions: 500,
  runs: 500,
  judged: 400,
  correct: 300,
  waiting: 100,
  conflicts: 0,
  without_confidence: 0,
  reviewed: 0,
  overridden: 0,
  abstained: 0,
  abstained_judged: 0,
  abstained_correct: 0,
  without_evidence: 500,
  irreversible: 0,
  judged_by_run: 0,
  judged_by_outcome: 400,
  judged_by_evaluation: 0,
  judged_by_feedback: 0,
};
const none: DecisionAnswers = {
  calibration: [],
  models: [],
  quality: [],
  slices: [],
  overrides: [],
  evidence: [],
};

describe('decisions', () => {
  test('a model that says more than before and is not right more often grew over-confident', () => {
    const rows = [said(100, 600, 0.75, 0.74), said(2, 90, 0.95, 0.75)];
    const [one] = confidences(rows, asked);
    expect(one?.verdict).toBe('grew over-confident');
    expect(one?.words).toContain(
      'claims with m-1 (judge): grew over-confident: it says more than before, and is not right more often. It says 95 % and is right in 75.6 % of 90 judged decisions of the last 24 h',
    );
  });

  test('the same confidence that is right less often is told as that', () => {
    const rows = [said(100, 600, 0.77, 0.75), said(2, 120, 0.77, 0.42)];
    expect(confidences(rows, asked)[0]?.words).toContain(
      'as much as before, and is right less often',
    );
  });

  test.each([
    ['no gap shown', [said(100, 600, 0.75, 0.74), said(2, 90, 0.76, 0.75)]],
    ['over-confident', [said(100, 600, 0.95, 0.74), said(2, 90, 0.95, 0.75)]],
    ['under-confident', [said(2, 200, 0.6, 0.9)]],
    ['insufficient data', [said(100, 600, 0.75, 0.74), said(2, 24, 0.95, 0.2)]],
  ] as const)('%s', (verdict, rows) => {
    expect(confidences(rows, asked)[0]?.verdict).toBe(verdict);
  });

  test('insufficient data has its numbers in the words', () => {
    expect(confidences([said(2, 24, 0.95, 0.2)], asked)[0]?.words).toContain(
      'insufficient data: 24 of 50',
    );
  });

  test('the over-confident agent has its ECE and its curve', () => {
    const calibration = [
      bin(18, 0.9, 300, 180),
      bin(14, 0.7, 300, 180),
      bin(38, 0.9, 300, 180),
      bin(34, 0.7, 300, 180),
    ];
    const told = tellDecisions({ ...none, calibration, quality: [quality] }, asked);
    expect(texts(told)).toMatch(/claims \(judge\): over-confident by 20\.0 points .*ECE 0\.2/u);
    const [chart] = told.sections.find(({ id }) => id === 'calibration')?.charts ?? [];
    expect(chart?.is === 'reliability' && chart.bins.map(({ n }) => n)).toEqual([300, 300]);
    expect(texts(told)).toContain('500 decisions, 400 of them judged, 100 wait for a result');
  });

  test('no decision at all is insufficient data', () => {
    expect(texts(tellDecisions(none, asked))).toBe(
      'insufficient data: no decision in the last 7 d.',
    );
  });
});

const margin: Kpi = {
  id: 'refund_margin',
  title: 'Margin',
  kind: 'outcome',
  name: 'refund_margin',
  environments: [],
  measure: 'value',
  combine: 'sum',
  unit: 'usd',
  direction: 'up',
  days: 30,
  agents: [],
  slices: ['agent_version'],
};

const result = (slice: string, hours: number, n: number, mean: number, variance = 4): KpiRow => ({
  tenant_id: 't',
  agent_id: 'desk',
  slice,
  bucket: hoursAgo(hours),
  unit: 'usd',
  n,
  runs: n,
  total: n * mean,
  mean,
  variance,
  least: 0,
  most: 9,
  values: [],
  conflicts: 0,
  without_value: 0,
  successes: 0,
  failures: 0,
  by_decision: n,
  by_run: 0,
  by_none: 0,
});

const versions = { baseline: '1.2.0', candidate: '1.3.0' };
const desk = (candidateN: number, candidateMean: number): KpiAnswers => {
  const days = [result('1.2.0', 100, 1_000, 4), result('1.3.0', 20, candidateN, candidateMean)];
  const compared = days.map(({ slice, bucket, n, runs, mean, variance, unit }) => ({
    bucket,
    version: slice,
    n,
    runs,
    mean,
    variance,
    units: [unit],
  }));
  return { kpi: margin, agent: 'desk', days, whole: days, versions, compared };
};

describe('outcomes', () => {
  test('a release that hurts a KPI is named with interval and verdict', () => {
    const told = tellOutcomes({ kpis: [desk(400, 2)], logs: [] }, asked);
    expect(told.findings[0]).toMatchObject({ tone: 'bad' });
    expect(told.findings[0]?.text).toMatch(
      /^desk: refund_margin, 1\.3\.0 against 1\.2\.0: worse, -2\.00 usd \(.*p < 0\.001/u,
    );
    expect(told.sections[0]?.charts?.[0]).toMatchObject({ is: 'intervals', reference: 4 });
  });

  test('too few results are insufficient data, and no number', () => {
    const text = texts(tellOutcomes({ kpis: [desk(33, -50)], logs: [] }, asked));
    expect(text).toContain('insufficient data: 33 of 100 of the candidate');
    expect(text).not.toContain('worse');
  });

  test('no difference, and one release alone, are said', () => {
    const single = { ...desk(400, 2), versions: undefined, compared: [], agent: 'other' };
    const text = texts(tellOutcomes({ kpis: [desk(400, 4.01), single], logs: [] }, asked));
    expect(text).toContain('No difference shown between releases: refund_margin of desk.');
    expect(text).toContain('One release alone, nothing to compare: refund_margin of other.');
  });

  test('what another decision would have brought is told, or refused once in words', () => {
    const told = tellOutcomes(
      { kpis: [desk(400, 4)], logs: [{ kpi: margin, agent: 'desk', log: log(600) }] },
      asked,
    );
    expect(texts(told)).toMatch(
      /desk, settle: refund_margin, had it been always part: 4\.\d+ usd per decision/u,
    );
    const few = tellOutcomes(
      { kpis: [desk(400, 4)], logs: [{ kpi: margin, agent: 'desk', log: log(24) }] },
      asked,
    );
    expect(texts(few).match(/insufficient data: 24 of 200/gu)).toHaveLength(1);
  });

  test('no result at all is insufficient data, in a page without NaN', async () => {
    const told = tellOutcomes({ kpis: [], logs: [] }, asked);
    expect(texts(told)).toBe('insufficient data: no result of any KPI in the last 7 d.');
    const page = await htmlPage({ ...told, sources: [] });
    expect(page).not.toMatch(/NaN|undefined/u);
    const odd = { ...desk(400, Number.NaN), compared: [] };
    const strange = await htmlPage({
      ...tellOutcomes({ kpis: [odd], logs: [] }, asked),
      sources: [],
    });
    expect(strange).not.toMatch(/NaN|undefined/u);
  });
});

/** A fair coin between two options: part brings 4, whole brings 1. */
function log(n: number): readonly LoggedDecisionRow[] {
  return Array.from({ length: n }, (_, at) => {
    const chosen = at % 2 === 0 ? 'part' : 'whole';
    return {
      decision_id: `d-${at}`,
      run_id: `r-${at}`,
      event_time: hoursAgo(3),
      decision_type: 'settle',
      chosen,
      propensity: 0.5,
      confidence: 0.7,
      alternatives: ['part', 'whole'].map((label) => ({ label, score: null, propensity: 0.5 })),
      agent_version: '1.3.0',
      reward: (chosen === 'part' ? 4 : 1) + (at % 7) / 10,
      unit: 'usd',
      decisions: n,
      features: {},
    };
  });
}
