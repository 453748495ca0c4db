// What a run costs now and before, and what of it was for nothing, in numbers and in words.
// Guarantees: pure; a rise is counted per run, so that more work is not taken for a leak; what is
// told from token counts alone is called an upper bound.
// Example: leaksOf(waste)[0] // the dearest, over operations
import type { CostPoint, WasteRow } from '@agentspine/clickhouse/cost-queries';
import type { LatencyChangeRow } from '@agentspine/clickhouse/time-queries';
import { counted, showValue } from '@agentspine/report/show-value';
import type { Asked } from './report-asking.ts';
import { grouped, instantOf, sumOf } from './report-series.ts';
import { insufficientWords, operationWords, part, spanWords } from './report-words.ts';

export const RUNS_FLOOR = 30;
const WASTE_WORDS: Readonly<Record<WasteRow['waste'], string>> = {
  retry: 'second and later tries',
  loop: 'the same again, for the third time or more in a run',
  repeated_context: 'context sent again',
};

export type SpentAnswers = {
  readonly byAgent: readonly CostPoint[];
  /** Runs of each agent since, and before. */
  readonly runs: readonly LatencyChangeRow[];
};

export type PerRun = {
  readonly agent_id: string;
  readonly runs: number;
  readonly runs_before: number;
  readonly cost_usd: number;
  readonly per_run: number | null;
  readonly per_run_before: number | null;
  readonly tokens_per_run: number | null;
  readonly tokens_per_run_before: number | null;
  readonly factor: number | null;
  readonly words: string;
};

export function costPerRun({ byAgent, runs }: SpentAnswers, { recent }: Asked): readonly PerRun[] {
  const groups = grouped(byAgent, ({ series }) => series);
  return [...groups]
    .map(([agent, points]): PerRun => {
      const counts = runs.find(({ agent_id }) => agent_id === agent);
      const n = counts?.operations ?? 0;
      const before = counts?.operations_before ?? 0;
      const now = points.filter(({ time }) => instantOf(time) >= recent.since);
      const was = points.filter(({ time }) => instantOf(time) < recent.since);
      const cost = sumOf(now, ({ cost_usd }) => cost_usd);
      const perRun = part(cost, n);
      const perRunBefore = part(
        sumOf(was, ({ cost_usd }) => cost_usd),
        before,
      );
      const few = n < RUNS_FLOOR ? n : before < RUNS_FLOOR ? before : undefined;
      return {
        agent_id: agent,
        runs: n,
        runs_before: before,
        cost_usd: cost,
        per_run: perRun,
        per_run_before: perRunBefore,
        tokens_per_run: tokensPerRun(now, n),
        tokens_per_run_before: tokensPerRun(was, before),
        factor: perRun !== null && perRunBefore !== null ? part(perRun, perRunBefore) : null,
        words: few === undefined ? '' : insufficientWords(few, RUNS_FLOOR, 'runs'),
      };
    })
    .toSorted((a, b) => b.cost_usd - a.cost_usd);
}

function tokensPerRun(points: readonly CostPoint[], runs: number): number | null {
  return runs > 0 ? Math.round(sumOf(points, tokensOf) / runs) : null;
}

function tokensOf({ input_tokens: input, output_tokens: output }: CostPoint): number {
  return input + output;
}

export function dearerWords(agent: PerRun, asked: Asked): string {
  const tokens = part(agent.tokens_per_run ?? 0, agent.tokens_per_run_before ?? 0);
  return (
    `${agent.agent_id}: a run costs ${showValue(agent.per_run, 'usd')} in the last ${spanWords(asked.recent)}, ` +
    `${showValue(agent.per_run_before, 'usd')} in the ${spanWords(asked.before)} before (${showValue(agent.factor, 'factor')}); ` +
    `it takes ${showValue(agent.tokens_per_run, 'count')} tokens, ${showValue(tokens, 'factor')} as many.`
  );
}

/** What is counted from tokens alone is an upper bound, and told as such. */
export function isSure({ waste }: WasteRow): boolean {
  return waste !== 'repeated_context';
}

export type Leak = Pick<
  WasteRow,
  'waste' | 'agent_id' | 'n' | 'runs' | 'cost_usd' | 'cost_share' | 'tokens'
> & {
  readonly top: WasteRow;
};

/** By agent and kind of waste, over operations; dearest first. */
export function leaksOf(waste: readonly WasteRow[]): readonly Leak[] {
  return [...grouped(waste, ({ agent_id, waste: kind }) => `${agent_id}\n${kind}`).values()]
    .flatMap((group) => {
      const top = group[0];
      if (top === undefined) return [];
      return {
        waste: top.waste,
        agent_id: top.agent_id,
        n: sumOf(group, ({ n }) => n),
        runs: sumOf(group, ({ runs }) => runs),
        tokens: sumOf(group, ({ tokens }) => tokens),
        cost_usd: sumOf(group, ({ cost_usd }) => cost_usd),
        cost_share: Math.min(
          1,
          sumOf(group, ({ cost_share }) => cost_share),
        ),
        top,
      };
    })
    .toSorted((a, b) => Number(isSure(b.top)) - Number(isSure(a.top)) || b.cost_usd - a.cost_usd);
}

export function leakWords(leak: Leak): string {
  const most = leak.waste === 'repeated_context' ? 'up to ' : '';
  return (
    `${leak.agent_id} leaks ${most}${showValue(leak.cost_usd, 'usd')}, ${showValue(leak.cost_share, 'share')} of what it costs, ` +
    `through ${WASTE_WORDS[leak.waste]}: ${counted(leak.n, 'operation')} in ${counted(leak.runs, 'run')}, ` +
    `${showValue(leak.tokens, 'count')} tokens, most at ${operationWords(leak.top.kind, leak.top.subject)}.`
  );
}
