// The field policy file: the one we ship reads, and each kind of mistake is named with its place.
// Guarantee: every refusal carries SPINE_FIELDS_FILE, where it is, what was wanted and found.
// Example: an action `hash` is refused at fields/name with the list of actions.
import { readFileSync } from 'node:fs';
import { isSpineError } from '@agentspine/outcome/errors';
import { describe, expect, test } from 'vitest';
import { fieldSet, readEventFields } from './event-fields.ts';
import { parseFieldPolicy } from './field-policy.ts';

const here = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const leaves = fieldSet(readEventFields(JSON.parse(here('../../schemas/agent-event.avsc'))));
const locate = (path: readonly (string | number)[]) => `field-policy.yaml:${path.join('/')}`;
const parse = (fields: unknown) => parseFieldPolicy({ version: 1, fields }, leaves, locate);

function message(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isSpineError(error) && error.code === 'SPINE_FIELDS_FILE') return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a field policy', () => {
  test('is read with actions in both forms', () => {
    const { fields } = parse({
      'actor.id': { action: 'pseudonymise', type: 'actor' },
      'links[].rel': 'keep',
      'attributes.*': 'scan',
      'attributes.a.b': 'drop',
      'attributes.<key>': 'scan',
    });
    expect(fields.get('actor.id')).toEqual({ action: 'pseudonymise', type: 'actor' });
    expect(fields.size).toBe(5);
  });

  test.each([
    [{ 'actor.ident': 'keep' }, 'fields/actor.ident', 'found actor.ident'],
    [{ 'rationale.inline': 'keep' }, 'fields/rationale.inline', 'such as'],
    [{ event_time: 'keep' }, 'fields/event_time', 'a text field'],
    [{ name: 'hash' }, 'fields/name', 'keep, drop, scan, detect, mask'],
    [{ name: null }, 'fields/name', 'a map of names'],
    [{ name: { action: 'truncate' } }, 'fields/name/chars', 'a whole number'],
    [{ name: { action: 'truncate', chars: -1 } }, 'fields/name/chars', 'found -1'],
    [{ name: { action: 'scan', chars: 1 } }, 'fields/name/chars', 'no option for scan'],
    [{ name: { action: 'generalise', to: 'week' } }, 'fields/name/to', 'month, year or network'],
    [{ name: { action: 'pseudonymise', type: 'a__b' } }, 'fields/name/type', 'a type of'],
    [{ name: { action: 'pseudonymise' } }, 'fields/name/type', 'found nothing'],
    [{ 'attributes.<key>': { action: 'truncate', chars: 3 } }, 'fields/attributes.<key>', 'keep'],
  ])('with %j is refused at %s', (fields, where, words) => {
    const text = message(() => parse(fields));
    expect(text).toContain(`field-policy.yaml:${where}`);
    expect(text).toContain(words);
  });

  test.each([
    [null, 'a map of names'],
    [{ version: 2, fields: {} }, 'version: 1'],
    [{ version: 1, fields: {}, extra: 1 }, 'version or fields'],
    [{ version: 1 }, 'a map of names'],
  ])('of the form %j is refused', (parsed, words) => {
    expect(message(() => parseFieldPolicy(parsed, leaves, locate))).toContain(words);
  });
});

test('the policy we ship names only paths of the schema', () => {
  const yaml = here('../../infra/privacy/field-policy.yaml');
  const paths = [...yaml.matchAll(/^ {2}(\S+): (\S+)/gm)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(15);
  for (const path of paths) expect(leaves.has(path), path).toBe(true);
});
