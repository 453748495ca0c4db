// The curves and tables of `spine report decisions`.
// Guarantees: pure; a curve is drawn only of an answer that has enough data; a share that has not
// says so in its cell.
// Example: calibrationSection(calibrationAnswers(rows), 3)
import type {
  DecisionQualityRow,
  EvidenceRow,
  OverrideRow,
} from '@agentspine/clickhouse/decision-queries';
import type {
  CalibrationAnswer,
  CalibrationFinding,
} from '@agentspine/estimate/calibration-answer';
import type { QualityAnswer, Share } from '@agentspine/estimate/quality-answer';
import type { SliceAnswer } from '@agentspine/estimate/slices-answer';
import type { ReliabilityChart, Section } from '@agentspine/report/report';
import { showValue } from '@agentspine/report/show-value';
import type { Asked } from './report-asking.ts';
import type { ModelConfidence } from './report-confidence.ts';
import { part, spanWords } from './report-words.ts';

const SHOWN = 20;
const SLICES_SHOWN = 12;
const NO_DECISIONS = 'insufficient data: no decision in this time';

export function calibrationSection(answers: readonly CalibrationAnswer[], curves: number): Section {
  const known = answers.flatMap((one) =>
    one.answer.state === 'answer' ? [{ one, finding: one.answer }] : [],
  );
  return {
    id: 'calibration',
    title: 'Does confidence mean what it says?',
    text: [
      'On the dashed line, what is said is right as often as it is said. Below it the agent is over-confident. ECE: how far off on average.',
    ],
    charts: known.slice(0, curves).map(({ one, finding }) => curveOf(one, finding)),
    table: {
      none: NO_DECISIONS,
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'confidence_kind', title: 'kind', unit: 'text' },
        { key: 'n', title: 'judged', unit: 'count' },
        { key: 'said', title: 'says', unit: 'share' },
        { key: 'right', title: 'right', unit: 'share' },
        { key: 'gap', title: 'gap', unit: 'share' },
        { key: 'ece', title: 'ECE', unit: 'number' },
        { key: 'brier', title: 'Brier', unit: 'number', isMinor: true },
        { key: 'verdict', title: '', unit: 'text' },
      ],
      rows: answers.slice(0, SHOWN).map((one) => ({
        tenant_id: one.tenant_id,
        agent_id: one.agent_id,
        confidence_kind: one.confidence_kind,
        ...(one.answer.state === 'answer' ? figuresOf(one.answer) : lacking(one.answer)),
        words: one.words,
      })),
    },
  };
}

function figuresOf({ byWidth, verdict }: CalibrationFinding) {
  const round = (value: number): number => Math.round(value * 1e4) / 1e4;
  return {
    n: byWidth.n,
    said: byWidth.confidenceMean,
    right: byWidth.accuracy.estimate,
    gap: byWidth.gap.estimate,
    ece: round(byWidth.ece.estimate),
    brier: round(byWidth.brier.estimate),
    sharpness: byWidth.sharpness,
    verdict: verdict.replaceAll('_', '-'),
  };
}

function lacking({ n, words }: { readonly n: number; readonly words: string }) {
  return { n, said: null, right: null, gap: null, ece: null, brier: null, verdict: words };
}

function curveOf(
  { agent_id, confidence_kind, words }: CalibrationAnswer,
  { byWidth }: CalibrationFinding,
): ReliabilityChart {
  return {
    is: 'reliability',
    title: `${agent_id}${confidence_kind === '' ? '' : ` (${confidence_kind})`}`,
    alt: `${words}.`,
    unit: 'share',
    bins: byWidth.curve.map(({ confidence, accuracy }) => ({
      confidence,
      accuracy: accuracy.estimate,
      low: accuracy.low,
      high: accuracy.high,
      n: accuracy.n,
    })),
  };
}

export function modelsSection(models: readonly ModelConfidence[], asked: Asked): Section {
  return {
    id: 'models',
    title: `By model, the last ${spanWords(asked.recent)} against the ${spanWords(asked.before)} before`,
    table: {
      none: NO_DECISIONS,
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'model', title: 'model', unit: 'text' },
        { key: 'confidence_kind', title: 'kind', unit: 'text' },
        { key: 'said_before', title: 'said', unit: 'share' },
        { key: 'right_before', title: 'right', unit: 'share' },
        { key: 'said', title: 'says now', unit: 'share' },
        { key: 'right', title: 'right now', unit: 'share' },
        { key: 'judged', title: 'judged', unit: 'count' },
        { key: 'verdict', title: '', unit: 'text' },
      ],
      rows: models.slice(0, SHOWN).map((one) => ({
        agent_id: one.agent_id,
        model: one.model,
        confidence_kind: one.confidence_kind,
        said_before: one.before.confidence,
        right_before: one.before.accuracy,
        said: one.now.confidence,
        right: one.now.accuracy,
        judged: one.now.judged,
        decisions: one.now.decisions,
        verdict: one.verdict,
        words: one.words,
      })),
    },
  };
}

