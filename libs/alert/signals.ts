// What a round asks of the world about it: the port between rules and the tables.
// Guarantees asked of an implementation: the same question has the same answer while the data are
// the same; nothing is changed by asking.
// Example: const samples = await signals.samples(rule, { nowMs, untilMs })
import type { Rule } from './rule.ts';
import type { Sample } from './sample.ts';

export type SignalTime = {
  readonly nowMs: number;
  /** The end of the windows: what is later may still be on its way. */
  readonly untilMs: number;
};

/** What an alert on an agent should carry. */
export type AgentContext = {
  readonly versions: readonly string[];
  readonly bundles: readonly string[];
  /** Worst first. */
  readonly runs: {
    readonly byErrors: readonly string[];
    readonly byDuration: readonly string[];
    readonly byCost: readonly string[];
  };
};

export type ContextRange = {
  readonly tenants: readonly string[];
  readonly agents: readonly string[];
  readonly sinceMs: number;
  readonly untilMs: number;
};

export interface Signals {
  /** p99 of arrival minus event time of what came lately; 0 where nothing came. */
  lagMs(nowMs: number): Promise<number>;
  /** One sample per series of the rule. */
  samples(rule: Rule, time: SignalTime): Promise<readonly Sample[]>;
  /** By `tenant/agent`. */
  context(range: ContextRange): Promise<ReadonlyMap<string, AgentContext>>;
}
