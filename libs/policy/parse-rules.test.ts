// Rule files as people write them: every mistake is told at once, each with file and line, with
// what was wanted and what was found, before anything is in force.
// Example: a rule of an unknown status is refused as `rules.yaml:7`.
import { readFileSync } from 'node:fs';
import { SpineError } from '@agentspine/outcome/errors';
import { expect, test } from 'vitest';
import { fieldTable } from './field-table.ts';
import { LIMITS } from './limits.ts';
import { lintRules } from './lint-rules.ts';
import { parseRules, readRules } from './parse-rules.ts';
import { readRuleDocument } from './rule-document.ts';
import { testRules } from './test-rules.ts';

const fields = fieldTable(
  JSON.parse(readFileSync(new URL('../../schemas/agent-event.avsc', import.meta.url), 'utf8')),
);

const RULE = `lists:
  shells: [bash]
macros:
  prod: environment == "prod"
rules:
  - id: TST-001
    name: test
    version: 1
    severity: low
    status: monitor
    kinds: [tool_call]
    condition: |
      prod
      && tool.name in shells
    action: flag
    message: '{tool.name}'
    tags: { owasp: [ASI02], atlas: [AML.T0053] }
    runbook: r
    owner: o
    tests:
      - { name: found, event: { kind: tool_call, tool: { name: bash }, producer: { environment: prod } }, expect: match }
      - { name: passes, event: { kind: tool_call, tool: { name: ls } }, expect: no_match }
`;
const read = (...texts: string[]) =>
  readRules(
    texts.map((text, i) => readRuleDocument(`f${i}.yaml`, text)),
    fields,
  );
const withCondition = (condition: string) =>
  RULE.replace(/condition: \|\n.*\n.*\n/, `condition: ${JSON.stringify(condition)}\n`);

test('a sound file gives its rules, clean and with passing tests', () => {
  const { rules, mistakes } = read(RULE);
  expect(mistakes).toEqual([]);
  expect(lintRules(rules, fields)).toEqual([]);
  expect(testRules(rules, fields).map((result) => result.passed)).toEqual([true, true]);
});

test('a failing test beside a rule is told with its place', () => {
  const { rules } = read(RULE.replace('expect: no_match', 'expect: match'));
  expect(testRules(rules, fields)[1]).toEqual({
    rule_id: 'TST-001',
    test: 'passes',
    where: 'f0.yaml:22',
    expected: 'match',
    found: 'no_match',
    passed: false,
  });
});

test.each([
  ['tool.nmae == "x"', '"tool.name"', 'unknown name "tool.nmae"'],
  ['tool.name in shelsl', '"shells"', 'unknown name "shelsl"'],
  ['kind == "toolcall"', '"tool_call"', '"toolcall"'],
  ['tool.name == 1', 'two values of one type', 'string and number'],
  ['tool.name < "b"', 'numbers on both sides', 'a string'],
  ['tool.name', 'a condition', '"tool.name", a string'],
  ['tool.name == null', 'has(x) or !has(x)', 'null'],
  ['seq + 1 > 2', 'no arithmetic', '"seq + 1"'],
  ['tool.name.mathces("a")', 'startsWith, endsWith', '.mathces()'],
  ['glbo(tool.name, "a")', 'glob()', 'unknown function glbo()'],
  ['tool.name.matches("(?=a)")', 'RE2', '(?=`'],
  ['tool.name.matches("a\\\\1")', 'RE2', 'invalid escape'],
  ['cidr(tool.server, "10.0.0.0/99")', 'an address range', 'not a range'],
  ['pathPrefix(tool.server, "srv")', 'an absolute path', 'not an absolute path'],
  ['has(links)', 'size(x) > 0', '"links"'],
  ['links.exists(l, links.exists(m, true))', 'no exists() or all() inside another', 'exists'],
  ['(true ? true : false) ? true : false', 'no ?: inside the test', 'true ? true'],
  ['seq == 9007199254740993', 'an integer up to 2^53', '9007199254740993'],
  ['tool.name == "a" &&', 'a CEL expression', 'EOF'],
  ['tool.name in ["a", tool.type]', 'a constant', '"tool.type"'],
  [`${'!'.repeat(4000)}true`, 'a CEL expression', 'maxAstNodes'],
  [Array(130).fill('seq == 1').join(' || '), 'at most 256 nodes', 'more'],
  ['('.repeat(60) + 'true' + ')'.repeat(60), 'a CEL expression', 'maxDepth'],
  [`tool.name.matches("${'a'.repeat(LIMITS.patternChars + 1)}")`, 'RE2', 'more than 512'],
  ['tool.name.matches("((a{1,100}){1,100})")', 'RE2', 'invalid repeat count'],
])('refuses %s', (condition, wanted, found) => {
  const [mistake, ...rest] = read(withCondition(condition)).mistakes;
  expect(rest).toEqual([]);
  expect(mistake?.where).toBe('f0.yaml:12');
  expect(mistake?.wanted).toContain(wanted);
  expect(mistake?.found).toContain(found);
});

