// The house keeps itself tidy: this test reads the repository and refuses what STYLE.md rules out.
// Guarantees: each rule is shown to refuse a planted violation with path, line and way out, and to
// let a near miss pass.
// Example of a refusal: libs/policy/judge.ts:12: Date.now() is banned, use a nowMs parameter
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PLANTED } from './house/planted.ts';
import { RULES } from './house/rules.ts';
import type { SourceFile, Violation } from './house/source-file.ts';
import { sourceFile } from './house/source-file.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEXT =
  /\.(?:ts|mjs|js|json|ya?ml|md|sql|avsc|sh|xml|html|css|toml|conf|tpl)$|(?:^|\/)[^.]+$/u;

/** Tracked files, and new ones that are not ignored. */
function repository(): readonly SourceFile[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const paths = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  return paths
    .filter((path) => TEXT.test(path) && existsSync(ROOT + path))
    .map((path) => sourceFile(path, readFileSync(ROOT + path, 'utf8')));
}

const spoken = ({ path, line, message }: Violation): string => `${path}:${line}: ${message}`;

describe('the repository', () => {
  const files = repository();

  test.each(RULES)('$name', (rule) => {
    expect(rule.check(files).map(spoken).toSorted()).toEqual([]);
  });
});

describe('each rule', () => {
  test.each(RULES)('has planted violations: $name', ({ name }) => {
    const planted = PLANTED.find((each) => each.rule === name);
    expect(planted?.refused.length).toBeGreaterThan(0);
    expect(planted?.passed.length).toBeGreaterThan(0);
  });

  const refused = PLANTED.flatMap(({ rule, refused: all }) =>
    all.map((each) => ({ rule, ...each })),
  );
  test.each(refused)(
    '$rule refuses $path (%#) and says "$use"',
    ({ rule, path, text, line, use, at }) => {
      const found = check(rule, path, text);
      const match = found.filter((each) => each.line === line && each.message.includes(use));
      expect(match, found.map(spoken).join('\n')).toHaveLength(1);
      expect(match[0]?.path).toBe(at ?? path);
      expect(match[0]?.message).toMatch(/^.+ (?:is|are) banned, use .+/u);
    },
  );

  const passed = PLANTED.flatMap(({ rule, passed: all }) => all.map((each) => ({ rule, ...each })));
  test.each(passed)('$rule lets pass $path (%#)', ({ rule, path, text }) => {
    expect(check(rule, path, text).map(spoken)).toEqual([]);
  });
});

function check(name: string, path: string, text: string): readonly Violation[] {
  const rule = RULES.find((each) => each.name === name);
  if (rule === undefined) throw new Error(`no rule ${name}`);
  return rule.check([sourceFile(path, text)]);
}
