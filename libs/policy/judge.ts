// Judges one event against a set of rules: which match, with what message. Compiled once, indexed
// by kind of event.
// Guarantees: equal events and rules give equal verdicts; never throws: what goes wrong inside
// becomes a dead letter (SPINE_POLICY_FAILED), so that an event that could not be judged does not
// pass for harmless. Nothing is allocated for an event that no rule matches.
// Example: const set = compilePolicy(parseRules(documents, table)); set.judge({ event, facts, pii
// })
import type { Judged, Verdict } from '@agentspine/event/facts';
import { deadLetter, ok, type Outcome } from '@agentspine/outcome/outcome';
import { bundleHash } from './bundle-hash.ts';
import { type Backend, compileConditions } from './compile.ts';
import { fillMessage } from './message.ts';
import type { Rule } from './rule.ts';
import { type Counters, Runtime } from './runtime.ts';

export type PolicySet = {
  /** Names what the rules say; every governed row carries it. */
  readonly bundleHash: string;
  /** Verdicts in the order of the rules. Rules with status off are not judged. */
  readonly judge: (judged: Judged) => Outcome<readonly Verdict[]>;
  readonly rules: readonly Rule[];
  readonly backend: Backend;
  /** Corners cut since the set was compiled, for a metric. */
  readonly counters: Readonly<Counters>;
};

const NONE: Outcome<readonly Verdict[]> = ok(Object.freeze([]));

/** @param backend chosen by what the host allows when left out. */
export function compilePolicy(rules: readonly Rule[], backend?: Backend): PolicySet {
  const runtime = new Runtime();
  const active = rules.filter((rule) => rule.definition.status !== 'off');
  const compiled = compileConditions(
    active.map(({ definition, condition }) => ({ kinds: definition.kinds, condition })),
    runtime,
    backend,
  );
  const { byKind } = compiled;
  return {
    bundleHash: bundleHash(rules),
    rules,
    backend: compiled.backend,
    counters: runtime.counters,
    judge: (judged) => {
      try {
        const matches = byKind.get(judged.event.kind)?.(judged.event, judged.facts, judged.pii);
        if (matches === undefined || matches === null) return NONE;
        return ok(matches.map((number) => verdictOf(active[number] as Rule, judged)));
      } catch (error) {
        // Only the name of the error: its message might quote the event.
        const name = error instanceof Error ? error.name : typeof error;
        return deadLetter('SPINE_POLICY_FAILED', `wanted a verdict, found ${name} while judging`);
      }
    },
  };
}

function verdictOf({ definition, message }: Rule, judged: Judged): Verdict {
  return {
    rule_id: definition.id,
    rule_version: definition.version,
    severity: definition.severity,
    status: definition.status as Verdict['status'],
    action: definition.action,
    message: fillMessage(message, judged),
  };
}
