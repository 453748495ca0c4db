// Decisions and what became of them, on the real ClickHouse engine: results join days later, once,
// by the link they name; what contradicts itself or is missing is said, and never becomes a number.
import { assertSettings } from '@agentspine/clickhouse/assert-settings';
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { DECISION_QUERIES } from '@agentspine/clickhouse/decision-queries';
import { runQuery } from '@agentspine/clickhouse/query';
import { calibrationAnswers } from '@agentspine/estimate/calibration-answer';
import { compareVersions, kpiAnswer } from '@agentspine/estimate/kpi-answer';
import { always } from '@agentspine/estimate/logged-decision';
import { offPolicyAnswer } from '@agentspine/estimate/off-policy-answer';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { governedLog, insertRows, numberOf, openDatabase } from './governed-rows.ts';

const url = inject('clickhouseUrl');
const nowMs = Date.now();
const DAY_MS = 86_400_000;
const nowUs = nowMs * 1000;
const daysAgo = (days: number): number => nowUs - days * DAY_MS * 1000;
const range = { since: new Date(nowMs - 20 * DAY_MS), until: new Date(nowMs + DAY_MS) };

type Database = Awaited<ReturnType<typeof openDatabase>>;
type Judged = {
  decision_id: string;
  correct: number;
  correct_by: string;
  conflict: boolean;
  overridden: boolean;
  human_label: string;
};

const log = governedLog({ nowMs });
const decision = (id: string, more: Partial<GovernedRow> = {}): GovernedRow =>
  log.row({
    kind: 'decision',
    agent_id: 'claims',
    agent_version: '1.0.0',
    decision_id: id,
    decision_type: 'claim',
    decision_chosen: 'approve',
    confidence: 0.8,
    confidence_kind: 'judge',
    kpi: 'leakage',
    run_id: `run-of-${id}`,
    event_time: daysAgo(10),
    ...more,
  });
const outcome = (id: string, success: number, more: Partial<GovernedRow> = {}): GovernedRow =>
  log.row({
    kind: 'outcome',
    agent_id: '',
    run_id: 'of-the-business-system',
    outcome_kpi: 'leakage',
    outcome_value: 100,
    outcome_unit: 'usd',
    outcome_success: success,
    outcome_decision_id: id,
    event_time: daysAgo(8),
    ...more,
  });
const feedback = (type: string, said: string, target: string): GovernedRow =>
  log.row({
    kind: 'feedback',
    run_id: 'of-a-desk',
    feedback_type: type,
    feedback_decision: said,
    feedback_target_id: target,
    event_time: daysAgo(9),
  });
const evaluation = (label: string, more: Partial<GovernedRow>): GovernedRow =>
  log.row({
    kind: 'evaluation',
    run_id: 'of-an-evaluator',
    evaluation_name: 'check',
    evaluation_label: label,
    annotator_kind: 'human',
    event_time: daysAgo(9),
    ...more,
  });
const unlinked = { outcome_decision_id: '' } as const;

const SPAN = 'b7ad6b7169203331';

function story(): GovernedRow[] {
  return [
    decision('late'),
    outcome('late', 1),
    decision('too-late', { event_time: daysAgo(19) }),
    outcome('too-late', 1, { event_time: daysAgo(1) }),
    decision('torn'),
    outcome('torn', 1),
    outcome('torn', 0),
    decision('revised'),
    outcome('revised', 1),
    outcome('revised', 0, { event_time: daysAgo(2), outcome_value: 700 }),
    decision('waiting'),
    decision('by-run', { event_time: daysAgo(10), run_id: 'shared' }),
    decision('by-run-too', { event_time: daysAgo(10) + 5, run_id: 'shared' }),
    outcome('', 1, { ...unlinked, run_id: 'shared' }),
    decision('after-the-outcome', { event_time: daysAgo(7), run_id: 'shared' }),
    decision('by-span', { span_id: SPAN }),
    evaluation('pass', { evaluation_target_type: 'span', evaluation_target_id: SPAN }),
    decision('by-label'),
    evaluation('suspicious', {
      evaluation_target_type: 'decision',
      evaluation_target_id: 'by-label',
    }),
    decision('overridden'),
    feedback('override', 'deny', 'overridden'),
    decision('upheld'),
    feedback('override', 'approve', 'upheld'),
    decision('rejected'),
    feedback('approval', 'rejected', 'rejected'),
    decision('two-voices'),
    outcome('two-voices', 1),
    feedback('approval', 'rejected', 'two-voices'),
    decision('other-kpi'),
    outcome('other-kpi', 0, { outcome_kpi: 'speed' }),
    outcome('other-kpi', 1),
    decision('unsure', { confidence: Number.NaN, decision_chosen: 'refer' }),
    outcome('unsure', 1),
  ];
}

