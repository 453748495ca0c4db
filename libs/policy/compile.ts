// Rules' conditions → for each kind of event one function that names the rules that match.
// Code is generated where the host allows it, else closures are built; the answers are the same.
// Guarantees: no text of a rule is ever part of generated code (emit-code.ts); a kind without rules
// costs one look-up.
// Example: compileConditions(rules, runtime).byKind.get('tool_call')?.(event, facts, pii) → [0, 3]
// or null
import { type Kind } from '@agentspine/event/agent-event';
import type { Judged } from '@agentspine/event/facts';
import type { Condition } from './condition.ts';
import { CodeWriter } from './emit-code.ts';
import { ClosureWriter, type Scope } from './emit-closures.ts';
import { fold } from './fold.ts';
import { type Runtime, add } from './runtime.ts';
import { SlotTable } from './slot-table.ts';

export type Backend = 'code' | 'closures';

export type Compilable = { readonly kinds: readonly Kind[]; readonly condition: Condition };

/** Numbers of the rules that match, in ascending order; null when none does. */
export type JudgeKind = (
  event: Judged['event'],
  facts: Judged['facts'],
  pii: Judged['pii'],
) => number[] | null;

export type Compiled = {
  readonly byKind: ReadonlyMap<Kind, JudgeKind>;
  readonly backend: Backend;
};

type Numbered = { readonly number: number; readonly condition: Condition };

/** Rules in one generated function; V8 stops optimising functions whose bytecode grows too long. */
const RULES_PER_FUNCTION = 32;

export function compileConditions(
  rules: readonly Compilable[],
  runtime: Runtime,
  backend: Backend = canGenerateCode() ? 'code' : 'closures',
): Compiled {
  const slots = new SlotTable();
  const kinds = [...new Set(rules.flatMap((rule) => rule.kinds))];
  const byKind = new Map<Kind, JudgeKind>();
  for (const kind of kinds) {
    const own = foldedFor(kind, rules);
    if (own.length > 0) byKind.set(kind, fused(own, backend, runtime, slots));
  }
  return { byKind, backend };
}

/** False under a content security policy or --disallow-code-generation-from-strings. */
export function canGenerateCode(): boolean {
  try {
    // eslint-disable-next-line no-new-func -- the probe itself
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}

function foldedFor(kind: Kind, rules: readonly Compilable[]): Numbered[] {
  return rules
    .map((rule, number) => ({ rule, number }))
    .filter(({ rule }) => rule.kinds.includes(kind))
    .map(({ rule, number }) => ({ number, condition: fold(rule.condition, kind) }))
    .filter(({ condition }) => condition.is !== 'const' || condition.value);
}

function fused(
  rules: readonly Numbered[],
  backend: Backend,
  runtime: Runtime,
  slots: SlotTable,
): JudgeKind {
  const chunks: JudgeKind[] = [];
  for (let i = 0; i < rules.length; i += RULES_PER_FUNCTION) {
    const chunk = rules.slice(i, i + RULES_PER_FUNCTION);
    chunks.push(
      backend === 'code' ? generated(chunk, runtime, slots) : closed(chunk, runtime, slots),
    );
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : inTurn(chunks);
}

function inTurn(chunks: readonly JudgeKind[]): JudgeKind {
  return (event, facts, pii) => {
    let all: number[] | null = null;
    for (let i = 0; i < chunks.length; i++) {
      const matches = chunks[i]?.(event, facts, pii) ?? null;
      if (matches === null) continue;
      if (all === null) all = matches;
      else for (const rule of matches) all.push(rule);
    }
    return all;
  };
}

function generated(rules: readonly Numbered[], runtime: Runtime, slots: SlotTable): JudgeKind {
  const writer = new CodeWriter(slots);
  const source = writer.factory(rules);
  // eslint-disable-next-line no-new-func -- the product: see the guarantee at the head of
  // emit-code.ts
  const factory = new Function('K', 'R', 'add', source) as (
    pool: readonly unknown[],
    runtime: Runtime,
    addMatch: typeof add,
  ) => JudgeKind;
  return factory(writer.pool, runtime, add);
}

function closed(rules: readonly Numbered[], runtime: Runtime, slots: SlotTable): JudgeKind {
  const writer = new ClosureWriter(runtime, slots);
  const tests = rules.map(({ condition }) => writer.test(condition, 'T'));
  const numbers = rules.map(({ number }) => number);
  const scope = { item: undefined } as Scope;
  return (event, facts, pii) => {
    scope.event = event;
    scope.facts = facts;
    scope.pii = pii;
    let matches: number[] | null = null;
    for (let i = 0; i < tests.length; i++) {
      if (tests[i]?.(scope) === true) matches = add(matches, numbers[i] ?? -1);
    }
    return matches;
  };
}
