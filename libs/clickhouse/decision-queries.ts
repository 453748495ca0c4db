// Parameters and rows of the questions about decisions and business results: calibration, accuracy,
// overrides, evidence, KPIs, and the log that off-policy estimates read.
// Guarantees: as query-rows.ts; sums are exact, so that answers are computed from them without a
// second look at the events (@agentspine/estimate).
// Example: const rows: CalibrationRow[] = await runQuery(ch, 'calibration', { since, until })

/** Whose decisions, when decided, and how long a result may come after one. */
export type DecisionRange = {
  readonly tenant?: string;
  readonly agent?: string;
  readonly since: Date;
  readonly until: Date;
  readonly limit?: number;
  /** Attribution window: days in which a result counts for a decision. Default 30. */
  readonly days?: number;
  /** Judge right and wrong by this KPI alone. Default: by the agent's own KPI first. */
  readonly kpi?: string;
};

/** What a KPI definition (infra/kpis) asks for. */
export type KpiParams = Omit<DecisionRange, 'kpi'> & {
  readonly kind: 'outcome' | 'evaluation' | 'feedback';
  /** KPI of the outcome, name of the evaluation, type of the feedback. */
  readonly name: string;
  /** Default value. */
  readonly measure?: 'value' | 'success' | 'count';
  /** Several results of one decision: the latest (default), or their sum. */
  readonly combine?: 'last' | 'sum';
  /** Default: all. */
  readonly environments?: readonly string[];
};

export type KpiSlice =
  | 'agent_version'
  | 'policy_bundle'
  | 'model'
  | 'environment'
  | 'prompt_version'
  | 'decision_type'
  | 'decision_chosen';

/** One bin of confidence of one agent and kind. */
export type CalibrationRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly confidence_kind: string;
  readonly binning: 'width' | 'mass';
  /** 0 to 19. */
  readonly bin: number;
  readonly n: number;
  readonly runs: number;
  readonly correct: number;
  readonly confidence_sum: number;
  readonly confidence_square_sum: number;
  readonly confidence_correct_sum: number;
  readonly quartic_error_sum: number;
  readonly confidence_min: number;
  readonly confidence_max: number;
  readonly confidence_mean: number;
  readonly accuracy: number;
};

/** Confidence and what came of it, per step of time; sums over judged decisions. */
export type ModelConfidenceRow = {
  readonly time: string;
  readonly agent_id: string;
  readonly confidence_kind: string;
  /** '' where the run names none. */
  readonly model: string;
  /** With a confidence, judged or not. */
  readonly decisions: number;
  readonly confidence_sum: number;
  readonly judged: number;
  readonly runs: number;
  readonly correct: number;
  readonly judged_confidence_sum: number;
  /** Confidence minus 1 or 0. */
  readonly gap_sum: number;
  readonly gap_square_sum: number;
};

export type DecisionQualityRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly confidence_kind: string;
  readonly decisions: number;
  readonly runs: number;
  readonly judged: number;
  readonly correct: number;
  /** No result yet that says right or wrong. */
  readonly waiting: number;
  /** Results that contradict each other; left out of judged. */
  readonly conflicts: number;
  readonly without_confidence: number;
  readonly reviewed: number;
  readonly overridden: number;
  readonly abstained: number;
  readonly abstained_judged: number;
  readonly abstained_correct: number;
  readonly without_evidence: number;
  readonly irreversible: number;
  readonly judged_by_run: number;
  readonly judged_by_outcome: number;
  readonly judged_by_evaluation: number;
  readonly judged_by_feedback: number;
};

export type SliceRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly dimension: string;
  readonly value: string;
  readonly n: number;
  readonly runs: number;
  readonly correct: number;
  readonly confidence_mean: number | null;
};

