// spine report failures: which ways of failing there are, which one came up, who fails more than
// before, where runs break first, and what has never been seen before.
// Guarantees: the words of docs/failure-modes.md; a rise is told only beyond chance; below the
// floor it is insufficient data.
// Example: tellFailures(await askFailures(asking), asking)
import type {
  BlastRadiusRow,
  ErrorPoint,
  FailureModeRow,
  FailureNoveltyRow,
  FirstFailingStepRow,
} from '@agentspine/clickhouse/failure-queries';
import type { Finding, Report, Section } from '@agentspine/report/report';
import { counted, showValue } from '@agentspine/report/show-value';
import {
  firstSection,
  modesSection,
  noveltySection,
  radiusSection,
} from './report-failure-tables.ts';
import { risen, type Rate } from './report-rates.ts';
import type { Asked, Asking } from './report-asking.ts';
import { grouped, instantOf, lines, sumOf } from './report-series.ts';
import {
  insufficientWords,
  operationWords,
  part,
  shareZ,
  spanWords,
  TOLD_Z,
} from './report-words.ts';

export type FailureAnswers = {
  readonly modes: readonly FailureModeRow[];
  readonly byMode: readonly ErrorPoint[];
  readonly byAgent: readonly ErrorPoint[];
  readonly firstSteps: readonly FirstFailingStepRow[];
  readonly radius: readonly BlastRadiusRow[];
  readonly novelties: readonly FailureNoveltyRow[];
};

const SHOWN = 20;
const TOLD = 3;
const FLOOR = 200;
const DAYS_KNOWN = 28;
/** Fewer are in the table, not among what is told first. */
const NEW_FLOOR = 3;

export async function askFailures(asking: Asking): Promise<FailureAnswers> {
  const { range, comparing, recent, stepSeconds } = asking;
  const step = { step_seconds: stepSeconds };
  const [modes, byMode, byAgent, firstSteps, radius, novelties] = await Promise.all([
    asking.run('failure-modes', range),
    asking.run('error-series', { ...comparing, ...step, by: 'failure_mode' }),
    asking.run('error-series', { ...comparing, ...step, by: 'agent' }),
    asking.run('first-failing-step', range),
    asking.run('blast-radius', range),
    asking.run('failure-novelty', {
      ...range,
      since: new Date(recent.since),
      reference_days: DAYS_KNOWN,
    }),
  ]);
  return { modes, byMode, byAgent, firstSteps, radius, novelties };
}

export function tellFailures(answers: FailureAnswers, asked: Asked): Omit<Report, 'sources'> {
  const agents = agentShares(answers.byAgent, asked);
  const risenModes = risen(
    answers.byMode
      .filter(({ failures }) => failures > 0)
      .map(({ time, series, failures }) => ({ time, series, n: failures })),
    asked,
  );
  const run = answers.firstSteps[0]?.last_run_id ?? '';
  return {
    what: 'failures',
    title: 'Failures',
    scope: asked.scope,
    findings: findings(answers, agents, risenModes, asked),
    sections: [
      overTime(answers.byAgent, asked),
      modesSection(answers.modes),
      agentsSection(agents, asked),
      firstSection(answers.firstSteps),
      radiusSection(answers.radius),
      noveltySection(answers.novelties, asked),
    ],
    commands: run === '' ? [] : [`spine trace ${run}`],
  };
}

type AgentShare = {
  readonly agent_id: string;
  readonly operations: number;
  readonly failures: number;
  readonly share: number | null;
  readonly share_before: number | null;
  readonly verdict: 'more' | 'fewer' | 'as before' | 'insufficient data';
  readonly words: string;
};

function agentShares(points: readonly ErrorPoint[], { recent }: Asked): readonly AgentShare[] {
  return [...grouped(points, ({ series }) => series)]
    .filter(([agent]) => agent !== '')
    .map(([agent, group]): AgentShare => {
      const now = group.filter(({ time }) => instantOf(time) >= recent.since);
      const was = group.filter(({ time }) => instantOf(time) < recent.since);
      const n = sumOf(now, ({ operations }) => operations);
      const nBefore = sumOf(was, ({ operations }) => operations);
      const failures = sumOf(now, (point) => point.failures);
      const before = sumOf(was, (point) => point.failures);
      const few = Math.min(n, nBefore);
      const z = shareZ(failures, n, before, nBefore) ?? 0;
      const verdict =
        few < FLOOR
          ? 'insufficient data'
          : z > TOLD_Z
            ? 'more'
            : z < -TOLD_Z
              ? 'fewer'
              : 'as before';
      return {
        agent_id: agent,
        operations: n,
        failures,
        share: part(failures, n),
        share_before: part(before, nBefore),
        verdict,
        words: few < FLOOR ? insufficientWords(few, FLOOR, 'operations') : verdict,
      };
    })
    .toSorted((a, b) => b.failures - a.failures);
}

