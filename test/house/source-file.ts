// One file of the repository as the house rules see it: its path, its lines, its syntax tree when
// it is code.
// Guarantees: lines count from 1; the tree is parsed once, only when a rule asks for it.
// Example: const file = sourceFile('libs/event/build.ts', text); file.code?.imports
import { parseSync } from 'oxc-parser';

export type Node = { readonly type: string; readonly start: number; readonly end: number } & {
  readonly [field: string]: unknown;
};

export type Import = { readonly specifier: string; readonly start: number };

export type Comment = { readonly text: string; readonly start: number; readonly end: number };

export type Code = {
  readonly program: Node;
  readonly comments: readonly Comment[];
  /** Static, type-only and dynamic imports, and re-exports, with a literal specifier. */
  readonly imports: readonly Import[];
};

export type SourceFile = {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** Undefined for files that are no TypeScript or JavaScript. */
  readonly code: Code | undefined;
  lineOf(offset: number): number;
};

export type Violation = { readonly path: string; readonly line: number; readonly message: string };

/** A rule sees the whole repository; most look at one file at a time. */
export type Rule = {
  readonly name: string;
  readonly check: (files: readonly SourceFile[]) => readonly Violation[];
};

export function sourceFile(path: string, text: string): SourceFile {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const lines = text.split('\n');
  let code: Code | undefined;
  return {
    path,
    text,
    lines,
    get code() {
      if (isCode(path)) code ??= parse(path, text);
      return code;
    },
    lineOf: (offset) => starts.findLastIndex((start) => start <= offset) + 1,
  };
}

/** `X is banned, use Y`, at a line. */
export function banned(file: SourceFile, line: number, what: string, instead: string): Violation {
  return { path: file.path, line, message: `${what} is banned, use ${instead}` };
}

/** A rule that looks at each file for itself. */
export function fileRule(
  name: string,
  appliesTo: (path: string) => boolean,
  check: (file: SourceFile) => readonly Violation[],
): Rule {
  return {
    name,
    check: (files) => files.filter((file) => appliesTo(file.path)).flatMap(check),
  };
}

export const isCode = (path: string): boolean => /\.(?:ts|mjs|js)$/u.test(path);

/** Tests, benchmarks, what they stand on (test-engine.ts) and everything under test/. */
export const isTest = (path: string): boolean =>
  path.startsWith('test/') || /\.(?:test|bench)\.ts$|\/test-[a-z-]+\.ts$/u.test(path);

/** Calls `visit` on every node, parents first, with the nodes above it (nearest first). */
export function walk(
  root: unknown,
  visit: (node: Node, above: readonly Node[]) => void,
  above: readonly Node[] = [],
): void {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit, above);
  } else if (isNode(root)) {
    visit(root, above);
    const below = [root, ...above];
    for (const child of Object.values(root)) {
      if (typeof child === 'object' && child !== null) walk(child, visit, below);
    }
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** `a.b.c` for a chain of plain names, otherwise undefined. */
export function dotted(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'Identifier') return String(value['name']);
  if (value.type === 'MetaProperty') return 'import.meta';
  if (value.type !== 'MemberExpression' || value['computed'] === true) return undefined;
  const object = dotted(value['object']);
  const property = dotted(value['property']);
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

function parse(path: string, text: string): Code {
  const parsed = parseSync(path, text);
  const problem = parsed.errors[0];
  if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);
  const program = parsed.program as unknown as Node;
  const imports: Import[] = [];
  walk(program, (node) => {
    const source = node['source'];
    if (/^(?:Import|Export).*(?:Declaration|Expression)$/u.test(node.type) && isNode(source)) {
      if (typeof source['value'] === 'string') {
        imports.push({ specifier: source['value'], start: source.start });
      }
    }
  });
  const comments = parsed.comments.map(({ value, start, end }) => ({ text: value, start, end }));
  return { program, comments, imports };
}
