// docs/errors.md against the catalogue: meaning, way out, and whether it is tried again.
// Guarantees: the way out on the page is the one the error prints; that every code is there is a
// rule of the house.
// Example of a failure: SPINE_KAFKA_TOPIC has no meaning on the page
import { readFileSync } from 'node:fs';
import { ERRORS } from '@agentspine/outcome/errors';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const entries = new Map(
  page
    .split(/^### /mu)
    .slice(1)
    .map((entry) => [
      /^`(?<code>\w+)`/u.exec(entry)?.[1] ?? '',
      (entry.split(/^## /mu)[0] ?? '')
        .split('\n\n')
        .slice(1)
        .map((part) => part.trim()),
    ]),
);

test.each(Object.entries(ERRORS))(
  '%s is explained with its way out',
  (code, { hint, retryable }) => {
    const [meaning = '', wayOut = ''] = entries.get(code) ?? [];
    expect(meaning.length).toBeGreaterThan(20);
    expect(wayOut).toBe(`Way out: ${hint} Tried again: ${retryable ? 'yes' : 'no'}.`);
  },
);

test('codes are SPINE_<AREA>_<WHAT> and hints are sentences', () => {
  for (const [code, { hint }] of Object.entries(ERRORS)) {
    expect(code).toMatch(/^SPINE_[A-Z]+(?:_[A-Z]+)*$/u);
    expect(hint).toMatch(/^[A-Z].+\.$/u);
  }
});
