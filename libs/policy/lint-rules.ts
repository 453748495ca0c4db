// What is not a mistake of form but surely not meant: a rule that can never match one of its kinds,
// a rule without tests on both sides, a test of a kind it does not judge. Unknown fields, wrong
// types and double ids are already refused by parse-rules.ts, with the nearest name.
// Example: lintRules(rules, table) → [{ where: 'tools.yaml:9', wanted: 'a kind that …', found:
// 'decision' }]
import type { FieldTable } from './field-table.ts';
import { canBe, fold } from './fold.ts';
import type { Mistake } from './mistake.ts';
import type { Rule } from './rule.ts';

export function lintRules(rules: readonly Rule[], fields: FieldTable): Mistake[] {
  return rules.flatMap((rule) => [
    ...deadKinds(rule, fields),
    ...certain(rule),
    ...missingTests(rule),
    ...foreignTests(rule),
  ]);
}

function deadKinds({ definition, condition, locate }: Rule, fields: FieldTable): Mistake[] {
  return definition.kinds.flatMap((kind, i) =>
    canBe(true, fold(condition, kind), kind, fields)
      ? []
      : [
          {
            where: locate(['kinds', i]),
            wanted: `a kind that the condition of ${definition.id} can match`,
            found: kind,
          },
        ],
  );
}

function certain({ definition, condition, locate }: Rule): Mistake[] {
  const always = definition.kinds.find((kind) => {
    const folded = fold(condition, kind);
    return folded.is === 'const' && folded.value;
  });
  if (always === undefined) return [];
  const found = `true for every ${always}`;
  return [{ where: locate(['condition']), wanted: 'a condition that can be false', found }];
}

function missingTests({ definition, locate }: Rule): Mistake[] {
  const sides = ['match', 'no_match'] as const;
  return sides
    .filter((side) => !definition.tests.some((test) => test.expect === side))
    .map((side) => ({
      where: locate(['tests']),
      wanted: `a test of ${definition.id} that expects ${side}`,
      found: `${definition.tests.length} tests, none of that sort`,
    }));
}

/** A test written for a kind that the rule does not judge proves nothing. */
function foreignTests({ definition, locate }: Rule): Mistake[] {
  const kinds: readonly unknown[] = definition.kinds;
  return definition.tests.flatMap((test, i) =>
    test.expect === 'match' && !kinds.includes(test.event['kind'])
      ? [
          {
            where: locate(['tests', i]),
            wanted: `event.kind: one of ${definition.kinds.join(', ')}`,
            found: String(test.event['kind']),
          },
        ]
      : [],
  );
}
