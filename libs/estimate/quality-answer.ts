// Rows of the query `decision-quality` to shares with intervals: what is judged, overruled,
// abstained from, and decided without evidence.
// Guarantees: shares of a handful say so; waiting and contradictory decisions are counted, never
// taken for right or wrong.
// Example: qualityAnswer(row).words → 'claims-adjuster: 812 of 1,000 decisions judged, …'
import { insufficient, type Insufficient } from './insufficient.ts';
import { wilson, type Interval } from './interval.ts';

export type QualityRow = {
  readonly agent_id: string;
  readonly confidence_kind: string;
  readonly decisions: number;
  readonly runs: number;
  readonly judged: number;
  readonly correct: number;
  readonly waiting: number;
  readonly conflicts: number;
  readonly reviewed: number;
  readonly overridden: number;
  readonly abstained: number;
  readonly abstained_judged: number;
  readonly abstained_correct: number;
  readonly without_evidence: number;
};

export type Share = Interval | Insufficient;

export type QualityAnswer = {
  readonly accuracy: Share;
  /** Of all decisions: what nobody looked at was not overruled. */
  readonly overridden: Share;
  /** Of those a person looked at and said so; where only overrides are reported this is 1. */
  readonly overriddenOfReviewed: Share;
  readonly withoutEvidence: Share;
  readonly abstained: Share;
  /** How often handing over was right, of the abstentions that were judged. */
  readonly abstainedRightly: Share;
  readonly words: string;
};

const FLOOR = 30;

export function qualityAnswer(row: QualityRow, floor = FLOOR): QualityAnswer {
  // Runs stand for independent cases in every share.
  const perRun = row.decisions > 0 ? Math.min(1, row.runs / row.decisions) : 1;
  const share = (hits: number, n: number): Share =>
    n < floor ? insufficient(n, floor) : wilson(hits, n, Math.max(1, Math.round(n * perRun)));
  const parts = [
    `${row.judged} of ${row.decisions} decisions judged`,
    ...(row.judged > 0 ? [`right in ${said(share(row.correct, row.judged))}`] : []),
    ...(row.waiting > 0 ? [`${row.waiting} wait for a result`] : []),
    ...(row.conflicts > 0
      ? [`${row.conflicts} left out because their results contradict each other`]
      : []),
    ...(row.reviewed > 0
      ? [
          `people reviewed ${row.reviewed} and overruled ${row.overridden}, ` +
            `${said(share(row.overridden, row.decisions))} of all`,
        ]
      : []),
    `${row.without_evidence} name no evidence`,
  ];
  return {
    accuracy: share(row.correct, row.judged),
    overridden: share(row.overridden, row.decisions),
    overriddenOfReviewed: share(row.overridden, row.reviewed),
    withoutEvidence: share(row.without_evidence, row.decisions),
    abstained: share(row.abstained, row.decisions),
    abstainedRightly: share(row.abstained_correct, row.abstained_judged),
    words: `${row.agent_id}: ${parts.join(', ')}`,
  };
}

function said(share: Share): string {
  if ('state' in share) return `(${share.words})`;
  const percent = (value: number): string => (100 * value).toFixed(1);
  return `${percent(share.estimate)} % (95 %: ${percent(share.low)} to ${percent(share.high)})`;
}
