// spine report latency: what got slower, by how much, since when, and where the time of a run goes.
// Guarantees: an operation is called slower only where its p95 rose by a fifth or more and far more
// operations than chance would bring took longer than 95 % of those before; below the floor it is
// insufficient data.
// Example: tellLatency(await askLatency(asking), asking)
import type {
  CriticalPathByAgentRow,
  LatencyChangeRow,
  LatencyPoint,
} from '@agentspine/clickhouse/time-queries';
import type { Finding, LineChart, Report, Section } from '@agentspine/report/report';
import { showValue } from '@agentspine/report/show-value';
import { niceStep, type Asked, type Asking } from './report-asking.ts';
import { DRAWN, PATH_RUNS, pathSection, runsSection } from './report-latency-lines.ts';
import { lines } from './report-series.ts';
import {
  againstWords,
  insufficientWords,
  operationWords,
  shareZ,
  spanWords,
  TOLD_Z,
} from './report-words.ts';

export type LatencyAnswers = {
  readonly changes: readonly LatencyChangeRow[];
  /** p50, p95 and p99 of the operation that got slower most; empty where none did. */
  readonly worst: readonly LatencyPoint[];
  /** Of whole runs, by agent. */
  readonly runs: readonly LatencyPoint[];
  readonly paths: readonly CriticalPathByAgentRow[];
  /** Seconds of a step in each of the lines. */
  readonly runsStep: number;
  readonly worstStep: number;
};

/** A p95 of fewer is whatever came last. */
const STEP_OPERATIONS = 20;
const FLOOR = 100;
const FLOOR_BEFORE = 300;
const SLOWER = 1.2;
const P95_SHARE = 0.05;
const TOLD = 5;
const SHOWN = 20;

type Change = LatencyChangeRow & {
  readonly what: string;
  readonly verdict: 'slower' | 'faster' | 'as before' | 'new' | 'gone' | 'insufficient data';
  readonly factor: number | null;
  readonly words: string;
};

export async function askLatency(asking: Asking): Promise<LatencyAnswers> {
  const { comparing, range, recent } = asking;
  const [changes, paths] = await Promise.all([
    asking.run('latency-change', { ...comparing, split: new Date(recent.since) }),
    asking.run('critical-path-by-agent', { ...range, limit: PATH_RUNS }),
  ]);
  const agents = changes.filter(({ kind }) => kind === 'agent_run').slice(0, DRAWN);
  const runsStep = stepFor(Math.min(...agents.map(({ operations }) => operations)), asking);
  const runs = await asking.run('latency-series', {
    ...range,
    by: 'agent',
    kind: 'agent_run',
    step_seconds: runsStep,
  });
  const first = slowed(judge(changes))[0];
  const worstStep = stepFor(first?.operations ?? 0, asking);
  const steps = { runsStep, worstStep };
  if (first === undefined) return { changes, worst: [], runs, paths, ...steps };
  const { agent_id: agent, kind, subject } = first;
  const narrow = { agent, kind, subject, step_seconds: worstStep };
  const worst = await asking.run('latency-series', { ...range, ...narrow });
  return { changes, worst, runs, paths, ...steps };
}

/** A step long enough that a percentile in it means something. */
function stepFor(operations: number, { recent, stepSeconds }: Asked): number {
  const needed = ((recent.until - recent.since) / 1000 / Math.max(operations, 1)) * STEP_OPERATIONS;
  return niceStep(Math.min(Math.max(stepSeconds, needed), 86_400));
}

export function tellLatency(answers: LatencyAnswers, asked: Asked): Omit<Report, 'sources'> {
  const changes = judge(answers.changes);
  const slower = slowed(changes);
  return {
    what: 'latency',
    title: 'Latency',
    scope: asked.scope,
    findings: findings(changes, slower, asked),
    sections: [
      ...worstSection(answers, slower[0], asked),
      changesSection(changes, asked),
      runsSection(answers, asked),
      pathSection(answers.paths),
    ],
    commands: [
      ...(slower[0] === undefined
        ? []
        : [`spine report latency --agent ${slower[0].agent_id} --since ${asked.since}`]),
      'spine trace latest',
    ],
  };
}

export function judge(rows: readonly LatencyChangeRow[]): readonly Change[] {
  return rows.map((row) => {
    const what = operationWords(row.kind, row.subject);
    const { p95_ms: now, p95_before_ms: before } = row;
    const factor = now !== null && before !== null && before > 0 ? now / before : null;
    return { ...row, what, factor, ...verdictOf(row, factor) };
  });
}

function verdictOf(
  row: LatencyChangeRow,
  factor: number | null,
): Pick<Change, 'verdict' | 'words'> {
  const { operations: n, operations_before: before } = row;
  if (n === 0) return { verdict: 'gone', words: 'not called lately' };
  if (before === 0) return { verdict: 'new', words: 'new' };
  if (n < FLOOR || before < FLOOR_BEFORE || factor === null) {
    const isNow = n < FLOOR;
    return {
      verdict: 'insufficient data',
      words: insufficientWords(
        isNow ? n : before,
        isNow ? FLOOR : FLOOR_BEFORE,
        isNow ? 'now' : 'before',
      ),
    };
  }
  const z = shareZ((row.slower_share ?? 0) * n, n, P95_SHARE * before, before) ?? 0;
  if (factor >= SLOWER && z > TOLD_Z) return { verdict: 'slower', words: 'slower' };
  if (factor <= 1 / SLOWER && z < 0) return { verdict: 'faster', words: 'faster' };
  return { verdict: 'as before', words: 'as before' };
}

