// How large things may be: files, functions, lines.
// Guarantees: a function's length counts lines of code, without blank lines and comments, as oxlint
// counts them.
// Example: a file of 301 lines is refused at its line 301.
import type { Node, Rule, SourceFile, Violation } from './source-file.ts';
import { banned, fileRule, isCode, isTest, walk } from './source-file.ts';

const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;
const COLUMNS_MAX = 100;

export const fileSize: Rule = fileRule('file size', isCode, (file) => {
  const count = file.lines.at(-1) === '' ? file.lines.length - 1 : file.lines.length;
  if (count <= FILE_LINES_MAX) return [];
  const instead = `at most ${FILE_LINES_MAX}: split it by what its parts promise`;
  return [banned(file, FILE_LINES_MAX + 1, `a file of ${count} lines`, instead)];
});

export const functionSize: Rule = fileRule(
  'function size',
  (path) => isCode(path) && !isTest(path),
  (file) => {
    const found: Violation[] = [];
    const silent = commentLines(file);
    walk(file.code?.program, (node) => {
      if (
        !/^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/u.test(node.type)
      ) {
        return;
      }
      const count = codeLines(file, node, silent);
      if (count <= FUNCTION_LINES_MAX) return;
      const instead = `at most ${FUNCTION_LINES_MAX}: keep the branches here and move the leaves out`;
      found.push(banned(file, file.lineOf(node.start), `a function of ${count} lines`, instead));
    });
    return found;
  },
);

function codeLines(file: SourceFile, node: Node, silent: ReadonlySet<number>): number {
  let count = 0;
  for (let line = file.lineOf(node.start); line <= file.lineOf(node.end); line++) {
    if (file.lines[line - 1]?.trim() !== '' && !silent.has(line)) count++;
  }
  return count;
}

/** Lines that hold a comment and nothing else. */
function commentLines(file: SourceFile): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const comment of file.code?.comments ?? []) {
    const first = file.lineOf(comment.start);
    const last = file.lineOf(comment.end);
    const before = file.text.slice(file.text.lastIndexOf('\n', comment.start) + 1, comment.start);
    if (before.trim() !== '') continue;
    for (let line = first; line <= last; line++) lines.add(line);
  }
  return lines;
}

/**
 * A text, pattern or template of this length makes its line long, and breaking it would not help.
 */
const UNBREAKABLE_MIN = 50;
/** Aligned SQL reads better a little wider. */
const SQL_COLUMNS_MAX = 120;

export const lineSize: Rule = fileRule(
  'line size',
  (path) => /\.(?:ts|mjs|sql|sh)$/u.test(path),
  (file) => {
    const sql = file.path.endsWith('.sql');
    const max = sql ? SQL_COLUMNS_MAX : COLUMNS_MAX;
    const unbreakable = longTexts(file);
    return file.lines.flatMap((line, at) => {
      if (line.length <= max || /https?:\/\//u.test(line) || unbreakable.has(at + 1)) return [];
      if (sql && /--|COMMENT\s+'/u.test(line)) return [];
      return [banned(file, at + 1, `a line of ${line.length} columns`, `at most ${max}`)];
    });
  },
);

/** Lines that hold a long text, pattern or template. */
function longTexts(file: SourceFile): ReadonlySet<number> {
  const lines = new Set<number>();
  walk(file.code?.program, (node) => {
    if (!/^(?:Literal|TemplateLiteral|TemplateElement)$/u.test(node.type)) return;
    if (node.end - node.start < UNBREAKABLE_MIN) return;
    for (let line = file.lineOf(node.start); line <= file.lineOf(node.end); line++) lines.add(line);
  });
  return lines;
}
