// Rows to answers: what is said where data suffice, and what where they do not, contradict
// themselves, are NaN, all alike, or in the wrong unit.
import { describe, expect, test } from 'vitest';
import { binConfidence } from './bin-confidence.ts';
import { calibrationAnswers, type CalibrationAnswerRow } from './calibration-answer.ts';
import { bootstrapMean, meanInterval, wilson } from './interval.ts';
import { compareVersions, kpiAnswer, type KpiAnswerRow } from './kpi-answer.ts';
import { qualityAnswer } from './quality-answer.ts';
import { seeded } from './random.ts';
import { sliceAnswers } from './slices-answer.ts';

/** Decisions of one agent whose confidence is off by `lift`, as rows of the query. */
function calibrationRows(n: number, lift: number, spread = 0.4): readonly CalibrationAnswerRow[] {
  const random = seeded(11);
  const judged = Array.from({ length: n }, () => {
    const truth = 0.55 + spread * random();
    return { confidence: Math.min(1, truth + lift), isCorrect: random() < truth };
  });
  const who = { tenant_id: 'acme', agent_id: 'claims', confidence_kind: 'judge' };
  return (['width', 'mass'] as const).flatMap((binning) =>
    binConfidence(judged, binning).map((bin) => ({
      ...bin,
      ...who,
      binning,
      confidence_min: bin.confidence_sum / bin.n,
    })),
  );
}

