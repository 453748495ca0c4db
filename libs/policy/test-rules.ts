// Runs the tests that stand beside the rules. Both backends must give the expected answer, where
// the host allows both.
// Example: testRules(rules, table).filter((result) => !result.passed) → [] when the pack is sound
import { type Backend, canGenerateCode, compileConditions } from './compile.ts';
import type { FieldTable } from './field-table.ts';
import type { Rule } from './rule.ts';
import { Runtime } from './runtime.ts';
import { testJudged } from './test-event.ts';

export type RuleTestResult = {
  readonly rule_id: string;
  readonly test: string;
  readonly where: string;
  readonly expected: 'match' | 'no_match';
  /** What came out; "differs" when the backends disagree. */
  readonly found: 'match' | 'no_match' | 'differs';
  readonly passed: boolean;
};

const BACKENDS: readonly Backend[] = ['closures', 'code'];
const CLOSURES: readonly Backend[] = ['closures'];

/** Rules with status off are tested too: their tests must hold before they are switched on. */
export function testRules(rules: readonly Rule[], fields: FieldTable): RuleTestResult[] {
  return rules.flatMap((rule) => {
    const { id, kinds, tests } = rule.definition;
    const compilable = [{ kinds, condition: rule.condition }];
    const backends = (canGenerateCode() ? BACKENDS : CLOSURES).map((backend) =>
      compileConditions(compilable, new Runtime(), backend),
    );
    return tests.map((test, i) => {
      const { event, facts, pii } = testJudged(test, fields);
      const [closures, code = closures] = backends.map(
        ({ byKind }) => (byKind.get(event.kind)?.(event, facts, pii) ?? null) !== null,
      );
      const found = code !== closures ? 'differs' : closures === true ? 'match' : 'no_match';
      return {
        rule_id: id,
        test: test.name,
        where: rule.locate(['tests', i]),
        expected: test.expect,
        found,
        passed: found === test.expect,
      };
    });
  });
}
