// Questions about failures: which ways of failing there are, where a run breaks first, how far a
// failure reaches, what has never been seen before, and how all of it goes over time.
// Guarantees: the words of docs/failure-modes.md; a share never exceeds 1.
// Example: await runQuery(ch, 'failure-novelty', { since, until, reference_days: 28 })
import type { Range } from './query.ts';
import type { Series } from './time-queries.ts';

export type FailureModeRow = {
  /** Of docs/failure-modes.md; the status where no mode was told. */
  readonly failure_mode: string;
  readonly failures: number;
  /** In as long a time just before. */
  readonly failures_before: number;
  /** Of all failures in the range, 0 to 1. */
  readonly share: number;
  readonly agents: number;
  /** Agent, and what it did, with the most failures of this mode. */
  readonly top_agent: string;
  readonly top_subject: string;
  /** Start of the last five minutes with one. */
  readonly last_time: string;
};

/** Runs by the operation that failed first in them: the cause rather than what it led to. */
export type FirstFailingStepRow = {
  readonly agent_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly failure_mode: string;
  readonly error_type: string;
  readonly runs: number;
  /** Of these, runs whose end was no success. */
  readonly runs_failed: number;
  /** Of all runs of the agent in which something failed, 0 to 1. */
  readonly share: number;
  /** Median time from the run's first event to the failure. */
  readonly after_ms: number;
  readonly last_time: string;
  readonly last_run_id: string;
};

export type BlastRadiusRow = {
  readonly failure_mode: string;
  readonly error_type: string;
  readonly kind: string;
  readonly subject: string;
  readonly failures: number;
  readonly runs: number;
  /** Of all runs in the range, 0 to 1. */
  readonly run_share: number;
  readonly tenants: number;
  readonly agents: number;
  readonly conversations: number;
  /** People and systems on whose behalf the agent acted, by pseudonym. */
  readonly actors: number;
  readonly first_time: string;
  readonly last_time: string;
  readonly last_run_id: string;
};

export type FailureNoveltyRow = {
  /** new: nobody failed like this in the reference. new_for_agent: others did.
   * no_history: the agent did nothing in the reference, so nothing can be said. */
  readonly novelty: 'new' | 'new_for_agent' | 'no_history';
  readonly agent_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly failure_mode: string;
  readonly error_type: string;
  readonly failures: number;
  /** Finished operations of the agent in the reference. */
  readonly reference_operations: number;
  readonly first_time: string;
  readonly last_time: string;
};

export type ErrorPoint = {
  readonly time: string;
  readonly series: string;
  readonly operations: number;
  readonly failures: number;
  readonly failure_share: number;
};

export type FailureQueries = {
  'failure-modes': { params: Range; row: FailureModeRow };
  'first-failing-step': { params: Range; row: FirstFailingStepRow };
  'blast-radius': { params: Range; row: BlastRadiusRow };
  /** reference_days: how long before `since` counts as known; default 28. */
  'failure-novelty': {
    params: Range & { readonly reference_days?: number };
    row: FailureNoveltyRow;
  };
  'error-series': {
    params: Series & {
      readonly by?: 'all' | 'agent' | 'subject' | 'kind' | 'failure_mode' | 'version';
    };
    row: ErrorPoint;
  };
};

export const FAILURE_QUERIES = [
  'failure-modes',
  'first-failing-step',
  'blast-radius',
  'failure-novelty',
  'error-series',
] as const satisfies readonly (keyof FailureQueries)[];
