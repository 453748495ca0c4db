// Every row of the table of types is tested from its own examples and counter-examples.
// Guarantee: a type without examples, or without counter-examples, fails.
// Example: the row of iban must find ‹DE89370400440532013000› and nothing in a commit id.
import { describe, expect, test } from 'vitest';
import { detect, scrubText } from '../detect.ts';
import { normaliseValue } from './catalogue.ts';
import { ROWS } from './catalogue.ts';
import { PII_TYPES } from './row.ts';

describe.each(ROWS)('$type', (row) => {
  test.each(row.examples)('is found in %j', (example) => {
    const text = example.replace(/[‹›]/g, '');
    const wanted = [...example.matchAll(/‹([^›]*)›/g)].map(([, value]) => value);
    const found = detect(text).filter((span) => span.type === row.type);
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(wanted);
  });

  test.each(row.counterExamples)('is not found in %j', (text) => {
    expect(detect(text).filter((span) => span.type === row.type)).toEqual([]);
  });

  test('leaves nothing of an example behind when scrubbed', () => {
    for (const example of row.examples) {
      const [, value = ''] = /‹([^›]*)›/.exec(example) ?? [];
      const scrubbed = scrubText(example.replace(/[‹›]/g, ''), (type) => `<${type}>`);
      expect(scrubbed).not.toContain(value);
    }
  });
});

test('every type has a row with examples and counter-examples', () => {
  for (const type of PII_TYPES) {
    const rows = ROWS.filter((row) => row.type === type);
    expect(rows.length, type).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.examples.length, type).toBeGreaterThan(0);
      expect(row.counterExamples.length, type).toBeGreaterThan(0);
    }
  }
});

describe('normalising', () => {
  test.each([
    ['email', 'Bob@Example.ORG', 'bob%40example.org'],
    ['email', 'jörg@müller.de', 'JÖRG@xn--mller-kva.de'],
    ['phone', '+44 (0)20 7946 0958', '0044 20 79460958'],
    ['phone', '(415) 555-2671', '+1 415.555.2671'],
    ['card', '4111 1111 1111 1111', '4111-1111-1111-1111'],
    ['iban', 'de89 3704 0044 0532 0130 00', 'DE89370400440532013000'],
    ['us_ssn', '123-45-6789', '123 45 6789'],
    ['ipv6', '2001:0DB8:0:0::1', '2001:db8::1'],
    ['ipv6', '::ffff:192.0.2.1', '192.0.2.1'],
  ] as const)('gives %s %j and %j the same text', (type, one, other) => {
    expect(normaliseValue(type, one)).toBe(normaliseValue(type, other));
  });
});
