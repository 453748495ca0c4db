// Questions about drift: what the sentinel concluded, with the evidence.
// Guarantees: only the newest conclusion per agent, dimension, method and reference; alarms first.
// Example: await runQuery(ch, 'drift', { since, until, state: 'found' })
import type { Range } from './query.ts';

export type DriftRow = {
  /** Empty: the agent over all its tenants. */
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly dimension: string;
  readonly method: 'category' | 'number' | 'unseen' | 'change_point';
  readonly reference: 'trailing' | 'pinned' | 'version';
  readonly state: 'insufficient_data' | 'ok' | 'warn' | 'alert';
  readonly words: string;
  readonly agent_version: string;
  readonly window_start: string;
  readonly window_end: string;
  readonly n_current: number;
  readonly n_reference: number;
  readonly effect_name: string;
  readonly effect: number | null;
  readonly threshold: number | null;
  readonly p_value: number | null;
  readonly p_corrected: number | null;
  readonly js_distance: number | null;
  readonly linf: number | null;
  readonly contributors: readonly {
    readonly value: string;
    readonly reference_share: number;
    readonly current_share: number;
  }[];
  readonly causes: readonly {
    readonly dimension: string;
    readonly value: string;
    readonly share: number;
  }[];
  readonly example_runs: readonly string[];
  readonly computed_at: string;
};

export type DriftQueries = {
  /** state: empty for all; found: warn and alert. */
  drift: {
    params: Range & { readonly state?: DriftRow['state'] | 'found' };
    row: DriftRow;
  };
};

export const DRIFT_QUERIES = ['drift'] as const satisfies readonly (keyof DriftQueries)[];