export type OverrideRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly agent_version: string;
  readonly decision_type: string;
  readonly decision_chosen: string;
  readonly decisions: number;
  readonly runs: number;
  readonly reviewed: number;
  readonly overridden: number;
  readonly confidence_overridden: number | null;
  readonly confidence_upheld: number | null;
  readonly human_labels: readonly string[];
  readonly example_runs: readonly string[];
};

export type EvidenceRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly decision_type: string;
  readonly decisions: number;
  readonly named: number;
  readonly run_only: number;
  readonly none: number;
  readonly irreversible_none: number;
  readonly example_runs: readonly string[];
};

export type KpiRow = {
  readonly tenant_id: string;
  readonly agent_id: string;
  /** Value of the slice asked for; '' without one. */
  readonly slice: string;
  readonly bucket: string;
  readonly unit: string;
  readonly n: number;
  readonly runs: number;
  readonly total: number;
  readonly mean: number | null;
  readonly variance: number | null;
  readonly least: number | null;
  readonly most: number | null;
  /** All of them where n <= 512, else the first 512 met. */
  readonly values: readonly number[];
  readonly conflicts: number;
  readonly without_value: number;
  readonly successes: number;
  readonly failures: number;
  readonly by_decision: number;
  readonly by_run: number;
  readonly by_none: number;
};

export type KpiVersionRow = {
  readonly bucket: string;
  readonly version: string;
  readonly n: number;
  readonly runs: number;
  readonly mean: number | null;
  readonly variance: number | null;
  readonly units: readonly string[];
};

export type LoggedDecisionRow = {
  readonly decision_id: string;
  readonly run_id: string;
  readonly event_time: string;
  readonly decision_type: string;
  readonly chosen: string;
  readonly propensity: number | null;
  readonly confidence: number | null;
  readonly alternatives: readonly {
    label: string;
    score: number | null;
    propensity: number | null;
  }[];
  readonly features: Readonly<Record<string, number | null>>;
  readonly agent_version: string;
  /** null while no result has come. */
  readonly reward: number | null;
  readonly unit: string;
  /** All decisions that match, also beyond limit. */
  readonly decisions: number;
};

export type DecisionQueries = {
  calibration: { params: DecisionRange & { readonly version?: string }; row: CalibrationRow };
  'decision-quality': { params: DecisionRange; row: DecisionQualityRow };
  'confidence-by-model': {
    params: DecisionRange & { readonly step_seconds?: number };
    row: ModelConfidenceRow;
  };
  'accuracy-slices': {
    /** by model: the model that wrote most in the decision's run, looked up in the events. */
    params: DecisionRange & { readonly by?: 'all' | 'model' };
    row: SliceRow;
  };
  overrides: { params: DecisionRange; row: OverrideRow };
  'decisions-without-evidence': { params: Omit<DecisionRange, 'days' | 'kpi'>; row: EvidenceRow };
  kpi: {
    params: KpiParams & { readonly by?: KpiSlice | 'all'; readonly step?: 'day' | '' };
    row: KpiRow;
  };
  'kpi-versions': {
    params: KpiParams & { readonly baseline: string; readonly candidate: string };
    row: KpiVersionRow;
  };
  'logged-decisions': {
    params: Omit<DecisionRange, 'kpi'> & {
      readonly name: string;
      readonly measure?: 'value' | 'success';
      /** decision_type; default all. */
      readonly type?: string;
      readonly version?: string;
    };
    row: LoggedDecisionRow;
  };
};

export const DECISION_QUERIES = [
  'calibration',
  'decision-quality',
  'confidence-by-model',
  'accuracy-slices',
  'overrides',
  'decisions-without-evidence',
  'kpi',
  'kpi-versions',
  'logged-decisions',
] as const satisfies readonly (keyof DecisionQueries)[];

/** What these queries take where the caller says nothing. */
export const DECISION_DEFAULTS = {
  days: 30,
  kpi: '',
  version: '',
  type: '',
  step: '',
  measure: 'value',
  combine: 'last',
  environments: [],
} as const;
