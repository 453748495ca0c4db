// Whose confidence ran away from what came of it: per agent, kind of confidence and model, now
// against before.
// Guarantees: pure; a gap is told only where its interval lies beyond what matters, over judged
// decisions alone; kinds of confidence are never mixed; below the floor it is insufficient data.
// Example: driftedConfidence(rows, asked)[0]?.words
import type { ModelConfidenceRow } from '@agentspine/clickhouse/decision-queries';
import { meanInterval, type Interval } from '@agentspine/estimate/interval';
import type { LineChart, Point, Tone } from '@agentspine/report/report';
import { showValue } from '@agentspine/report/show-value';
import type { Asked } from './report-asking.ts';
import { grouped, instantOf, sumOf } from './report-series.ts';
import { insufficientWords, part, spanWords } from './report-words.ts';

/** Judged decisions, and runs, a gap needs. */
const FLOOR = 50;
/** Points of confidence that nobody should ignore. */
const MATTERS = 0.05;
const DAY_MS = 86_400e3;
/** Judged decisions below which a point of the line is left out. */
const POINT_FLOOR = 8;

type Side = {
  readonly decisions: number;
  readonly judged: number;
  readonly runs: number;
  readonly confidence: number | null;
  readonly accuracy: number | null;
  readonly gap: Interval | null;
};

export type ModelConfidence = {
  readonly agent_id: string;
  readonly confidence_kind: string;
  readonly model: string;
  readonly now: Side;
  readonly before: Side;
  readonly verdict:
    | 'grew over-confident'
    | 'over-confident'
    | 'under-confident'
    | 'no gap shown'
    | 'insufficient data';
  readonly words: string;
  readonly rows: readonly ModelConfidenceRow[];
};

/** Gravest first: what grew over-confident, then by the size of the gap. */
export function confidences(
  rows: readonly ModelConfidenceRow[],
  asked: Asked,
): readonly ModelConfidence[] {
  const rank = ['grew over-confident', 'over-confident', 'under-confident', 'no gap shown'];
  const order = ({ verdict }: ModelConfidence): number => {
    const at = rank.indexOf(verdict);
    return at < 0 ? rank.length : at;
  };
  const key = (row: ModelConfidenceRow): string =>
    JSON.stringify([row.agent_id, row.confidence_kind, row.model]);
  return [...grouped(rows, key).values()]
    .flatMap((group) => (group[0] === undefined ? [] : [confidenceOf(group[0], group, asked)]))
    .toSorted(
      (a, b) =>
        order(a) - order(b) ||
        Number(rise(b) >= MATTERS) - Number(rise(a) >= MATTERS) ||
        Math.abs(b.now.gap?.estimate ?? 0) - Math.abs(a.now.gap?.estimate ?? 0) ||
        b.now.judged - a.now.judged,
    );
}

function rise({ now, before }: ModelConfidence): number {
  return (now.confidence ?? 0) - (before.confidence ?? 0);
}

function confidenceOf(
  { agent_id, confidence_kind, model }: ModelConfidenceRow,
  rows: readonly ModelConfidenceRow[],
  asked: Asked,
): ModelConfidence {
  const split = asked.recent.since;
  const now = sideOf(rows.filter(({ time }) => instantOf(time) >= split));
  const before = sideOf(rows.filter(({ time }) => instantOf(time) < split));
  const verdict = verdictOf(now, before);
  const head = { agent_id, confidence_kind, model, now, before, verdict };
  return { ...head, words: wordsOf(head, asked), rows };
}

function sideOf(rows: readonly ModelConfidenceRow[]): Side {
  const judged = sumOf(rows, (row) => row.judged);
  const runs = sumOf(rows, (row) => row.runs);
  const decisions = sumOf(rows, (row) => row.decisions);
  const mean = part(
    sumOf(rows, ({ gap_sum: gap }) => gap),
    judged,
  );
  const squares = sumOf(rows, ({ gap_square_sum: square }) => square);
  const isEnough = Math.min(judged, runs) >= FLOOR && mean !== null;
  const variance = isEnough ? Math.max(0, (squares - judged * mean * mean) / (judged - 1)) : 0;
  return {
    decisions,
    judged,
    runs,
    confidence: part(
      sumOf(rows, (row) => row.judged_confidence_sum),
      judged,
    ),
    accuracy: part(
      sumOf(rows, (row) => row.correct),
      judged,
    ),
    gap: isEnough ? meanInterval({ n: judged, mean, variance, clusters: runs }) : null,
  };
}