export function qualitySection(
  rows: readonly { readonly row: DecisionQualityRow; readonly answer: QualityAnswer }[],
): Section {
  return {
    id: 'quality',
    title: 'Right, overruled, handed over',
    table: {
      none: NO_DECISIONS,
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'confidence_kind', title: 'kind', unit: 'text', isMinor: true },
        { key: 'decisions', title: 'decisions', unit: 'count' },
        { key: 'judged', title: 'judged', unit: 'count' },
        { key: 'right', title: 'right', unit: 'share' },
        { key: 'right_between', title: '95 %', unit: 'text' },
        { key: 'overruled', title: 'overruled', unit: 'share' },
        { key: 'abstained', title: 'handed over', unit: 'count' },
        { key: 'without_evidence', title: 'no evidence', unit: 'count', isMinor: true },
      ],
      rows: rows.slice(0, SHOWN).map(({ row, answer }) => ({
        ...row,
        right: shareCells(answer.accuracy).share,
        right_between: shareCells(answer.accuracy).between,
        overruled: shareCells(answer.overridden).share,
        words: answer.words,
      })),
    },
  };
}

/** Estimate and interval in cells of their own; what is lacking where there is none. */
function shareCells(share: Share): { readonly share: number | null; readonly between: string } {
  if ('state' in share) return { share: null, between: share.words };
  const [low, high] = [share.low, share.high].map((end) => showValue(end, 'share'));
  return { share: share.estimate, between: `${low?.replace(' %', '')} to ${high}` };
}

export function slicesSection(slices: readonly SliceAnswer[]): Section {
  const rank = ({ verdict }: SliceAnswer): number =>
    ['worse', 'better', 'alike', 'insufficient_data'].indexOf(verdict);
  return {
    id: 'slices',
    title: 'Right by slice, against the rest of the agent’s decisions',
    table: {
      none: 'insufficient data: no judged decision',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'dimension', title: 'slice', unit: 'text' },
        { key: 'value', title: 'value', unit: 'text' },
        { key: 'n', title: 'judged', unit: 'count' },
        { key: 'right', title: 'right', unit: 'share' },
        { key: 'between', title: '95 %', unit: 'text' },
        { key: 'told', title: '', unit: 'text' },
      ],
      rows: slices
        .toSorted((a, b) => rank(a) - rank(b) || b.n - a.n)
        .slice(0, SLICES_SHOWN)
        .map(({ accuracy, verdict, ...slice }) => ({
          ...slice,
          right: shareCells(accuracy).share,
          between: shareCells(accuracy).between,
          told: verdict === 'insufficient_data' ? '' : verdict,
        })),
    },
  };
}

export function overridesSection(rows: readonly OverrideRow[]): Section {
  return {
    id: 'overrides',
    title: 'What people overrule',
    table: {
      none: 'No decision was looked at by a person.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'decision_type', title: 'decision', unit: 'text' },
        { key: 'decision_chosen', title: 'chosen', unit: 'text' },
        { key: 'reviewed', title: 'looked at', unit: 'count' },
        { key: 'overridden', title: 'overruled', unit: 'count' },
        { key: 'share', title: 'share', unit: 'share' },
        { key: 'confidence_overridden', title: 'confidence', unit: 'share', isMinor: true },
        { key: 'human_labels', title: 'chosen instead', unit: 'text', isMinor: true },
      ],
      rows: rows
        .slice(0, SHOWN)
        .map((row) => ({ ...row, share: part(row.overridden, row.reviewed) })),
    },
  };
}

export function evidenceSection(rows: readonly EvidenceRow[]): Section {
  return {
    id: 'evidence',
    title: 'Decisions and the data behind them',
    table: {
      none: NO_DECISIONS,
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'decision_type', title: 'decision', unit: 'text' },
        { key: 'decisions', title: 'decisions', unit: 'count' },
        { key: 'named', title: 'names its data', unit: 'count' },
        { key: 'run_only', title: 'read before', unit: 'count' },
        { key: 'none', title: 'no data', unit: 'count' },
        { key: 'irreversible_none', title: 'irreversible', unit: 'count' },
      ],
      rows: rows.slice(0, SHOWN),
    },
  };
}
