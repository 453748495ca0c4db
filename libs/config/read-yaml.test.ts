// What reading YAML promises: plain values, places for every part, and one clear error.
// Example: readYaml('a: 1', 'x.yaml').locate(['a']) → 'x.yaml:1'
import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';
import { readYaml } from './read-yaml.ts';

const RULES = `# rules
rules:
  - id: one
    when: "a == 1"
  - id: two
    tags:
      - x
      - y
base: &base { k: 1 }
copy: *base
`;

test('a part is located by its key or its list item', () => {
  const { value, locate } = readYaml(RULES, 'rules.yaml');
  expect((value as { rules: unknown[] }).rules).toHaveLength(2);
  expect(locate(['rules'])).toBe('rules.yaml:2');
  expect(locate(['rules', 0])).toBe('rules.yaml:3');
  expect(locate(['rules', 0, 'when'])).toBe('rules.yaml:4');
  expect(locate(['rules', 1, 'tags', 1])).toBe('rules.yaml:8');
  expect(locate(['copy', 'k'])).toBe('rules.yaml:9');
});

test('an absent part is located at its nearest written ancestor', () => {
  const { locate } = readYaml(RULES, 'rules.yaml');
  expect(locate(['rules', 1, 'severity'])).toBe('rules.yaml:5');
  expect(locate(['rules', 9])).toBe('rules.yaml:2');
  expect(locate([])).toBe('rules.yaml:2');
  expect(readYaml('', 'empty.yaml').locate(['x'])).toBe('empty.yaml:1');
  expect(readYaml('', 'empty.yaml').value).toBeNull();
});

test.each([
  ['a: [1\nb: 2\n', 'x.yaml:2:'],
  ['a: 1\na: 2\n', 'x.yaml:2:1'],
  ['a: !secret x\n', 'x.yaml:1:'],
  ['a: 1\n--- \nb: 2\n', 'x.yaml:2:'],
])('mistakes of syntax name line and column: %j', (text, where) => {
  expect(() => readYaml(text, 'x.yaml')).toThrow(`SPINE_CONFIG_SYNTAX ${where}`);
});

test('aliases cannot blow a small file up', () => {
  const levels = Array.from({ length: 12 }, (_, at) => {
    const items = Array.from({ length: 9 }, () => `*l${at}`).join(', ');
    return `l${at + 1}: &l${at + 1} [${items}]`;
  });
  const bomb = ['l0: &l0 [x, x, x]', ...levels].join('\n');
  expect(() => readYaml(bomb, 'bomb.yaml')).toThrow('SPINE_CONFIG_SYNTAX bomb.yaml:1');
});

test('an alias that holds itself is refused', () => {
  expect(() => readYaml('a: &a [*a]', 'x.yaml')).toThrow('SPINE_CONFIG_SYNTAX x.yaml:1:1');
});

test('the nearest word is a near one or none', () => {
  const words = ['brokers', 'client_id', 'ssl'];
  expect(nearest('brokres', words)).toBe('brokers');
  expect(nearest('clientid', words)).toBe('client_id');
  expect(nearest('retention', words)).toBeUndefined();
});
