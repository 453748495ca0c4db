// A rule file's text → its content and a way to say where in the file something stands. YAML 1.2,
// by the yaml package.
// Example: readRuleDocument('tools.yaml', text).locate(['rules', 0, 'condition']) → 'tools.yaml:14'
import { isScalar, LineCounter, parseDocument } from 'yaml';
import type { Mistake } from './mistake.ts';

export type RuleDocument = {
  /** Name for messages; a path as the reader knows it. */
  readonly file: string;
  readonly content: unknown;
  /**
   * file:line of the value at the path, or of the nearest that exists; `offset` counts into a text.
   */
  readonly locate: (path: readonly (string | number)[], offset?: number) => string;
  /** Mistakes of syntax; content is not to be used when there are any. */
  readonly mistakes: readonly Mistake[];
};

export function readRuleDocument(file: string, text: string): RuleDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const lineAt = (offset: number): string => `${file}:${Math.max(1, lines.linePos(offset).line)}`;
  const mistakes = [...document.errors, ...document.warnings].map((error) => ({
    where: lineAt(error.pos[0]),
    wanted: 'YAML',
    found: error.message.split('\n')[0] ?? '',
  }));
  const locate = (path: readonly (string | number)[], offset = 0): string => {
    for (let depth = path.length; depth > 0; depth--) {
      const node: unknown = document.getIn(path.slice(0, depth), true);
      const start = (node as { range?: readonly number[] } | undefined)?.range?.[0];
      if (start === undefined) continue;
      if (!isScalar(node) || depth < path.length || node.type !== 'BLOCK_LITERAL') {
        return lineAt(start);
      }
      // The value of a literal block begins on the line after its "|".
      const before = String(node.value).slice(0, offset).split('\n').length;
      return `${file}:${lines.linePos(start).line + before}`;
    }
    return `${file}:1`;
  };
  const content: unknown = mistakes.length > 0 ? undefined : contentOf(document, mistakes, lineAt);
  return { file, content, locate, mistakes };
}

/** Aliases may multiply without end; the package refuses that by throwing. */
function contentOf(
  document: ReturnType<typeof parseDocument>,
  mistakes: Mistake[],
  lineAt: (offset: number) => string,
): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    mistakes.push({ where: lineAt(0), wanted: 'YAML', found });
    return undefined;
  }
}
