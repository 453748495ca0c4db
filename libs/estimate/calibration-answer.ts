// Rows of the query `calibration` to one answer per agent and kind of confidence: the numbers, and
// a sentence that says whether confidence means what it says.
// Guarantees: below the floor the answer is insufficient data; a gap is called one only where its
// interval lies on one side of zero and the ECE is beyond what chance would make.
// Example: calibrationAnswers(rows)[0].words → 'claims-adjuster (judge): over-confident by 14
// points …'
import { calibrate, type Calibration, type CalibrationBin } from './calibration.ts';
import { insufficient, type Insufficient } from './insufficient.ts';
import { seeded } from './random.ts';

export type CalibrationAnswerRow = CalibrationBin & {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly confidence_kind: string;
  readonly binning: 'width' | 'mass';
  readonly confidence_min: number;
};

export type CalibrationAnswer = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly confidence_kind: string;
  readonly answer: Insufficient | CalibrationFinding;
  readonly words: string;
};

export type CalibrationFinding = {
  readonly state: 'answer';
  readonly verdict: 'over_confident' | 'under_confident' | 'miscalibrated' | 'calibrated';
  /** Bins of equal width: curve, Brier, decomposition. */
  readonly byWidth: Calibration;
  /** Bins of equal mass: an ECE that no empty region distorts. */
  readonly byMass: Calibration;
};

/** Least judged decisions, and least runs: a curve of fewer says more about chance. */
export const CALIBRATION_FLOOR = 200;
/** A gap below this is of no use to anyone, however certain. */
const GAP_LEAST = 0.02;
const SEED = 1;

export function calibrationAnswers(
  rows: readonly CalibrationAnswerRow[],
  floor = CALIBRATION_FLOOR,
): readonly CalibrationAnswer[] {
  const groups = new Map<string, CalibrationAnswerRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.tenant_id, row.agent_id, row.confidence_kind]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [answerOf(first, group, floor)];
  });
}

function answerOf(
  first: CalibrationAnswerRow,
  group: readonly CalibrationAnswerRow[],
  floor: number,
): CalibrationAnswer {
  const { tenant_id, agent_id, confidence_kind } = first;
  const answer = judge(group, floor);
  const who = `${agent_id} (${confidence_kind === '' ? 'kind not said' : confidence_kind})`;
  return { tenant_id, agent_id, confidence_kind, answer, words: `${who}: ${wordsOf(answer)}` };
}

function judge(
  rows: readonly CalibrationAnswerRow[],
  floor: number,
): CalibrationFinding | Insufficient {
  const [width, mass] = (['width', 'mass'] as const).map((binning) =>
    rows.filter((row) => row.binning === binning),
  );
  const n = (width ?? []).reduce((sum, row) => sum + row.n, 0);
  if (n < floor) return insufficient(n, floor);
  const runs = (width ?? []).reduce((sum, row) => sum + row.runs, 0);
  if (runs < floor) return insufficient(runs, floor, 'runs');
  const byWidth = calibrate(width ?? [], { random: seeded(SEED) });
  const byMass = calibrate(mass ?? [], { random: seeded(SEED) });
  return { state: 'answer', verdict: verdictOf(byWidth, byMass), byWidth, byMass };
}

function verdictOf(byWidth: Calibration, byMass: Calibration): CalibrationFinding['verdict'] {
  const { gap } = byWidth;
  if (gap.low > 0 && gap.estimate >= GAP_LEAST) return 'over_confident';
  if (gap.high < 0 && gap.estimate <= -GAP_LEAST) return 'under_confident';
  const isBeyondChance = [byWidth, byMass].every(
    (each) => each.ece.estimate > each.eceByChance.high,
  );
  return isBeyondChance ? 'miscalibrated' : 'calibrated';
}

function wordsOf(answer: CalibrationFinding | Insufficient): string {
  if (answer.state !== 'answer') return answer.words;
  const { gap, accuracy, confidenceMean, ece, eceByChance, n } = answer.byWidth;
  const says = `says ${percent(confidenceMean)}, is right in ${percent(accuracy.estimate)} of ${n}`;
  const error = `ECE ${ece.estimate.toFixed(3)}, ${eceByChance.mean.toFixed(3)} by chance alone`;
  const points = `${(100 * Math.abs(gap.estimate)).toFixed(1)} points`;
  const between = [gap.low, gap.high]
    .map((end) => (100 * Math.abs(end)).toFixed(1))
    .toSorted((a, b) => Number(a) - Number(b))
    .join(' to ');
  switch (answer.verdict) {
    case 'over_confident':
      return `over-confident by ${points} (95 %: ${between}): ${says}; ${error}`;
    case 'under_confident':
      return `under-confident by ${points} (95 %: ${between}): ${says}; ${error}`;
    case 'miscalibrated':
      return `right on average, but not at each confidence: ${says}; ${error}`;
    default:
      return `no miscalibration found: ${says}; ${error}`;
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
