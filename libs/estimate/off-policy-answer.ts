// Rows of the query `logged-decisions` and a policy to an answer: what it would have brought
// against what was, or why the log cannot tell.
// Guarantees: a log that was cut, waits for results or left rows out says so in the sentence; the
// doubly robust estimate is the one in words, the others stand beside it.
// Example: offPolicyAnswer(rows, always('refund_partial'), { name: 'refund_margin' }).words
import type { Insufficient } from './insufficient.ts';
import type { LoggedDecision, NamedPolicy } from './logged-decision.ts';
import { estimatePolicy, type OffPolicy, type OffPolicyOptions } from './off-policy.ts';

export type OffPolicyRow = LoggedDecision & {
  readonly unit: string;
  /** All that match, also beyond the rows' limit. */
  readonly decisions: number;
};

export type OffPolicyAnswer = {
  readonly answer: OffPolicy | Insufficient;
  /** What to know before acting on it. */
  readonly cautions: readonly string[];
  readonly words: string;
};

/** Above this share of missing results, what is known may not stand for what is not. */
const WAITING_MOST = 0.2;

export function offPolicyAnswer(
  rows: readonly OffPolicyRow[],
  target: NamedPolicy,
  options: OffPolicyOptions & { readonly name: string },
): OffPolicyAnswer {
  const units = [...new Set(rows.filter((row) => row.reward !== null).map((row) => row.unit))];
  const subject = `${options.name}, had it been ${target.words}`;
  if (units.length > 1) {
    const named = units.map((unit) => unit || 'no unit').join(' and ');
    const words = `insufficient data: rewards in ${named} cannot be averaged`;
    const answer: Insufficient = { state: 'insufficient_data', words, n: 1, needed: units.length };
    return { answer, cautions: [], words: `${subject}: ${words}` };
  }
  const answer = estimatePolicy(rows, target.policy, options);
  if (answer.state !== 'answer') {
    return { answer, cautions: [], words: `${subject}: ${answer.words}` };
  }
  const cautions = cautionsOf(answer, rows);
  const unit = units[0] === undefined || units[0] === '' ? '' : ` ${units[0]}`;
  const { doublyRobust: would, logged, lift, ess, n } = answer;
  const verdict =
    lift.low > 0 ? 'more' : lift.high < 0 ? 'less' : 'no difference can be told from chance';
  const words =
    `${subject}: ${shown(would.estimate)}${unit} per decision (95 %: ${shown(would.low)} to ` +
    `${shown(would.high)}) instead of ${shown(logged.estimate)}: ${verdict}; ` +
    `${Math.round(ess)} effective of ${n} decisions`;
  return { answer, cautions, words: [words, ...cautions].join('; ') };
}

function cautionsOf(answer: OffPolicy, rows: readonly OffPolicyRow[]): readonly string[] {
  const all = rows[0]?.decisions ?? rows.length;
  const cut = answer.weightMax > answer.clippedAt;
  return [
    ...(all > rows.length ? [`the log was cut to the newest ${rows.length} of ${all}`] : []),
    ...(answer.waiting > rows.length * WAITING_MOST
      ? [`${answer.waiting} of ${rows.length} decisions have no result yet`]
      : []),
    ...(answer.leftOut > 0
      ? [`${answer.leftOut} left out for missing or contradictory propensities`]
      : []),
    ...(answer.outOfScope > 0 ? [`${answer.outOfScope} are not in the policy's scope`] : []),
    ...(cut ? ['the clipped estimate is biased: some weights were cut'] : []),
  ];
}

function shown(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