async function judged(ch: ClickHouse): Promise<ReadonlyMap<string, Judged>> {
  const rows = await ch.query<Judged>(
    `SELECT decision_id, correct, correct_by, conflict, overridden, human_label
     FROM v_decisions_between(tenant = '', agent = '', since = {since:DateTime('UTC')},
       until = {until:DateTime('UTC')}, days = 14, kpi = '')`,
    { since: '2020-01-01 00:00:00', until: '2100-01-01 00:00:00' },
  );
  return new Map(rows.map((row) => [row.decision_id, row]));
}

describe('what became of a decision', () => {
  let db: Database;
  let verdicts: ReadonlyMap<string, Judged>;
  beforeAll(async () => {
    db = await openDatabase(url, 'decisions');
    const rows = story();
    for (let time = 0; time < 3; time += 1) await insertRows(db.ch, rows, 'story');
    verdicts = await judged(db.ch);
  });
  afterAll(() => db.close());

  test('three repeats of an insert leave one copy, and the settings that takes are asserted', async () => {
    const rows = story();
    const wanted = (kind: string) => rows.filter((row) => row.kind === kind).length;
    expect(await numberOf(db.ch, 'SELECT count() AS n FROM decisions')).toBe(wanted('decision'));
    expect(await numberOf(db.ch, 'SELECT count() AS n FROM results')).toBe(
      wanted('outcome') + wanted('feedback') + wanted('evaluation'),
    );
    expect(await assertSettings(db.ch, { window: 10_000 })).toEqual(
      expect.arrayContaining(['decisions', 'results']),
    );
  });

  test.each([
    ['late', { correct: 1, correct_by: 'outcome' }],
    ['too-late', { correct: -1, correct_by: '', conflict: false }],
    ['torn', { correct: -1, correct_by: 'outcome', conflict: true }],
    ['revised', { correct: 0, correct_by: 'outcome', conflict: false }],
    ['waiting', { correct: -1, correct_by: '' }],
    ['by-run', { correct: 1, correct_by: 'run outcome' }],
    ['by-run-too', { correct: 1, correct_by: 'run outcome' }],
    ['after-the-outcome', { correct: -1, correct_by: '' }],
    ['by-span', { correct: 1, correct_by: 'evaluation' }],
    ['by-label', { correct: -1, correct_by: '' }],
    ['overridden', { correct: 0, correct_by: 'feedback', overridden: true, human_label: 'deny' }],
    ['upheld', { correct: 1, correct_by: 'feedback', overridden: false }],
    ['rejected', { correct: 0, correct_by: 'feedback', overridden: true }],
    ['two-voices', { correct: 1, correct_by: 'outcome', overridden: true }],
    ['other-kpi', { correct: 1, correct_by: 'outcome', conflict: false }],
  ])('%s', (id, wanted) => {
    expect(verdicts.get(id)).toMatchObject(wanted);
  });

  test('the bins of calibration hold judged decisions with a confidence, in both binnings', async () => {
    const rows = await runQuery(db.ch, 'calibration', { ...range, days: 14 });
    expect(rows.map(({ binning, bin, n, correct }) => [binning, bin, n, correct])).toEqual([
      ['width', 16, 10, 7],
      ['mass', 0, 10, 7],
    ]);
    const [quality] = await runQuery(db.ch, 'decision-quality', { ...range, days: 14 });
    expect(quality).toMatchObject({
      decisions: 16,
      judged: 11,
      correct: 8,
      waiting: 4,
      conflicts: 1,
      without_confidence: 1,
      reviewed: 4,
      overridden: 3,
      abstained: 1,
      abstained_correct: 1,
      judged_by_run: 2,
    });
  });

  test('a window from the beginning to the end of time holds the results too', async () => {
    const all = { since: new Date(0), until: new Date(8.64e15) };
    const [quality] = await runQuery(db.ch, 'decision-quality', { ...all, days: 14 });
    expect(quality).toMatchObject({ decisions: 16, judged: 11 });
    const ask = { ...all, days: 14, kind: 'outcome', name: 'leakage' } as const;
    const [row] = await runQuery(db.ch, 'kpi', { ...ask, by: 'model' });
    expect(row).toMatchObject({ n: 6, by_none: 0 });
  });

  test('another KPI may judge alone', async () => {
    const [row] = await runQuery(db.ch, 'decision-quality', { ...range, days: 14, kpi: 'speed' });
    expect(row).toMatchObject({ judged: 1, correct: 0 });
  });

  test('a KPI counts an outcome of a run once, and says which link was used', async () => {
    const ask = { ...range, days: 14, kind: 'outcome', name: 'leakage' } as const;
    const [row] = await runQuery(db.ch, 'kpi', { ...ask, by: 'agent_version' });
    expect(row).toMatchObject({ slice: '1.0.0', unit: 'usd', by_run: 1, by_none: 0, conflicts: 1 });
    // late, revised, two-voices, other-kpi, unsure and the run; torn contradicts itself.
    expect(row).toMatchObject({ n: 6, by_decision: 6, total: 5 * 100 + 700 });
  });
});