function findings(
  { modes, firstSteps, novelties }: FailureAnswers,
  agents: readonly AgentShare[],
  risenModes: readonly Rate[],
  asked: Asked,
): readonly Finding[] {
  const found: Finding[] = agents
    .filter(({ verdict }) => verdict === 'more')
    .map((agent) => ({
      tone: 'bad',
      text:
        `${agent.agent_id} fails more often: ${showValue(agent.share, 'share')} of its operations in the last ` +
        `${spanWords(asked.recent)}, ${showValue(agent.share_before, 'share')} in the ${spanWords(asked.before)} before.`,
    }));
  found.push(
    ...risenModes
      .slice(0, TOLD)
      .map((mode): Finding => ({ tone: 'bad', text: modeWords(mode, modes, asked) })),
    ...novelties
      .filter(({ novelty, failures }) => novelty === 'new' && failures >= NEW_FLOOR)
      .slice(0, TOLD)
      .map((row): Finding => ({ tone: 'warn', text: newWords(row) })),
  );
  const most = modes[0];
  if (most === undefined) {
    return [
      ...found,
      { tone: 'good', text: `Nothing failed in the last ${spanWords(asked.scope)}.` },
    ];
  }
  const total = sumOf(modes, ({ failures }) => failures);
  const first = firstSteps[0];
  return [
    ...found,
    {
      tone: 'plain',
      text: `${counted(total, 'failure')} in the last ${spanWords(asked.scope)}. Most often: ${most.failure_mode} (${showValue(most.share, 'share')}), most by ${whomOf(most)}.`,
    },
    ...(first === undefined
      ? []
      : [
          {
            tone: 'plain' as const,
            text: `Runs break first at ${operationWords(first.kind, first.subject)} of ${first.agent_id}: ${counted(first.runs, 'run')}, ${showValue(first.share, 'share')} of its runs in which something failed.`,
          },
        ]),
  ];
}

function modeWords(mode: Rate, modes: readonly FailureModeRow[], asked: Asked): string {
  const row = modes.find(({ failure_mode: name }) => name === mode.name);
  const whom = row === undefined ? '' : `, most by ${whomOf(row)}`;
  const factor = mode.factor === null ? 'never before' : showValue(mode.factor, 'factor');
  return `${mode.name} came up: ${showValue(mode.now, 'number')} times a day in the last ${spanWords(asked.recent)}, ${showValue(mode.before, 'number')} before (${factor})${whom}.`;
}

function whomOf({ top_agent: agent, top_subject: subject }: FailureModeRow): string {
  return subject === '' || subject === agent ? agent : `${agent} with ${subject}`;
}

function newWords(row: FailureNoveltyRow): string {
  return `New: ${row.agent_id} fails at ${operationWords(row.kind, row.subject)} with ${row.failure_mode || row.error_type}, ${counted(row.failures, 'time')}; nobody failed like this in what is stored of the ${DAYS_KNOWN} days before.`;
}

function overTime(points: readonly ErrorPoint[], asked: Asked): Section {
  const inSpan = points.filter(({ time }) => instantOf(time) >= asked.scope.since);
  const { times, series } = lines(inSpan, {
    stepMs: asked.stepSeconds * 1000,
    value: ({ failures }) => failures,
    weight: ({ failures }) => failures,
    isCount: true,
  });
  const total = sumOf(inSpan, ({ failures }) => failures);
  const operations = sumOf(inSpan, (point) => point.operations);
  return {
    id: 'over-time',
    title: 'Over time',
    text: times.length === 0 ? ['Nothing has happened in this time.'] : [],
    charts: [
      {
        is: 'bars',
        layout: 'upright',
        isStacked: true,
        title: 'Failures by agent',
        alt: `${showValue(total, 'count')} of ${showValue(operations, 'count')} operations failed (${showValue(part(total, operations), 'share')}).`,
        unit: 'count',
        categories: times,
        series,
      },
    ],
  };
}

function agentsSection(agents: readonly AgentShare[], asked: Asked): Section {
  return {
    id: 'agents',
    title: `By agent, the last ${spanWords(asked.recent)} against the ${spanWords(asked.before)} before`,
    table: {
      none: insufficientWords(0, FLOOR, 'operations'),
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'operations', title: 'operations', unit: 'count' },
        { key: 'failures', title: 'failures', unit: 'count' },
        { key: 'share_before', title: 'share before', unit: 'share' },
        { key: 'share', title: 'share', unit: 'share' },
        { key: 'words', title: '', unit: 'text' },
      ],
      rows: agents.slice(0, SHOWN),
    },
  };
}
