// An alert rule as it is in force: what is looked at, when it breaks, how long until somebody
// hears of it.
// Guarantees: made by parse-rules.ts alone, so every bound holds; durations are milliseconds.
// Example: { id: 'LATENCY-BURN', condition: { kind: 'slo_burn', … }, severity: 'critical', … }
import type { MetricName } from './metrics.ts';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Names of dimensions a rule may split by or filter on. */
export const DIMENSIONS = ['tenant', 'agent', 'version', 'environment', 'kind', 'subject'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** tenant, agent and so on, and what a rule adds. */
export type Labels = Readonly<Record<string, string>>;

/** One series as it was judged. */
export type Scope = {
  readonly by: readonly Dimension[];
  /** Only rows with exactly these values. */
  readonly where: Readonly<Partial<Record<Dimension, string>>>;
};

export const COMPARISONS = ['>', '>=', '<', '<='] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A value of a window against a bound; `clear` is the bound once it fires (hysteresis). */
export type Threshold = {
  readonly kind: 'threshold' | 'pipeline';
  readonly metric: MetricName;
  readonly windowMs: number;
  readonly comparison: Comparison;
  readonly bound: number;
  readonly clear: number;
  readonly minN: number;
  /** Of metric kpi_change. */
  readonly kpi: string;
  readonly better: 'higher' | 'lower';
};

export type BurnWindow = {
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
};

/** How fast the error budget of an objective goes, in two windows at once. */
export type SloBurn = {
  readonly kind: 'slo_burn';
  readonly sli: 'errors' | 'latency';
  /** Of sli latency: slower is bad. */
  readonly targetMs: number;
  readonly objective: number;
  readonly windows: readonly BurnWindow[];
  readonly minBad: number;
  readonly minTotal: number;
};

export const PERIODS = ['hour', 'day', 'week', 'month'] as const;

/** What was spent since the period began (UTC) against an amount. */
export type Budget = {
  readonly kind: 'budget';
  readonly measure: 'cost_usd' | 'tokens';
  readonly per: (typeof PERIODS)[number];
  readonly amount: number;
  /** Share of the amount at which it breaks. */
  readonly share: number;
};

export const DRIFT_STATES = ['warn', 'alert'] as const;

/** Results of the drift watch. */
export type Drift = {
  readonly kind: 'drift';
  readonly states: readonly (typeof DRIFT_STATES)[number][];
  /** Empty: all. */
  readonly dimensions: readonly string[];
  /** A result older than this is no data. */
  readonly windowMs: number;
};

/** Verdicts of policy rules, live ones. */
export type Violations = {
  readonly kind: 'violations';
  readonly windowMs: number;
  readonly minSeverity: Severity;
  readonly bound: number;
};

/** Nothing came for a window in which something came a day and a week before. */
export type Absence = {
  readonly kind: 'absence';
  readonly windowMs: number;
  /** Events in the same window a day and a week ago; with fewer, silence is normal. */
  readonly minN: number;
};

export type Condition = Threshold | SloBurn | Budget | Drift | Violations | Absence;
export const KINDS = [
  'threshold',
  'slo_burn',
  'budget',
  'drift',
  'violations',
  'absence',
  'pipeline',
] as const satisfies readonly Condition['kind'][];

export type Rule = {
  readonly id: string;
  readonly name: string;
  readonly severity: Severity;
  readonly scope: Scope;
  readonly condition: Condition;
  /** Broken for so long before it fires. */
  readonly forMs: number;
  /** Whole for so long before it is resolved. */
  readonly keepFiringForMs: number;
  /** Without data for so long, an open alert is resolved. */
  readonly resolveWithoutDataMs: number;
  readonly labels: Labels;
  /** What to do about it, a sentence. */
  readonly advice: string;
  readonly runbook: string;
  /** file:line. */
  readonly where: string;
};

export type RuleSet = { readonly rules: readonly Rule[]; readonly tests: readonly RuleTest[] };

export type TestSeries = {
  readonly of: Labels;
  /** Field → value per step; NaN where nothing came. */
  readonly values: ReadonlyMap<string, readonly number[]>;
};

export type ExpectedAlert = {
  readonly of: Labels;
  readonly state: 'pending' | 'firing' | 'resolved' | 'insufficient_data';
  readonly value?: number;
};

export type RuleTest = {
  readonly rule: string;
  readonly name: string;
  readonly stepMs: number;
  readonly series: readonly TestSeries[];
  readonly expect: readonly {
    readonly atMs: number;
    readonly alerts: readonly ExpectedAlert[];
    readonly where: string;
  }[];
  readonly where: string;
};
