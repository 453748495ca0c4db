// CEL text → syntax tree, by @marcbachmann/cel-js. Only its parser is used, never its evaluator.
// Chosen over the parser of @bufbuild/cel: its tree keeps exists() and all() as written (the other
// expands them into folds that a compiler has to recognise again), every node has start and end,
// and its limits on nodes and depth hold while parsing. And the oracle of our tests, @bufbuild/cel,
// then shares no parser with what it judges.
// Example: parseCondition('tool.name == "bash"').op → '=='
import { Environment, type ASTNode, ParseError } from '@marcbachmann/cel-js';
import { LIMITS } from './limits.ts';
import { ConditionError, quoted } from './mistake.ts';

export type Syntax = ASTNode;

const CEL = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: {
    maxAstNodes: LIMITS.conditionNodes * 4,
    maxDepth: LIMITS.conditionDepth,
    maxListElements: LIMITS.listItems,
    maxCallArguments: 16,
  },
});

/** Throws ConditionError with the place inside the text. */
export function parseCondition(text: string): Syntax {
  if (text.length > LIMITS.conditionChars) {
    throw new ConditionError(
      `a condition of at most ${LIMITS.conditionChars} characters`,
      `${text.length}`,
      0,
    );
  }
  try {
    return CEL.parse(text).ast;
  } catch (error) {
    if (error instanceof ParseError) {
      const offset = error.range?.start ?? 0;
      const near = text.slice(offset, offset + 20);
      throw new ConditionError(
        'a CEL expression',
        `${error.summary}${near === '' ? ' (at the end)' : ` at ${quoted(near)}`}`,
        offset,
      );
    }
    throw error;
  }
}