test('the line inside a literal block is named', () => {
  const [mistake] = read(RULE.replace('&& tool.name in', '&& tool.nam in')).mistakes;
  expect(mistake).toEqual({
    where: 'f0.yaml:14',
    wanted: '"tool.name"',
    found: 'unknown name "tool.nam" (character 9)',
  });
});

test.each([
  ['severity: low', 'severity: lwo', 'f0.yaml:9', 'one of info, low', '"lwo"'],
  ['owner: o', 'owner: o\n    ownr: o', 'f0.yaml:20', 'no such key', 'key "ownr"'],
  ['runbook: r', 'runbok: r', 'f0.yaml:18', '"runbook"', 'key "runbok"'],
  ['version: 1', 'version: 1.5', 'f0.yaml:8', 'version', '1.5'],
  ['id: TST-001', 'id: tst', 'f0.yaml:6', 'text like', '"tst"'],
  ["'{tool.name}'", "'{tool.nam}'", 'f0.yaml:16', '"tool.name"', 'tool.nam'],
  ["'{tool.name}'", "'{tool}'", 'f0.yaml:16', 'a field of the event', '"tool"'],
  ["'{tool.name}'", "'{tool.name'", 'f0.yaml:16', '{{ for a brace', '"{"'],
  ['tool: { name: ls }', 'tool: { nam: ls }', 'f0.yaml:22', 'name', 'event.tool.nam'],
  ['tool: { name: ls }', 'tool: { name: 1 }', 'f0.yaml:22', 'event.tool.name: a text', '1'],
  ['prod: env', 'prod: envv', 'f0.yaml:4', '"environment"', 'envvironment'],
  ['prod: environment == "prod"', 'prod: prod', 'f0.yaml:4', 'without a cycle', 'prod → prod'],
  ['shells: [bash]', 'tool: [bash]', 'f0.yaml:2', 'a name of its own', '"tool", taken'],
  ['rules:', 'rules: [', 'f0.yaml', 'YAML', ''],
])('turns %s into %s and is told so', (from, to, where, wanted, found) => {
  const { mistakes } = read(RULE.replace(from, to));
  expect(mistakes).toContainEqual({
    where: expect.stringContaining(where),
    wanted: expect.stringContaining(wanted),
    found: expect.stringContaining(found),
  });
});

test('all mistakes of all files come in one error, the first in front', () => {
  const bad = RULE.replace('severity: low', 'severity: lwo').replace('owner: o', 'ownr: o');
  const worse = withCondition('tool.nmae == "x"');
  const documents = [bad, worse].map((text, i) => readRuleDocument(`f${i}.yaml`, text));
  const error = (() => {
    try {
      parseRules(documents, fields);
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  })();
  expect(error).toBeInstanceOf(SpineError);
  const { code, facts, hint } = error as SpineError;
  expect(code).toBe('SPINE_POLICY_FILE');
  expect(facts.where).toBe('f0.yaml:9');
  expect(hint).toContain('f0.yaml:19');
  expect(hint).toContain('f1.yaml:12');
  expect((facts.cause as AggregateError).errors).toHaveLength(4);
});

test('an id used twice is told with both places', () => {
  expect(read(RULE, RULE).mistakes).toEqual([
    { where: 'f1.yaml:6', wanted: 'an id of its own', found: '"TST-001", taken at f0.yaml:6' },
  ]);
});

test.each([
  ['kinds: [tool_call]', 'kinds: [decision]', 'decision'],
  ['kinds: [tool_call]', 'kinds: [tool_call, model_call]', 'model_call'],
  ['expect: match', 'expect: no_match', '2 tests, none'],
])('lint: %s as %s', (from, to, found) => {
  const { rules, mistakes } = read(RULE.replace(from, to));
  expect(mistakes).toEqual([]);
  expect(
    lintRules(rules, fields)
      .map((mistake) => mistake.found)
      .join(),
  ).toContain(found);
});

test('lint: a condition that is always true, or never, for its kind', () => {
  expect(lintRules(read(withCondition('kind == "tool_call"')).rules, fields)[0]?.found).toContain(
    'true for every',
  );
  expect(lintRules(read(withCondition('kind == "step" && prod')).rules, fields)[0]?.found).toBe(
    'tool_call',
  );
});

test('aliases that multiply are refused', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nrules: [*c, *c, *c, *c, *c, *c, *c, *c]\n`;
  expect(read(bomb).mistakes[0]).toMatchObject({ where: 'f0.yaml:1', wanted: 'YAML' });
});
