// A mistake in any file the journey goes by stops the start: with the file, the line, what was
// wanted and what was found; and nothing is half in force.
// Example: a price of "five" is refused as `…/prices.yaml:5`.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@agentspine/config/config-schema';
import { loadConfig } from '@agentspine/config/load-config';
import { createKeyring } from '@agentspine/keys/keyring-file';
import { SpineError } from '@agentspine/outcome/errors';
import { afterAll, describe, expect, it } from 'vitest';
import { loadRulebook } from './load-rulebook.ts';

const folder = mkdtempSync(join(tmpdir(), 'spine-rulebook-'));
const keyFile = createKeyring(join(folder, 'keys.json'), new Date());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A file of its own for each use. */
function file(name: string, text: string): string {
  const own = join(folder, String((count += 1)));
  mkdirSync(own);
  writeFileSync(join(own, name), text);
  return join(own, name);
}

/** The defaults of the repository, with lines of YAML on top. */
function config(yaml: string, key = keyFile): Config {
  return loadConfig({
    file: 'spine.yaml',
    env: { SPINE_PRIVACY_KEY_FILE: key },
    readFile: () => yaml,
  });
}

function refusal(given: Config): SpineError {
  try {
    loadRulebook(given);
  } catch (error) {
    if (error instanceof SpineError) return error;
    throw error;
  }
  throw new Error('the rulebook was taken');
}

const FILES = {
  policy: {
    code: 'SPINE_POLICY_FILE',
    name: 'rules.yaml',
    place: (path: string) => `policy: { files: [${path}] }`,
  },
  prices: {
    code: 'SPINE_PRICES_FILE',
    name: 'prices.yaml',
    place: (path: string) => `enrich: { price_table: ${path} }`,
  },
  agents: {
    code: 'SPINE_AGENTS_FILE',
    name: 'agents.yaml',
    place: (path: string) => `enrich: { agent_registry: ${path} }`,
  },
  fields: {
    code: 'SPINE_FIELDS_FILE',
    name: 'field-policy.yaml',
    place: (path: string) => `privacy: { field_policy: ${path} }`,
  },
} as const;

/** A sound file of each kind, from the repository itself, with one text of it replaced. */
function broken(kind: keyof typeof FILES, from: string, to: string): readonly [string, number] {
  const paths = {
    policy: 'infra/policies/cost.yaml',
    prices: 'infra/prices/prices.yaml',
    agents: 'infra/agents/agents.yaml',
    fields: 'infra/privacy/field-policy.yaml',
  };
  const text = readFileSync(new URL(`../../${paths[kind]}`, import.meta.url), 'utf8');
  const at = text.indexOf(from);
  if (at === -1) throw new Error(`${paths[kind]} has no ${from}`);
  return [
    text.slice(0, at) + to + text.slice(at + from.length),
    text.slice(0, at).split('\n').length,
  ];
}

describe('a rulebook', () => {
  it('is loaded from the files of the repository', () => {
    const rulebook = loadRulebook(config(''));
    expect(rulebook.policy.rules.length).toBeGreaterThanOrEqual(12);
    expect(rulebook.policy.bundleHash).toMatch(/^[0-9a-f]{16,}$/);
    expect(rulebook.keys.version).toBe('k1');
    expect(rulebook.priceTable).not.toBe('');
  });

  it.each([
    ['policy', 'severity: low', 'severity: lw', 'one of info, low', '"lw"', 0],
    ['policy', 'phase != "start"', 'phaze != "start"', 'phase', 'phaze', 0],
    ['policy', 'version: 1', 'versoin: 1', 'version', 'found nothing', -2],
    ['prices', 'input: 5', 'input: five', 'dollars per million tokens', '"five"', 0],
    ['prices', 'from: 2024-05-13', 'from: 2024-02-31', 'day', '2024-02-31', 0],
    ['agents', 'criticality: high', 'criticality: hgh', 'one of low, medium, high', '"hgh"', 0],
    ['agents', 'owner: support-platform', 'ownr: support-platform', 'owner', 'ownr', 0],
    ['fields', 'event_id: keep', 'event_idd: keep', 'a text field', 'event_idd', 0],
    ['fields', 'tenant_id: keep', 'tenant_id: kep', 'keep', '"kep"', 0],
  ] as const)(
    'with a mistake in its %s (%s → %s) is refused at its line',
    (kind, from, to, wanted, found, above) => {
      const [text, line] = broken(kind, from, to);
      const path = file(FILES[kind].name, text);
      const { code, message, facts } = refusal(config(FILES[kind].place(path)));
      expect(code).toBe(FILES[kind].code);
      expect(message.split('\n')[0]).toMatch(new RegExp(`^${code} .*${FILES[kind].name}:\\d+`));
      expect(String(facts.where)).toContain(path);
      // What is missing is told where the entry begins, lines above.
      expect(facts.where).toMatch(new RegExp(`:${line + above}$`));
      expect(`${message} ${facts.wanted}`).toContain(wanted);
      expect(message).toContain(found);
    },
  );

  it.each(Object.keys(FILES) as (keyof typeof FILES)[])(
    'with %s that is no YAML is refused at its line',
    (kind) => {
      const path = file(FILES[kind].name, 'version: 1\nrules: [\n');
      const { code, facts } = refusal(config(FILES[kind].place(path)));
      expect(code).toMatch(new RegExp(`^(?:${FILES[kind].code}|SPINE_CONFIG_SYNTAX)$`));
      expect(facts.where).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}:[23]`));
      expect(facts.found).not.toBe('');
    },
  );

  it.each(Object.keys(FILES) as (keyof typeof FILES)[])(
    'with %s that is not there is refused by name',
    (kind) => {
      const path = join(folder, 'nowhere', FILES[kind].name);
      expect(refusal(config(FILES[kind].place(path)))).toMatchObject({
        code: FILES[kind].code,
        facts: { where: path, wanted: 'a readable file', found: 'ENOENT' },
      });
    },
  );

  it('without a keyring, or with one that others may read, is refused', () => {
    const open = createKeyring(join(folder, 'open.json'), new Date());
    chmodSync(open, 0o644);
    expect(refusal(config('', join(folder, 'none.json'))).code).toBe('SPINE_KEYS_FILE');
    expect(refusal(config('', open)).code).toBe('SPINE_KEYS_FILE');
    const given = config('');
    const keyless = { ...given, privacy: { ...given.privacy, key_file: null } };
    expect(refusal(keyless).facts).toMatchObject({ where: 'privacy.key_file', found: 'none' });
  });
});

describe('a configuration', () => {
  it.each([
    ['an unknown key', 'kafka:\n  brokrs: [a:1]\n', 'SPINE_CONFIG_KEY', 2, 'kafka.brokrs'],
    ['a wrong value', 'worker:\n  generation: many\n', 'SPINE_CONFIG_VALUE', 2, '"many"'],
    ['no YAML', 'kafka:\n  brokers: [a:1\n', 'SPINE_CONFIG_SYNTAX', 3, 'Flow sequence'],
  ])('with %s is refused at its line', (_, yaml, code, line, found) => {
    expect(() => config(yaml)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(
          new RegExp(`spine\\.yaml:${line}(?=\\D)[\\s\\S]*${found}`),
        ) as string,
      }) as Error,
    );
  });
});
