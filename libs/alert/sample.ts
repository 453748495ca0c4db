// What a signal says about one series over the window of a rule, and what a rule makes of it.
// Guarantees: the same shape whether it comes from ClickHouse or from the test beside a rule.
// Example: { labels: { tenant: 'acme', agent: 'refunds' }, value: 0.12, n: 340 }
import type { Labels } from './rule.ts';

export type Burn = { readonly bad: number; readonly total: number };

export type Sample = {
  readonly labels: Labels;
  /** NaN where nothing came. */
  readonly value: number;
  /** Observations behind the value. */
  readonly n: number;
  /** Of slo_burn: long and short of each window, in the order of the rule. */
  readonly burns?: readonly Burn[];
  /** Of drift: the verdict of the drift watch. */
  readonly state?: 'insufficient_data' | 'ok' | 'warn' | 'alert';
  /** Of drift: the bound that was used. */
  readonly bound?: number;
  /** One plain sentence, where the signal has one. */
  readonly words?: string;
  /** What explains it, ranked; empty where unknown. */
  readonly cause?: string;
  readonly exampleRuns?: readonly string[];
  readonly version?: string;
};

export type Verdict = 'breach' | 'ok' | 'insufficient_data';

export type Observation = {
  readonly labels: Labels;
  readonly verdict: Verdict;
  /** The verdict while the alert fires: with `clear` for the bound. */
  readonly verdictWhileFiring: Verdict;
  readonly value: number;
  readonly threshold: number;
  readonly n: number;
  readonly windowMs: number;
  /** "error share 12 % over 15m, bound 5 %, of 340" or "insufficient data: 24 of 200". */
  readonly words: string;
  readonly cause: string;
  readonly exampleRuns: readonly string[];
  readonly version: string;
};
