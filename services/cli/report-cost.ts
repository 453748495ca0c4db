// spine report cost: what it costs, which agent costs more than before and why, and where money
// leaks: retries, loops, context that is sent again.
// Guarantees: own usage only, nothing counted twice; a rise is told per run, so that more work is
// not taken for a leak.
// Example: tellCost(await askCost(asking), asking)
import type { CostPoint, WasteRow } from '@agentspine/clickhouse/cost-queries';
import type { CostRow } from '@agentspine/clickhouse/query-rows';
import type { Finding, Report, Section } from '@agentspine/report/report';
import { showValue } from '@agentspine/report/show-value';
import { niceStep, type Asked, type Asking } from './report-asking.ts';
import {
  costPerRun,
  dearerWords,
  isSure,
  leaksOf,
  leakWords,
  RUNS_FLOOR,
  type PerRun,
  type SpentAnswers,
} from './report-cost-leaks.ts';
import { grouped, instantOf, lines, sumOf } from './report-series.ts';
import { insufficientWords, operationWords, part, spanWords } from './report-words.ts';

export type CostAnswers = SpentAnswers & {
  readonly rows: readonly CostRow[];
  readonly waste: readonly WasteRow[];
};

const SHOWN = 25;
const WASTE_SHOWN = 12;
const DEARER = 1.5;
/** Of an agent's cost; below it nobody would act. */
const LEAK_SHARE = 0.1;
/** And of the cost of all. */
const TOTAL_SHARE = 0.01;
const HOUR_SECONDS = 3_600;
export async function askCost(asking: Asking): Promise<CostAnswers> {
  const { comparing, range, recent } = asking;
  const [byAgent, rows, waste, runs] = await Promise.all([
    asking.run('cost-series', { ...comparing, by: 'agent', step_seconds: asking.stepSeconds }),
    asking.run('cost', range),
    asking.run('waste', range),
    asking.run('latency-change', {
      ...comparing,
      kind: 'agent_run',
      split: new Date(recent.since),
    }),
  ]);
  return { byAgent, rows, waste, runs };
}

export function tellCost(answers: CostAnswers, asked: Asked): Omit<Report, 'sources'> {
  const perRun = costPerRun(answers, asked);
  return {
    what: 'cost',
    title: 'Cost',
    scope: asked.scope,
    findings: findings(answers, perRun, asked),
    sections: [
      overTime(answers.byAgent, asked),
      perRunSection(perRun, asked),
      wasteSection(answers.waste),
      tableSection(answers.rows),
    ],
    commands: ['spine report failures', ...leakCommands(answers.waste)],
  };
}

function findings(
  { rows, waste }: CostAnswers,
  perRun: readonly PerRun[],
  asked: Asked,
): readonly Finding[] {
  const total = sumOf(rows, ({ cost_usd }) => cost_usd);
  if (rows.length === 0) {
    return [
      {
        tone: 'plain',
        text: `insufficient data: nothing was spent in the last ${spanWords(asked.scope)}.`,
      },
    ];
  }
  const dearer = perRun.filter(({ factor, words }) => words === '' && (factor ?? 0) >= DEARER);
  const leaks = leaksOf(waste);
  const found: Finding[] = dearer
    .toSorted((a, b) => (b.factor ?? 0) - (a.factor ?? 0))
    .map((agent) => ({ tone: 'bad', text: dearerWords(agent, asked) }));
  found.push(
    ...leaks
      .filter(
        ({ cost_share: share, cost_usd: cost }) =>
          share >= LEAK_SHARE && cost >= total * TOTAL_SHARE,
      )
      .slice(0, 3)
      .map((leak): Finding => ({ tone: 'warn', text: leakWords(leak) })),
  );
  const all = sumOf(waste.filter(isSure), ({ cost_usd }) => cost_usd);
  found.push({
    tone: found.length === 0 ? 'good' : 'plain',
    text: `${showValue(total, 'usd')} in the last ${spanWords(asked.scope)}, the most for ${topOf(rows)}; ${showValue(all, 'usd')} (${showValue(part(all, total), 'share')}) of it for retries and loops.`,
  });
  return found;
}

function leakCommands(waste: readonly WasteRow[]): readonly string[] {
  const run = leaksOf(waste)[0]?.top.last_run_id;
  return run === undefined || run === '' ? [] : [`spine trace ${run}`];
}

function topOf(rows: readonly CostRow[]): string {
  const agents = [...grouped(rows, ({ agent_id }) => agent_id)].map(([agent, group]) => ({
    agent,
    cost: sumOf(group, ({ cost_usd }) => cost_usd),
  }));
  const first = agents.toSorted((a, b) => b.cost - a.cost)[0];
  return `${first?.agent ?? ''} (${showValue(first?.cost, 'usd')})`;
}

