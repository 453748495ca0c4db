// The schema for editors is the parser's own, and accepts what the parser accepts.
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { findField, fieldNames, fieldTable } from './field-table.ts';
import { policyJsonSchema, RULE_FILE } from './rule-schema.ts';

const root = new URL('../../', import.meta.url);
const file: unknown = JSON.parse(readFileSync(new URL('schemas/policy.schema.json', root), 'utf8'));
const validate = new Ajv2020().compile(file as object);
const pack = readdirSync(new URL('infra/policies/', root))
  .filter((name) => name.endsWith('.yaml'))
  .map(
    (name) => [name, parse(readFileSync(new URL(`infra/policies/${name}`, root), 'utf8'))] as const,
  );

test('schemas/policy.schema.json is what the parser expects', () => {
  expect(file).toEqual(policyJsonSchema());
});

test.each(pack)('%s is accepted by both', (_name, content) => {
  expect(validate(content), JSON.stringify(validate.errors)).toBe(true);
  expect(RULE_FILE.safeParse(content).success).toBe(true);
});

test.each([
  ['an unknown key', (rule: any) => (rule.extra = 1)],
  ['no owner', (rule: any) => delete rule.owner],
  ['a severity of its own', (rule: any) => (rule.severity = 'urgent')],
  ['a version of 0', (rule: any) => (rule.version = 0)],
  ['no kinds', (rule: any) => (rule.kinds = [])],
  ['an ATLAS id of another form', (rule: any) => (rule.tags.atlas = ['T0053'])],
  [
    'a comparison of its own',
    (rule: any) => (rule.exceptions = [{ name: 'x', fields: ['kind'], comps: ['~'], values: [] }]),
  ],
])('%s is refused by both', (_what, spoil) => {
  const content = structuredClone(pack[0]?.[1]);
  spoil(content.rules[0]);
  expect(validate(content)).toBe(false);
  expect(RULE_FILE.safeParse(content).success).toBe(false);
});

test('the field table knows every field of the contract by its dotted name', () => {
  const avsc = JSON.parse(readFileSync(new URL('schemas/agent-event.avsc', root), 'utf8'));
  const table = fieldTable(avsc);
  const names = fieldNames(table);
  for (const field of avsc.fields) expect(names).toContain(field.name);
  expect(findField(table, 'output', 'inline')?.path).toEqual(['event', 'output', 'inline']);
  expect(findField(table, 'environment')?.path).toEqual(['event', 'producer', 'environment']);
  expect(findField(table, 'duration_ns')?.path).toEqual(['facts', 'duration_ns']);
  expect(findField(table, 'pii', 'counts')?.type).toEqual({ is: 'map', of: { is: 'number' } });
  expect(findField(table, 'tool')?.onlyFor).toBe('tool_call');
  expect(findField(table, 'tool', 'nmae')).toBeUndefined();
});