/** Most first; what a run calls before the run itself, which is slow because of it. */
function slowed(changes: readonly Change[]): readonly Change[] {
  const isRun = ({ kind }: Change): number => (kind === 'agent_run' ? 1 : 0);
  return changes
    .filter(({ verdict }) => verdict === 'slower')
    .toSorted((a, b) => isRun(a) - isRun(b) || (b.factor ?? 0) - (a.factor ?? 0));
}

function findings(
  changes: readonly Change[],
  slower: readonly Change[],
  asked: Asked,
): readonly Finding[] {
  if (changes.length === 0) {
    return [{ tone: 'plain', text: 'insufficient data: no operation has ended in this time.' }];
  }
  const told: Finding[] = slower.slice(0, TOLD).map((change) => ({
    tone: 'bad',
    text:
      `${change.agent_id}: ${change.what} got slower. p95 went from ${showValue(change.p95_before_ms, 'ms')} in the ` +
      `${spanWords(asked.before)} before to ${showValue(change.p95_ms, 'ms')} in the last ${spanWords(asked.recent)} ` +
      `(${showValue(change.factor, 'factor')}); ${showValue(change.slower_share, 'share')} of ` +
      `${showValue(change.operations, 'count')} took longer than 95 % of those before.`,
  }));
  if (slower.length > TOLD) {
    told.push({ tone: 'warn', text: `${slower.length - TOLD} more operations got slower.` });
  }
  return [...told, restFinding(changes, slower.length, asked)];
}

function restFinding(changes: readonly Change[], slower: number, asked: Asked): Finding {
  const judged = changes.filter(({ verdict }) =>
    ['slower', 'faster', 'as before'].includes(verdict),
  );
  const few = changes.filter(({ verdict }) => verdict === 'insufficient data');
  const faster = judged.filter(({ verdict }) => verdict === 'faster').length;
  if (judged.length === 0) {
    const most = few.toSorted((a, b) => b.operations - a.operations)[0];
    const words = most?.words ?? insufficientWords(0, FLOOR, 'now');
    return {
      tone: 'plain',
      text: `Nothing can be compared ${againstWords(asked)}: of the operation seen most, ${words}.`,
    };
  }
  const parts = [
    `${judged.length - slower - faster} of ${judged.length} operations take as long as before`,
    ...(faster > 0 ? [`${faster} less`] : []),
    ...(few.length > 0 ? [`of ${few.length} others there is insufficient data to say`] : []),
  ];
  return { tone: slower === 0 ? 'good' : 'plain', text: `${parts.join(', ')}.` };
}

function worstSection(
  { worst: points, worstStep }: LatencyAnswers,
  worst: Change | undefined,
  asked: Asked,
): readonly Section[] {
  if (worst === undefined || points.length === 0) return [];
  const stepMs = worstStep * 1000;
  const line = (name: string, value: (point: LatencyPoint) => number) => {
    const drawn = lines(points, { stepMs, value, weight: () => 1 });
    return { times: drawn.times, series: { name, values: drawn.series[0]?.values ?? [] } };
  };
  const all = [
    line('p50', ({ p50_ms }) => p50_ms),
    line('p95', ({ p95_ms }) => p95_ms),
    line('p99', ({ p99_ms }) => p99_ms),
  ];
  const chart: LineChart = {
    is: 'line',
    title: `${worst.agent_id}: ${worst.what}`,
    alt: `Half take up to ${showValue(worst.p50_ms, 'ms')} now and took ${showValue(worst.p50_before_ms, 'ms')} before; p95 went from ${showValue(worst.p95_before_ms, 'ms')} to ${showValue(worst.p95_ms, 'ms')}.`,
    unit: 'ms',
    times: all[0]?.times ?? [],
    series: all.map(({ series }) => series),
    marks: [{ time: asked.recent.since, text: `the last ${spanWords(asked.recent)}` }],
  };
  return [{ id: 'slowest-change', title: 'What got slower most', charts: [chart] }];
}

function changesSection(changes: readonly Change[], asked: Asked): Section {
  const rank = ({ verdict }: Change): number =>
    ['slower', 'faster', 'as before', 'new', 'insufficient data', 'gone'].indexOf(verdict);
  const rows = changes.toSorted(
    (a, b) => rank(a) - rank(b) || (b.factor ?? 0) - (a.factor ?? 0) || b.operations - a.operations,
  );
  return {
    id: 'changes',
    title: `Operations, ${againstWords(asked)}`,
    text:
      rows.length > SHOWN
        ? [`${SHOWN} of ${rows.length}; the others are in --json and \`spine sql\` on v_latency.`]
        : [],
    table: {
      none: insufficientWords(0, FLOOR, 'operations'),
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'what', title: 'operation', unit: 'text' },
        { key: 'operations', title: 'calls', unit: 'count' },
        { key: 'p50_before_ms', title: 'p50 before', unit: 'ms', isMinor: true },
        { key: 'p50_ms', title: 'p50', unit: 'ms', isMinor: true },
        { key: 'p95_before_ms', title: 'p95 before', unit: 'ms' },
        { key: 'p95_ms', title: 'p95', unit: 'ms' },
        { key: 'factor', title: 'change', unit: 'factor' },
        { key: 'words', title: '', unit: 'text' },
      ],
      rows: rows.slice(0, SHOWN),
    },
  };
}
