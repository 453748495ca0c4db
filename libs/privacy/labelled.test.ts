// Precision and recall on labelled data, and false hits on traces of real agents. The data is kept
// beside the repository (SPINE_SHARED_DIR, default ../shared), not in it; each group names the
// folder it needs and is skipped without it. The floors are what was measured, rounded down: a
// change that lowers one has to explain itself.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { detect, scrubText } from './detect.ts';

const repo = fileURLToPath(new URL('../..', import.meta.url));
const shared = process.env['SPINE_SHARED_DIR'] ?? join(repo, '..', 'shared');
const data = (path: string): string => join(shared, 'data', path);

const missing = (path: string): boolean => !existsSync(data(path));

type Sample = {
  full_text: string;
  spans: { entity_type: string; start_position: number; end_position: number }[];
};

// The data is not in the repository: without SPINE_SHARED_DIR there is nothing to measure on.
describe.skipIf(missing('pii/presidio-dev'))('labelled sentences (of pii/presidio-dev)', () => {
  const TYPES: Readonly<Record<string, readonly string[]>> = {
    EMAIL_ADDRESS: ['email'],
    CREDIT_CARD: ['card'],
    IBAN_CODE: ['iban'],
    US_SSN: ['us_ssn'],
    IP_ADDRESS: ['ipv4', 'ipv6'],
    PHONE_NUMBER: ['phone'],
  };

  test.each([
    ['EMAIL_ADDRESS', 1, 1],
    ['CREDIT_CARD', 1, 1],
    ['IBAN_CODE', 1, 1],
    ['US_SSN', 1, 1],
    ['IP_ADDRESS', 1, 1],
    ['PHONE_NUMBER', 0.99, 0.97],
  ])('%s: precision at least %d, recall at least %d', (label, precision, recall) => {
    const path = data('pii/presidio-dev/generated_large.json');
    const samples = JSON.parse(readFileSync(path, 'utf8')) as Sample[];
    const wanted = TYPES[label]!;
    let [hits, missed, wrong] = [0, 0, 0];
    for (const { full_text: text, spans } of samples) {
      const units = (points: number) => [...text].slice(0, points).join('').length;
      const truth = spans
        .filter((span) => span.entity_type === label)
        .map((span) => ({ start: units(span.start_position), end: units(span.end_position) }));
      const found = detect(text).filter((span) => wanted.includes(span.type));
      for (const one of truth) {
        if (found.some((span) => overlap(span, one) > 0.75)) hits++;
        else missed++;
      }
      wrong += found.filter((span) => truth.every((one) => overlap(span, one) === 0)).length;
    }
    expect(hits + missed).toBeGreaterThan(10);
    expect(hits / (hits + wrong)).toBeGreaterThanOrEqual(precision);
    expect(hits / (hits + missed)).toBeGreaterThanOrEqual(recall);
  });

  /** Intersection over union. */
  function overlap(a: { start: number; end: number }, b: { start: number; end: number }): number {
    const both = Math.min(a.end, b.end) - Math.max(a.start, b.start);
    return both <= 0 ? 0 : both / (Math.max(a.end, b.end) - Math.min(a.start, b.start));
  }
});

// The data is not in the repository: without SPINE_SHARED_DIR there is nothing to measure on.
describe.skipIf(missing('pii/sds-validators'))('validator vectors (of pii/sds-validators)', () => {
  const rows = () =>
    readFileSync(data('pii/sds-validators/values.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { validator: string; value: string; valid: boolean });

  test('every valid IBAN is found, no invalid one', () => {
    const ibans = rows().filter((row) => row.validator === 'iban_checker');
    expect(ibans.length).toBeGreaterThan(3);
    for (const { value, valid } of ibans) {
      expect(
        detect(value).some((span) => span.type === 'iban'),
        value,
      ).toBe(valid);
    }
  });

  test('every GitHub token of the classic form is found', () => {
    const tokens = rows().filter(
      (row) => row.validator === 'github_token_checksum' && /^gh[pousr]_\w{36}$/.test(row.value),
    );
    expect(tokens.length).toBeGreaterThan(3);
    for (const { value } of tokens) {
      expect(
        detect(value).map((span) => span.type),
        value,
      ).toEqual(['github_token']);
    }
  });
});

// The data is not in the repository: without SPINE_SHARED_DIR there is nothing to measure on.
describe.skipIf(missing('traces'))('traces of real agents (of traces)', () => {
  test('hold no find but addresses that are addresses: 0 false hits per MB', () => {
    const found = new Map<string, Set<string>>();
    let bytes = 0;
    for (const text of textsOf(data('traces'))) {
      bytes += Buffer.byteLength(text);
      scrubText(text, (type, raw) => {
        found.set(type, (found.get(type) ?? new Set()).add(raw));
        return `pii_${type}_k1_AAAAAAAAAAAAAAAAAAAAAA`;
      });
    }
    expect(bytes).toBeGreaterThan(1_000_000);
    expect([...found.keys()].toSorted()).toEqual(['email', 'ipv4']);
    for (const email of found.get('email') ?? []) expect(email).toMatch(/^[\w.]+@[\w]+\.com$/);
    expect([...(found.get('ipv4') ?? [])]).toEqual(['10.65.201.20']);
  });

  function* textsOf(folder: string): Generator<string> {
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.json')) continue;
      yield* strings(JSON.parse(readFileSync(join(folder, entry), 'utf8')));
    }
  }

  function* strings(value: unknown): Generator<string> {
    if (typeof value === 'string') yield value;
    else if (typeof value === 'object' && value !== null) {
      for (const child of Object.values(value)) yield* strings(child);
    }
  }
});
