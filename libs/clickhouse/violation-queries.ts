// Questions about broken rules: by rule, agent and severity, live beside shadow, and over time.
// Guarantees: a rule on trial (shadow) is never counted as a finding.
// Example: await runQuery(ch, 'violations-series', { since, until, by: 'severity' })
import type { Range } from './query.ts';

export type ViolationByRuleRow = {
  readonly rule_id: string;
  readonly agent_id: string;
  readonly severity: string;
  /** info 1 to critical 5. */
  readonly severity_rank: number;
  readonly live: number;
  readonly shadow: number;
  /** Of live: the rule asks to block. */
  readonly blocking: number;
  readonly live_runs: number;
  readonly shadow_runs: number;
  /** Newest version of the rule that matched. */
  readonly rule_version: number;
  readonly first_time: string;
  readonly last_time: string;
  readonly message: string;
  readonly last_run_id: string;
};

export type ViolationPoint = {
  readonly time: string;
  readonly series: string;
  readonly live: number;
  readonly shadow: number;
};

export type ViolationQueries = {
  'violations-by-rule': { params: Range; row: ViolationByRuleRow };
  'violations-series': {
    params: Range & {
      readonly step_seconds?: number;
      readonly by?: 'all' | 'agent' | 'rule' | 'severity';
    };
    row: ViolationPoint;
  };
};

export const VIOLATION_QUERIES = [
  'violations-by-rule',
  'violations-series',
] as const satisfies readonly (keyof ViolationQueries)[];
