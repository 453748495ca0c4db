// What another decision would have brought: for each type of decision that was made by chance, each
// of its options taken always; or the refusal, in words.
// Guarantees: pure; the doubly robust estimate with its interval, beside what was; a log without
// chance, or with too little of it, gets words and no number.
// Example: judgePolicies([{ kpi, agent, log }])[0]?.words
import type { LoggedDecisionRow } from '@agentspine/clickhouse/decision-queries';
import type { Kpi } from '@agentspine/estimate/kpi-file';
import { always } from '@agentspine/estimate/logged-decision';
import { offPolicyAnswer, type OffPolicyAnswer } from '@agentspine/estimate/off-policy-answer';
import type { IntervalChart, Section, Unit } from '@agentspine/report/report';
import { showValue } from '@agentspine/report/show-value';
import type { LogAnswers } from './report-outcomes.ts';
import { grouped } from './report-series.ts';

const OPTIONS_MAX = 6;
const SHOWN = 24;
const CHARTS = 3;

export type JudgedPolicy = {
  readonly kpi: string;
  readonly unit: string;
  readonly agent: string;
  readonly type: string;
  readonly option: string;
  /** By the direction of the KPI. */
  readonly state: 'better' | 'worse' | 'no difference shown' | 'refused';
  readonly answer: OffPolicyAnswer['answer'];
  readonly words: string;
};

export function judgePolicies(logs: readonly LogAnswers[]): readonly JudgedPolicy[] {
  return logs.flatMap(({ kpi, agent, log }) =>
    [...grouped(log, ({ decision_type }) => decision_type)].flatMap(([type, rows]) => {
      const unit = kpi.measure === 'success' ? 'share' : kpi.unit;
      // A type that never had this result says nothing of it.
      if (rows.every(({ reward }) => reward === null)) return [];
      return optionsOf(rows).map((option): JudgedPolicy => {
        const { answer, words } = offPolicyAnswer(rows, always(option), { name: kpi.id });
        const head = { kpi: kpi.id, unit, agent, type, option, answer };
        return { ...head, state: stateOf(kpi, answer), words: `${agent}, ${type}: ${words}` };
      });
    }),
  );
}

/** Those that were open most often; one alone is no choice. */
function optionsOf(rows: readonly LoggedDecisionRow[]): readonly string[] {
  const seen = new Map<string, number>();
  for (const { alternatives } of rows) {
    for (const { label } of alternatives) seen.set(label, (seen.get(label) ?? 0) + 1);
  }
  const options = [...seen].toSorted(([, a], [, b]) => b - a).map(([label]) => label);
  return options.length < 2 ? [] : options.slice(0, OPTIONS_MAX);
}

function stateOf({ direction }: Kpi, answer: OffPolicyAnswer['answer']): JudgedPolicy['state'] {
  if (answer.state !== 'answer') return 'refused';
  const isMore = answer.lift.low > 0;
  if (!isMore && answer.lift.high >= 0) return 'no difference shown';
  return isMore === (direction === 'up') ? 'better' : 'worse';
}

export function policySection(policies: readonly JudgedPolicy[]): Section {
  return {
    id: 'other-decisions',
    title: 'What another decision would have brought',
    text: [
      'From decisions that were made by chance with known odds. Always one option, against what was decided.',
    ],
    charts: [...grouped(policies, ({ kpi, agent, type }) => `${kpi} of ${agent}, ${type}`)]
      .flatMap(([title, group]) => chartOf(title, group))
      .slice(0, CHARTS),
    table: {
      none: 'insufficient data: no decision names its options with their odds and has a result.',
      columns: [
        { key: 'agent', title: 'agent', unit: 'text' },
        { key: 'type', title: 'decision', unit: 'text' },
        { key: 'option', title: 'always', unit: 'text' },
        { key: 'kpi', title: 'KPI', unit: 'text' },
        { key: 'would', title: 'would bring', unit: 'number' },
        { key: 'low', title: '95 % from', unit: 'number', isMinor: true },
        { key: 'high', title: 'to', unit: 'number', isMinor: true },
        { key: 'was', title: 'was', unit: 'number' },
        { key: 'ess', title: 'effective n', unit: 'count' },
        { key: 'told', title: '', unit: 'text' },
      ],
      rows: policies.slice(0, SHOWN).map(({ answer, state, ...policy }) => ({
        ...policy,
        ...figuresOf(answer),
        told: answer.state === 'answer' ? state : answer.words,
      })),
    },
  };
}

function figuresOf(answer: OffPolicyAnswer['answer']) {
  if (answer.state !== 'answer')
    return { would: null, low: null, high: null, was: null, ess: null };
  const { doublyRobust, logged, ips, snips, clipped, ess } = answer;
  return {
    would: doublyRobust.estimate,
    low: doublyRobust.low,
    high: doublyRobust.high,
    was: logged.estimate,
    ess: Math.round(ess),
    ips: ips.estimate,
    snips: snips.estimate,
    clipped: clipped.estimate,
  };
}

function chartOf(title: string, group: readonly JudgedPolicy[]): readonly IntervalChart[] {
  const known = group.flatMap(({ option, answer, state }) =>
    answer.state === 'answer' ? [{ option, state, answer }] : [],
  );
  const first = known[0];
  if (first === undefined) return [];
  const { logged } = first.answer;
  const best = known.toSorted(
    (a, b) => b.answer.doublyRobust.estimate - a.answer.doublyRobust.estimate,
  )[0];
  const unit: Unit =
    group[0]?.unit === 'share' ? 'share' : group[0]?.unit === 'usd' ? 'usd' : 'number';
  return [
    {
      is: 'intervals',
      title,
      alt: `Highest: always ${best?.option}, ${showValue(best?.answer.doublyRobust.estimate, unit)}; as decided it was ${showValue(logged.estimate, unit)} (the line).`,
      unit,
      reference: logged.estimate,
      rows: [
        { label: 'as decided', value: logged.estimate, low: logged.low, high: logged.high },
        ...known.map(({ option, state, answer: { doublyRobust: would } }) => ({
          label: `always ${option}`,
          value: would.estimate,
          low: would.low,
          high: would.high,
          tone:
            state === 'worse'
              ? ('bad' as const)
              : state === 'better'
                ? ('good' as const)
                : ('plain' as const),
        })),
      ],
    },
  ];
}
