// A rule as the judge needs it: the envelope of its YAML, the lists and macros of its file, and its
// condition read. Made by parse-rules.ts only. docs/policies.md describes every key.
import type { Kind } from '@agentspine/event/agent-event';
import type { RuleAction, RuleStatus, Severity } from '@agentspine/event/facts';
import type { Condition, Scalar } from './condition.ts';

export type RuleException = {
  readonly name: string;
  readonly fields: readonly string[];
  readonly comps: readonly string[];
  /** Rows; in each, one value (or list of values) per field. */
  readonly values: readonly (readonly (Scalar | readonly Scalar[])[])[];
};

export type RuleTest = {
  readonly name: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly pii: Readonly<Record<string, unknown>>;
  readonly expect: 'match' | 'no_match';
};

export type RuleDefinition = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly severity: Severity;
  readonly status: RuleStatus | 'off';
  readonly kinds: readonly Kind[];
  readonly condition: string;
  readonly exceptions: readonly RuleException[];
  readonly action: RuleAction;
  readonly message: string;
  readonly tags: { readonly owasp: readonly string[]; readonly atlas: readonly string[] };
  readonly runbook: string;
  readonly owner: string;
  readonly tests: readonly RuleTest[];
};

/** One part of a message: text as written, or the field to put in. */
export type MessagePart =
  | string
  | { readonly path: readonly string[]; readonly absent: '' | -1 | undefined };

export type Rule = {
  readonly definition: RuleDefinition;
  /**
   * Lists and macros of the rule's file; part of what the rule means, hence of the bundle's hash.
   */
  readonly lists: Readonly<Record<string, readonly Scalar[]>>;
  readonly macros: Readonly<Record<string, string>>;
  /** Condition and exceptions in one: matches where this is true. */
  readonly condition: Condition;
  readonly message: readonly MessagePart[];
  /** file:line of the rule. */
  readonly where: string;
  /** file:line of a key of the rule, for what is found later. */
  readonly locate: (path: readonly (string | number)[]) => string;
};