function verdictOf({ gap }: Side, before: Side): ModelConfidence['verdict'] {
  if (gap === null) return 'insufficient data';
  if (gap.low > 0 && gap.estimate >= MATTERS) {
    const was = before.gap;
    return was !== null && gap.low > was.high && was.estimate < gap.estimate - MATTERS
      ? 'grew over-confident'
      : 'over-confident';
  }
  return gap.high < 0 && gap.estimate <= -MATTERS ? 'under-confident' : 'no gap shown';
}

function wordsOf(of: Omit<ModelConfidence, 'words' | 'rows'>, asked: Asked): string {
  const { agent_id, confidence_kind: kind, model, now, before, verdict } = of;
  const who = `${agent_id}${model === '' ? '' : ` with ${model}`}${kind === '' ? '' : ` (${kind})`}`;
  if (now.gap === null) {
    return `${who}: ${insufficientWords(Math.min(now.judged, now.runs), FLOOR, 'judged decisions')}`;
  }
  const { estimate, low, high } = now.gap;
  const points = (value: number): string => showValue(Math.round(value * 1_000) / 10, 'number');
  const was =
    before.gap === null
      ? ''
      : `; before it said ${showValue(before.confidence, 'share')} and was right in ${showValue(before.accuracy, 'share')} of ${showValue(before.judged, 'count')}`;
  return (
    `${who}: ${verdict}${verdict === 'grew over-confident' ? whyGrown(now, before) : ''}. It says ${showValue(now.confidence, 'share')} and is right in ${showValue(now.accuracy, 'share')} of ` +
    `${showValue(now.judged, 'count')} judged decisions of the last ${spanWords(asked.recent)} ` +
    `(${points(estimate)} points too much, 95 %: ${points(low)} to ${points(high)})${was}.`
  );
}

/** What moved: what it says, or what came of it. */
function whyGrown(now: Side, before: Side): string {
  const said = (now.confidence ?? 0) - (before.confidence ?? 0);
  const right = (now.accuracy ?? 0) - (before.accuracy ?? 0);
  return said >= -right
    ? ': it says more than before, and is not right more often'
    : ': it says as much as before, and is right less often';
}

export function toneOfConfidence({ verdict }: ModelConfidence): Tone {
  if (verdict === 'grew over-confident') return 'bad';
  return verdict === 'over-confident' || verdict === 'under-confident' ? 'warn' : 'plain';
}

/** What was said and what was right, day by day. */
export function confidenceChart(of: ModelConfidence, asked: Asked): LineChart {
  const days = [...grouped(of.rows, ({ time }) => String(Math.floor(instantOf(time) / DAY_MS)))];
  const points = days
    .map(([day, rows]) => ({ time: Number(day) * DAY_MS, rows }))
    .toSorted((a, b) => a.time - b.time);
  const value = (pick: (rows: readonly ModelConfidenceRow[]) => number | null) =>
    points.map(({ rows }): Point => pick(rows));
  return {
    is: 'line',
    title: `${of.agent_id}${of.model === '' ? '' : ` with ${of.model}`}: said and right, by day`,
    alt: of.words,
    unit: 'share',
    times: points.map(({ time }) => time),
    series: [
      {
        name: 'confidence it states',
        tone: 'bad',
        values: value((rows) =>
          part(
            sumOf(rows, (row) => row.confidence_sum),
            sumOf(rows, (row) => row.decisions),
          ),
        ),
      },
      {
        name: 'share that was right',
        tone: 'plain',
        values: value((rows) => {
          const judged = sumOf(rows, (row) => row.judged);
          return judged < POINT_FLOOR
            ? null
            : part(
                sumOf(rows, (row) => row.correct),
                judged,
              );
        }),
      },
    ],
    marks: [{ time: asked.recent.since, text: `the last ${spanWords(asked.recent)}` }],
  };
}