test('what comes without a decision counts for the agent that sent it, else for nobody', async () => {
  const db = await openDatabase(url, 'undecided');
  const alone = { outcome_decision_id: '', outcome_kpi: 'minutes' } as const;
  await insertRows(
    db.ch,
    [
      outcome('', 1, { ...alone, run_id: 'of-a-desk', agent_id: 'desk' }),
      outcome('', 1, { ...alone, run_id: 'of-nobody' }),
      outcome('gone', 1, { outcome_kpi: 'minutes' }),
    ],
    'alone',
  );
  const rows = await runQuery(db.ch, 'kpi', { ...range, kind: 'outcome', name: 'minutes' });
  expect(rows.map(({ agent_id, by_run, by_none }) => [agent_id, by_run, by_none])).toEqual([
    ['', 0, 2],
    ['desk', 1, 0],
  ]);
  await db.close();
});

test('a tenant with ten decisions gets no number, but a sentence', async () => {
  const db = await openDatabase(url, 'ten_decisions');
  const ten = Array.from({ length: 10 }, (_, at) => [decision(`d${at}`), outcome(`d${at}`, 1)]);
  await insertRows(db.ch, ten.flat(), 'ten');
  const [calibration] = calibrationAnswers(await runQuery(db.ch, 'calibration', range));
  expect(calibration?.words).toBe('claims (judge): insufficient data: 10 of 200');
  const kpi = { id: 'leakage', measure: 'value', unit: 'usd', direction: 'down' } as const;
  const ask = { ...range, kind: 'outcome', name: 'leakage' } as const;
  const [row] = await runQuery(db.ch, 'kpi', ask);
  expect(row && kpiAnswer({ ...kpi, kind: 'outcome' }, row).words).toBe(
    'leakage of claims: insufficient data: 10 of 30',
  );
  const versions = { baseline: '1.0.0', candidate: '2.0.0' };
  const compared = compareVersions(
    { ...kpi, kind: 'outcome' },
    await runQuery(db.ch, 'kpi-versions', { ...ask, ...versions }),
    versions,
  );
  expect(compared.words).toContain('insufficient data: 0 of 100 of the candidate');
  const logged = await runQuery(db.ch, 'logged-decisions', { ...range, name: 'leakage' });
  expect(offPolicyAnswer(logged, always('deny'), { name: 'leakage' }).words).toBe(
    'leakage, had it been always deny: insufficient data: 10 of 200',
  );
  await db.close();
});

test('an empty window, and a store without a decision, are answered with no rows', async () => {
  const db = await openDatabase(url, 'nothing_decided');
  const asked = { kind: 'outcome', name: 'leakage', baseline: '1', candidate: '2' } as const;
  for (const name of DECISION_QUERIES) {
    expect([name, await runQuery(db.ch, name, { ...range, ...asked })]).toEqual([name, []]);
  }
  expect(await db.ch.query('SELECT * FROM v_decisions')).toEqual([]);
  await db.close();
});

test('a processing again replaces the decision and its result, and doubles neither', async () => {
  const db = await openDatabase(url, 'decided_again');
  const first = [decision('again'), outcome('again', 1, { event_id: 'the-same' })];
  const second = first.map((row, at) => ({
    ...row,
    generation: 2,
    confidence: 0.4,
    outcome_value: at === 1 ? 40 : row.outcome_value,
    source_offset: 1_000 + at,
  }));
  await insertRows(db.ch, first, 'first');
  await insertRows(db.ch, second, 'second');
  const [quality] = await runQuery(db.ch, 'decision-quality', range);
  expect(quality).toMatchObject({ decisions: 1, judged: 1, conflicts: 0 });
  const ask = { ...range, kind: 'outcome', name: 'leakage', combine: 'sum' } as const;
  expect(await runQuery(db.ch, 'kpi', ask)).toEqual([expect.objectContaining({ n: 1, total: 40 })]);
  const [logged] = await runQuery(db.ch, 'logged-decisions', { ...range, name: 'leakage' });
  expect(logged).toMatchObject({ confidence: 0.4, reward: 40, decisions: 1 });
  await db.close();
});
