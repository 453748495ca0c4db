// What the worker adds to an event, and what the rules may look at beside the event itself.
// Filled by libs/enrich (Facts), libs/privacy (PiiFacts) and libs/policy (Verdict); flattened by
// governed-row.ts.
import type { AgentEvent } from './agent-event.ts';

/**
 * Business context of the agent, from the agent registry file; empty strings when the agent is not
 * registered.
 */
export type Business = {
  readonly registered: boolean;
  readonly owner: string;
  readonly team: string;
  readonly criticality: '' | 'low' | 'medium' | 'high' | 'critical';
  readonly cost_center: string;
  readonly kpi: string;
  /** read_only, read_write or empty when unknown. */
  readonly profile: '' | 'read_only' | 'read_write';
  /** Tools the agent may call; empty when nothing is declared. */
  readonly allowed_tools: readonly string[];
  readonly allowed_models: readonly string[];
  /**
   * Where data of this agent may be processed, as region prefixes; empty when nothing is declared.
   */
  readonly allowed_regions: readonly string[];
};

/** Computed from the event and the worker's files alone: equal inputs give equal facts. */
export type Facts = {
  readonly start_time: number;
  readonly duration_ns: number;
  readonly ingest_lag_us: number;
  /** Position of the event in its run, -1 when the producer did not say. */
  readonly seq: number;
  readonly cost_nano_usd: number;
  readonly cost_source: '' | 'producer' | 'price_table';
  readonly failure_mode: string;
  readonly business: Business;
};

/** What the detector found, by type (email, card, …); never the values. */
export type PiiFacts = {
  /** Type → number of values replaced, over the whole event. */
  readonly counts: Readonly<Record<string, number>>;
  /** Types found anywhere, sorted. */
  readonly labels: readonly string[];
  readonly input: readonly string[];
  readonly output: readonly string[];
};

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';
export type RuleStatus = 'shadow' | 'monitor' | 'enforce';
export type RuleAction = 'allow' | 'flag' | 'block' | 'escalate';

export type Verdict = {
  readonly rule_id: string;
  readonly rule_version: number;
  readonly severity: Severity;
  readonly status: RuleStatus;
  readonly action: RuleAction;
  readonly message: string;
};

/** What a rule's condition sees: the scrubbed event, the facts about it, and what was scrubbed. */
export type Judged = { readonly event: AgentEvent; readonly facts: Facts; readonly pii: PiiFacts };
