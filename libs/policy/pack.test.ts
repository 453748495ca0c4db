// The first pack in infra/policies: every rule reads, lints clean, passes its own tests, and is
// written down.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fieldTable } from './field-table.ts';
import { compilePolicy } from './judge.ts';
import { lintRules } from './lint-rules.ts';
import { parseRules } from './parse-rules.ts';
import { readRuleDocument } from './rule-document.ts';
import { testRules } from './test-rules.ts';

const root = new URL('../../', import.meta.url);
const folder = new URL('infra/policies/', root);
const fields = fieldTable(
  JSON.parse(readFileSync(new URL('schemas/agent-event.avsc', root), 'utf8')),
);
const documents = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .toSorted()
  .map((file) =>
    readRuleDocument(`infra/policies/${file}`, readFileSync(new URL(file, folder), 'utf8')),
  );
const rules = parseRules(documents, fields);
const results = testRules(rules, fields);

test('the pack has at least sixteen rules and none of them lints', () => {
  expect(rules.length).toBeGreaterThanOrEqual(16);
  expect(lintRules(rules, fields)).toEqual([]);
});

test.each(results.map((result) => [`${result.rule_id}: ${result.test}`, result] as const))(
  '%s',
  (_name, result) => {
    expect(result, result.where).toMatchObject({ found: result.expected });
  },
);

test('every rule has its runbook in docs/policies.md', () => {
  const docs = readFileSync(new URL('docs/policies.md', root), 'utf8');
  const headings = [...docs.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
  for (const { definition } of rules) {
    const [file, anchor] = definition.runbook.split('#');
    expect(file).toBe('docs/policies.md');
    expect(headings, definition.id).toContain(anchor);
  }
});

test('the pack compiles to one set with a name of sixteen hex digits', () => {
  const set = compilePolicy(rules);
  expect(set.backend).toBe('code');
  expect(set.bundleHash).toMatch(/^[0-9a-f]{16}$/);
});
