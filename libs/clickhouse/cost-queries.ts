// Questions about money: what it costs over time, and what of it was for nothing.
// Guarantees: own usage only, so that nothing is counted twice; dollars in the name.
// Example: await runQuery(ch, 'waste', { since, until, agent: 'ops-runbook' })
import type { Range } from './query.ts';
import type { Series } from './time-queries.ts';

export type CostPoint = {
  readonly time: string;
  readonly series: string;
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cost_usd: number;
};

/**
 * retry: a second or later try. loop: the same operation with the same input for the third time or
 * more in one run. repeated_context: input tokens that the call before in the same run had sent
 * already and no cache served; their cost is their share of the call's tokens, an upper bound.
 */
export type WasteKind = 'retry' | 'loop' | 'repeated_context';

export type WasteRow = {
  readonly waste: WasteKind;
  readonly agent_id: string;
  readonly kind: string;
  readonly subject: string;
  /** Operations that were for nothing, or carried what was. */
  readonly n: number;
  readonly runs: number;
  readonly tokens: number;
  readonly cost_usd: number;
  readonly time_ms: number;
  /** Of the agent's cost in the range, 0 to 1. */
  readonly cost_share: number;
  readonly last_run_id: string;
};

export type CostQueries = {
  waste: { params: Range; row: WasteRow };
  'cost-series': {
    params: Series & { readonly by?: 'all' | 'agent' | 'subject' | 'version' };
    row: CostPoint;
  };
};

export const COST_QUERIES = [
  'waste',
  'cost-series',
] as const satisfies readonly (keyof CostQueries)[];
