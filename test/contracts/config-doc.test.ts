// docs/config.md against the schema: each key with its default, unit, range and meaning, in the
// same words.
// Guarantees: the page cannot drift from what is checked at start; that every key is there is a
// rule of the house.
// Example of a failure: sink.batch_rows_max: the page says 10000, the default is 50000
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configKeys } from '@agentspine/config/config-keys';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${ROOT}docs/config.md`, 'utf8');

const rows = new Map(
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(' | '))
    .map(([name = '', ...cells]) => [name.replaceAll('`', ''), cells] as const),
);

test.each(configKeys())('the page is right about $name', (key) => {
  const { fallback, facts } = key;
  const shown =
    fallback === undefined ? 'needed' : `\`${JSON.stringify(fallback).replaceAll(ROOT, '')}\``;
  const wanted = facts.wanted + (facts.secret ? '; secret' : '');
  expect(rows.get(key.name)).toEqual([shown, facts.unit, wanted, facts.means]);
});

test('keys stand in the section of their name, in the order of the schema', () => {
  const sections = page.split(/^## /mu).slice(1);
  for (const section of sections) {
    const title = section.slice(0, section.indexOf('\n'));
    const names = [...section.matchAll(/^\| `(?<name>[a-z0-9_.]+)` \|/gmu)].map(
      (match) => match[1],
    );
    const expected = configKeys().filter((key) => key.path[0] === title);
    expect([title, names]).toEqual([title, expected.map((key) => key.name)]);
  }
});
