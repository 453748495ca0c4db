// spine report decisions: whose confidence means too much or too little, which grew so, and what
// else is known of decisions: right by slice, overruled by people, without evidence.
// Guarantees: the answers of @agentspine/estimate, in their words; what is not judged yet is said.
// Example: tellDecisions(await askDecisions(asking), asking)
import type {
  CalibrationRow,
  DecisionQualityRow,
  EvidenceRow,
  ModelConfidenceRow,
  OverrideRow,
  SliceRow,
} from '@agentspine/clickhouse/decision-queries';
import {
  calibrationAnswers,
  type CalibrationAnswer,
} from '@agentspine/estimate/calibration-answer';
import { qualityAnswer } from '@agentspine/estimate/quality-answer';
import { sliceAnswers, type SliceAnswer } from '@agentspine/estimate/slices-answer';
import type { Finding, Report, Section } from '@agentspine/report/report';
import { counted, showValue } from '@agentspine/report/show-value';
import type { Asked, Asking } from './report-asking.ts';
import {
  confidenceChart,
  confidences,
  toneOfConfidence,
  type ModelConfidence,
} from './report-confidence.ts';
import {
  calibrationSection,
  evidenceSection,
  modelsSection,
  overridesSection,
  qualitySection,
  slicesSection,
} from './report-decision-tables.ts';
import { sumOf } from './report-series.ts';
import { spanWords } from './report-words.ts';

export type DecisionAnswers = {
  readonly calibration: readonly CalibrationRow[];
  readonly models: readonly ModelConfidenceRow[];
  readonly quality: readonly DecisionQualityRow[];
  readonly slices: readonly SliceRow[];
  readonly overrides: readonly OverrideRow[];
  readonly evidence: readonly EvidenceRow[];
};

const HOUR_SECONDS = 3_600;
const CURVES = 3;
const TOLD = 3;

export async function askDecisions(asking: Asking): Promise<DecisionAnswers> {
  const { range, comparing } = asking;
  const [calibration, models, quality, slices, overrides, evidence] = await Promise.all([
    asking.run('calibration', range),
    asking.run('confidence-by-model', { ...comparing, step_seconds: HOUR_SECONDS }),
    asking.run('decision-quality', range),
    asking.run('accuracy-slices', range),
    asking.run('overrides', range),
    asking.run('decisions-without-evidence', range),
  ]);
  return { calibration, models, quality, slices, overrides, evidence };
}

export function tellDecisions(answers: DecisionAnswers, asked: Asked): Omit<Report, 'sources'> {
  const curves = calibrationAnswers(answers.calibration).toSorted(
    (a, b) => gapOf(b) - gapOf(a) || (a.agent_id < b.agent_id ? -1 : 1),
  );
  const models = confidences(answers.models, asked);
  const slices = sliceAnswers(answers.slices);
  return {
    what: 'decisions',
    title: 'Decisions',
    scope: asked.scope,
    findings: findings(answers, { curves, models, slices }, asked),
    sections: [
      ...grownSection(models, asked),
      calibrationSection(curves, CURVES),
      modelsSection(models, asked),
      qualitySection(answers.quality.map((row) => ({ row, answer: qualityAnswer(row) }))),
      slicesSection(slices),
      overridesSection(answers.overrides),
      evidenceSection(answers.evidence),
    ],
    commands: ['spine report outcomes', 'spine report drift'],
  };
}

type Judged = {
  readonly curves: readonly CalibrationAnswer[];
  readonly models: readonly ModelConfidence[];
  readonly slices: readonly SliceAnswer[];
};

function gapOf({ answer }: CalibrationAnswer): number {
  return answer.state === 'answer' ? Math.abs(answer.byWidth.gap.estimate) : -1;
}

function findings(
  { quality, overrides, evidence }: DecisionAnswers,
  { curves, models, slices }: Judged,
  asked: Asked,
): readonly Finding[] {
  const decisions = sumOf(quality, (row) => row.decisions);
  if (decisions === 0) {
    const text = `insufficient data: no decision in the last ${spanWords(asked.scope)}.`;
    return [{ tone: 'plain', text }];
  }
  const grown = models.filter(({ verdict }) => verdict === 'grew over-confident');
  const found: Finding[] = grown.map((one) => ({ tone: toneOfConfidence(one), text: one.words }));
  const off = curves.filter(
    ({ answer }) => answer.state === 'answer' && answer.verdict !== 'calibrated',
  );
  found.push(
    ...off.slice(0, TOLD).map((one): Finding => ({ tone: 'warn', text: `${one.words}.` })),
    ...slices
      .filter(({ verdict }) => verdict === 'worse')
      .slice(0, TOLD)
      .map((slice): Finding => ({ tone: 'warn', text: `${slice.words}.` })),
  );
  const calm = curves.filter(
    ({ answer }) => answer.state === 'answer' && answer.verdict === 'calibrated',
  );
  const unknown = curves.filter(({ answer }) => answer.state !== 'answer');
  if (calm.length > 0 || unknown.length > 0) {
    const words = [
      ...calm.map((one) => one.words),
      ...unknown.slice(0, TOLD).map((one) => one.words),
    ];
    found.push({
      tone: calm.length > 0 && off.length === 0 ? 'good' : 'plain',
      text: `${words.join('; ')}.`,
    });
  }
  return [...found, restFinding(decisions, quality, overrides, evidence)];
}

function restFinding(
  decisions: number,
  quality: readonly DecisionQualityRow[],
  overrides: readonly OverrideRow[],
  evidence: readonly EvidenceRow[],
): Finding {
  const judged = sumOf(quality, (row) => row.judged);
  const waiting = sumOf(quality, (row) => row.waiting);
  const overruled = sumOf(overrides, (row) => row.overridden);
  const reviewed = sumOf(overrides, (row) => row.reviewed);
  const blind = sumOf(evidence, (row) => row.none);
  const parts = [
    `${counted(decisions, 'decision')}, ${showValue(judged, 'count')} of them judged, ${showValue(waiting, 'count')} wait for a result`,
    reviewed > 0
      ? `people overruled ${showValue(overruled, 'count')} of ${showValue(reviewed, 'count')} they looked at`
      : 'none was looked at by a person',
    `${showValue(blind, 'count')} were made with no data read before`,
  ];
  return { tone: 'plain', text: `${parts.join('; ')}.` };
}

function grownSection(models: readonly ModelConfidence[], asked: Asked): readonly Section[] {
  const grown = models.filter(({ verdict }) => verdict === 'grew over-confident').slice(0, 2);
  if (grown.length === 0) return [];
  return [
    {
      id: 'grown',
      title: 'Confidence that ran away from what came of it',
      charts: grown.map((one) => confidenceChart(one, asked)),
    },
  ];
}