function overTime(points: readonly CostPoint[], asked: Asked): Section {
  const span = (asked.scope.until - asked.scope.since) / 1000;
  const stepMs = niceStep(Math.max(asked.stepSeconds, Math.min(span / 56, 86_400))) * 1000;
  const inSpan = points
    .filter(({ time }) => instantOf(time) >= asked.scope.since)
    .map((point) => ({ ...point, time: floored(point.time, stepMs) }));
  const summed = [...grouped(inSpan, ({ time, series }) => `${time}\n${series}`).values()].flatMap(
    (group) => {
      const [first] = group;
      return first === undefined
        ? []
        : [{ ...first, cost_usd: sumOf(group, ({ cost_usd }) => cost_usd) }];
    },
  );
  const { times, series } = lines(summed, {
    stepMs,
    value: ({ cost_usd }) => cost_usd,
    weight: ({ cost_usd }) => cost_usd,
    isCount: true,
  });
  const hours = stepMs / 1000 / HOUR_SECONDS;
  const peak = summed.toSorted((a, b) => b.cost_usd - a.cost_usd)[0];
  return {
    id: 'over-time',
    title: 'Over time',
    text: times.length === 0 ? ['Nothing was spent in this time.'] : [],
    charts: [
      {
        is: 'bars',
        layout: 'upright',
        isStacked: true,
        title: `Cost by agent, a bar for ${showValue(hours, 'number')} h`,
        alt:
          peak === undefined
            ? 'None.'
            : `Most at ${peak.time.slice(0, 16)}: ${peak.series}, ${showValue(peak.cost_usd, 'usd')}.`,
        unit: 'usd',
        categories: times,
        series,
      },
    ],
  };
}

function floored(time: string, stepMs: number): string {
  const at = Math.floor(instantOf(time) / stepMs) * stepMs;
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

function perRunSection(rows: readonly PerRun[], asked: Asked): Section {
  return {
    id: 'per-run',
    title: `Cost of a run in the last ${spanWords(asked.recent)}, against the ${spanWords(asked.before)} before`,
    table: {
      none: insufficientWords(0, RUNS_FLOOR, 'runs'),
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'runs', title: 'runs', unit: 'count' },
        { key: 'cost_usd', title: 'cost', unit: 'usd' },
        { key: 'per_run_before', title: 'a run before', unit: 'usd' },
        { key: 'per_run', title: 'a run', unit: 'usd' },
        { key: 'factor', title: 'change', unit: 'factor' },
        { key: 'tokens_per_run_before', title: 'tokens before', unit: 'count', isMinor: true },
        { key: 'tokens_per_run', title: 'tokens', unit: 'count', isMinor: true },
        { key: 'words', title: '', unit: 'text' },
      ],
      rows: rows.slice(0, SHOWN),
    },
  };
}

function wasteSection(waste: readonly WasteRow[]): Section {
  return {
    id: 'waste',
    title: 'What was for nothing',
    text: [
      'Context sent again is told from token counts: an upper bound of what a cache could have saved.',
    ],
    table: {
      none: 'No retry, no loop, no context sent again.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'why', title: 'why', unit: 'text' },
        { key: 'what', title: 'operation', unit: 'text' },
        { key: 'n', title: 'times', unit: 'count' },
        { key: 'tokens', title: 'tokens', unit: 'count' },
        { key: 'cost_usd', title: 'cost', unit: 'usd' },
        { key: 'cost_share', title: 'of its cost', unit: 'share' },
        { key: 'cost', title: '', unit: 'bar', isMinor: true },
      ],
      rows: waste.slice(0, WASTE_SHOWN).map((row) => ({
        ...row,
        why: row.waste.replaceAll('_', ' '),
        what: operationWords(row.kind, row.subject),
        cost: row.cost_usd,
      })),
    },
  };
}

function tableSection(rows: readonly CostRow[]): Section {
  return {
    id: 'cost',
    title: 'By agent and model',
    table: {
      none: 'Nothing was spent.',
      columns: [
        { key: 'agent_id', title: 'agent', unit: 'text' },
        { key: 'model', title: 'model', unit: 'text' },
        { key: 'calls', title: 'calls', unit: 'count' },
        { key: 'input_tokens', title: 'tokens in', unit: 'count' },
        { key: 'output_tokens', title: 'tokens out', unit: 'count' },
        { key: 'cache_read_tokens', title: 'from cache', unit: 'count', isMinor: true },
        { key: 'cost_usd', title: 'cost', unit: 'usd' },
        { key: 'bar', title: '', unit: 'bar', isMinor: true },
      ],
      rows: rows.slice(0, SHOWN).map((row) => ({ ...row, bar: row.cost_usd })),
    },
  };
}