describe('calibration', () => {
  const only = (rows: readonly CalibrationAnswerRow[]) => {
    const [answer, ...more] = calibrationAnswers(rows);
    if (answer === undefined || more.length > 0) throw new Error('wanted one answer');
    return answer;
  };

  test('ten decisions are no answer', () => {
    const { answer, words } = only(calibrationRows(10, 0));
    expect(answer).toMatchObject({ state: 'insufficient_data', n: 10, needed: 200 });
    expect(words).toBe('claims (judge): insufficient data: 10 of 200');
  });

  test('no rows are no answers', () => {
    expect(calibrationAnswers([])).toEqual([]);
  });

  test('an agent that is surer than it is right is called over-confident, by how much', () => {
    const { answer, words } = only(calibrationRows(3_000, 0.15, 0.25));
    expect(answer).toMatchObject({ verdict: 'over_confident' });
    expect(words).toMatch(/^claims \(judge\): over-confident by 1[3-7]\.\d points \(95 %: /);
  });

  test('an agent that is right more often than it says is under-confident', () => {
    expect(only(calibrationRows(3_000, -0.15)).answer).toMatchObject({
      verdict: 'under_confident',
    });
  });

  test('a calibrated agent is not accused, though its ECE is not zero', () => {
    const { answer } = only(calibrationRows(1_000, 0));
    if (answer.state !== 'answer') throw new Error(answer.words);
    expect(answer.verdict).toBe('calibrated');
    expect(answer.byMass.ece.estimate).toBeGreaterThan(0);
    expect(answer.byMass.ece.estimate).toBeLessThan(answer.byMass.eceByChance.high);
  });

  test('one confidence alone makes one bin, of no sharpness', () => {
    const { answer } = only(calibrationRows(400, 0, 0));
    if (answer.state !== 'answer') throw new Error(answer.words);
    expect(answer.byWidth.curve).toHaveLength(1);
    expect(answer.byWidth.sharpness).toBeCloseTo(0, 6);
  });

  test('many decisions of few runs count as the runs', () => {
    const rows = calibrationRows(2_000, 0).map((row) => ({ ...row, runs: 3 }));
    expect(only(rows).words).toMatch(/insufficient data: \d+ of 200 runs/);
  });

  test('kinds of confidence are answered apart', () => {
    const rows = calibrationRows(300, 0);
    const others = rows.map((row) => ({ ...row, confidence_kind: 'self_reported' }));
    expect(calibrationAnswers([...rows, ...others])).toHaveLength(2);
  });
});

describe('slices', () => {
  const row = (value: string, n: number, correct: number) => ({
    tenant_id: 'acme',
    agent_id: 'claims',
    dimension: 'model',
    value,
    n,
    runs: n,
    correct,
  });

  test('a slice that is worse than the rest is named, a small one is not judged', () => {
    const found = sliceAnswers([row('a', 900, 810), row('b', 400, 260), row('c', 12, 1)]);
    expect(found.map(({ verdict }) => verdict)).toEqual(['better', 'worse', 'insufficient_data']);
    expect(found[1]?.words).toBe(
      'claims, model b: right in 65.0 % of 400, the rest in 88.9 % of 912: worse',
    );
    expect(found[2]?.words).toBe('claims, model c: insufficient data: 12 of 50');
  });

  test('slices that differ by chance are alike', () => {
    const found = sliceAnswers([row('a', 500, 402), row('b', 500, 410)]);
    expect(found.map(({ verdict }) => verdict)).toEqual(['alike', 'alike']);
  });
});

test('quality says what waits and what contradicts itself', () => {
  const quality = {
    agent_id: 'claims',
    confidence_kind: 'judge',
    decisions: 1_000,
    runs: 1_000,
    judged: 800,
    correct: 700,
    waiting: 190,
    conflicts: 10,
    reviewed: 20,
    overridden: 5,
    abstained: 100,
    abstained_judged: 80,
    abstained_correct: 60,
    without_evidence: 40,
  };
  const found = qualityAnswer(quality);
  expect(found.words).toBe(
    'claims: 800 of 1000 decisions judged, right in 87.5 % (95 %: 85.0 to 89.6), 190 wait for a ' +
      'result, 10 left out because their results contradict each other, people reviewed 20 and ' +
      'overruled 5, 0.5 % (95 %: 0.2 to 1.2) of all, 40 name no evidence',
  );
  expect(found.overriddenOfReviewed).toMatchObject({ state: 'insufficient_data', n: 20 });
  const fewer = qualityAnswer({ ...quality, runs: 100 });
  if ('state' in found.accuracy || 'state' in fewer.accuracy) throw new Error('wanted intervals');
  expect(fewer.accuracy.low).toBeLessThan(found.accuracy.low);
});

describe('KPIs', () => {
  const kpi = {
    id: 'refund_margin',
    kind: 'outcome',
    measure: 'value',
    unit: 'usd',
    direction: 'up',
  } as const;
  const row = (more: Partial<KpiAnswerRow> = {}): KpiAnswerRow => ({
    tenant_id: 'acme',
    agent_id: 'desk',
    slice: '1.3.0',
    bucket: '2026-03-01 00:00:00',
    unit: 'usd',
    n: 400,
    runs: 400,
    total: -800,
    mean: -2,
    variance: 36,
    values: [],
    conflicts: 0,
    by_run: 0,
    by_none: 0,
    ...more,
  });

  test('a mean comes with its interval', () => {
    expect(kpiAnswer(kpi, row()).words).toBe(
      'refund_margin of desk 1.3.0: -2.00 usd (95 %: -2.59 to -1.41, n 400)',
    );
  });

  test.each([
    ['too few', { n: 10, runs: 10 }, 'insufficient data: 10 of 30'],
    ['few runs', { runs: 4 }, 'insufficient data: 4 of 30'],
    ['another currency', { unit: 'eur' }, 'insufficient data: 400 values in eur, not in usd'],
    ['no unit', { unit: '' }, 'insufficient data: 400 values in no unit, not in usd'],
    ['none', { n: 0, runs: 0, mean: null }, 'insufficient data: 0 of 30'],
    ['contradictions', { conflicts: 3 }, '; 3 left out because they contradict themselves'],
    ['orphans', { by_none: 7 }, '; 7 belong to no known decision or run'],
  ])('%s: is said', (_, more, words) => {
    expect(kpiAnswer(kpi, row(more)).words).toContain(words);
  });

  test('a share gets Wilson’s interval, few skewed values a lopsided one', () => {
    const share = kpiAnswer(
      { ...kpi, measure: 'success' },
      row({ total: 90, n: 100, runs: 100, mean: 0.9, unit: '' }),
    );
    expect(share.mean).toEqual(wilson(90, 100));
    const values = Array.from({ length: 60 }, (_, at) => Math.exp(at / 12));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const { mean: skewed } = kpiAnswer(
      kpi,
      row({ n: 60, runs: 60, mean, values, variance: 1_600 }),
    );
    if ('state' in skewed) throw new Error(skewed.words);
    expect(skewed.high - mean).toBeGreaterThan(mean - skewed.low);
  });

  const days = (version: string, mean: number, n = 120) =>
    ['1', '2', '3', '4'].map((day) => ({
      bucket: `2026-03-0${day} 00:00:00`,
      version,
      n,
      runs: n,
      mean,
      variance: 36,
      units: ['usd'],
    }));
  const versions = { baseline: '1.2.0', candidate: '1.3.0' };

  test('a release that lowers a KPI is found worse, with the day it showed', () => {
    const found = compareVersions(kpi, [...days('1.2.0', 1), ...days('1.3.0', -2)], versions);
    expect(found.verdict).toBe('worse');
    expect(found.looks.map(({ seen }) => seen.state === 'answer' && seen.p < 0.05)).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(found.words).toMatch(
      /^refund_margin, 1\.3\.0 against 1\.2\.0: worse, -3\.00 usd \(-\d\.\d\d to -\d\.\d\d, n 960\), p < 0\.001 at any look$/,
    );
    const down = compareVersions(
      { ...kpi, direction: 'down' },
      found.looks.length ? [...days('1.2.0', 1), ...days('1.3.0', -2)] : [],
      versions,
    );
    expect(down.verdict).toBe('better');
  });

  test('too few, none, one value, or another currency are no comparison', () => {
    const few = compareVersions(kpi, [...days('1.2.0', 1), ...days('1.3.0', -2, 10)], versions);
    expect(few.words).toContain('insufficient data: 40 of 100 of the candidate');
    expect(compareVersions(kpi, [], versions).verdict).toBe('insufficient_data');
    const flat = [...days('1.2.0', 1), ...days('1.3.0', 1)].map((day) => ({ ...day, variance: 0 }));
    expect(compareVersions(kpi, flat, versions).words).toContain('1 of 2 different values');
    const euro = days('1.3.0', -2).map((day) => ({ ...day, units: ['eur'] }));
    expect(compareVersions(kpi, [...days('1.2.0', 1), ...euro], versions).words).toContain(
      'insufficient data: values in eur, not in usd alone',
    );
  });
});

test('intervals of nothing and of one value hold everything', () => {
  expect(wilson(0, 0)).toMatchObject({ low: 0, high: 1 });
  expect(meanInterval({ n: 1, mean: 3, variance: Number.NaN })).toMatchObject({
    low: -Infinity,
    high: Infinity,
  });
  const random = seeded(1);
  expect(bootstrapMean([5, 5, 5], { random })).toMatchObject({ low: 5, estimate: 5, high: 5 });
});
