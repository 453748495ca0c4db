// The price table: which row counts, exact arithmetic, refusals, and the file that ships.
// Guarantees: costs are compared with bigint arithmetic over generated prices and token counts.
// Example: vitest run --project unit libs/enrich/prices.test.ts
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ModelCall } from '@agentspine/event/agent-event';
import { modelCall } from '@agentspine/event/build';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePrices } from './prices.ts';

const locate = (path: readonly (string | number)[]): string => `prices.yaml:${path.join('.')}`;
const DAY_US = 86_400_000_000;
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) * 1000;

const base = { match: 'm-1', from: '2025-01-01', input: 2, output: 8, source: 'page' };
const table = (...rows: object[]) =>
  parsePrices({ prices: rows.map((row) => ({ ...base, ...row })) }, locate);
const call = (fields: Partial<ModelCall>): ModelCall =>
  modelCall({ request_model: 'm-1', input_tokens: 1000, output_tokens: 100, ...fields });
const NOW = day('2026-01-01');

describe('costOf', () => {
  it('multiplies tokens by the prices, exactly', () => {
    // 1000 × 2 $/M + 100 × 8 $/M = 0.0028 $
    expect(table({}).costOf(call({}), NOW)).toBe(2_800_000);
    expect(table({ input: 0.0375, output: 0 }).costOf(call({ input_tokens: 1 }), NOW)).toBe(38);
  });

  it('prices cached tokens apart and never twice', () => {
    const prices = table({ cache_read: 0.5, cache_write: 2.5 });
    const cached = call({ cache_read_tokens: 600, cache_write_tokens: 300, output_tokens: 0 });
    expect(prices.costOf(cached, NOW)).toBe(100 * 2000 + 600 * 500 + 300 * 2500);
    const more = call({ input_tokens: 10, cache_read_tokens: 600, output_tokens: 0 });
    expect(prices.costOf(more, NOW)).toBe(600 * 500);
    expect(table({}).costOf(cached, NOW)).toBe(1000 * 2000);
  });

  it('takes the row that was in force when the call happened', () => {
    const prices = table({ input: 2 }, { input: 1, from: '2025-06-01' });
    const one = call({ output_tokens: 0 });
    expect(prices.costOf(one, day('2025-06-01') - 1)).toBe(2_000_000);
    expect(prices.costOf(one, day('2025-06-01'))).toBe(1_000_000);
    expect(prices.costOf(one, day('2025-01-01') - DAY_US)).toBeNull();
  });

  it('lets the longest match win, and an exact one over any prefix', () => {
    const prices = table(
      { match: 'gpt-*', input: 1 },
      { match: 'gpt-4o-*', input: 3 },
      { match: 'gpt-4o', input: 4 },
      { match: 'GPT-4o-Mini', input: 5 },
    );
    const cost = (name: string): number | null =>
      prices.costOf(call({ request_model: name, input_tokens: 1, output_tokens: 0 }), NOW);
    expect(cost('gpt-3')).toBe(1000);
    expect(cost('gpt-4o-audio')).toBe(3000);
    expect(cost('gpt-4o')).toBe(4000);
    expect(cost('gpt-4o-mini')).toBe(5000);
    expect(cost('ft:gpt-4o:acme')).toBeNull();
    expect(cost('openai/gpt-4o')).toBe(4000);
  });

  it('prices by the model that answered, else by the one asked for', () => {
    const prices = table({ match: 'a', input: 1 }, { match: 'b', input: 2 });
    const tokens = { input_tokens: 1, output_tokens: 0 };
    expect(prices.costOf(call({ ...tokens, request_model: 'a', response_model: 'b' }), NOW)).toBe(
      2000,
    );
    expect(prices.costOf(call({ ...tokens, request_model: 'a', response_model: 'c' }), NOW)).toBe(
      1000,
    );
  });

  it('has no price for another seller, an unknown model or a call without tokens', () => {
    const prices = table({ provider: ['openai'] });
    expect(prices.costOf(call({ provider: 'openai' }), NOW)).toBe(2_800_000);
    expect(prices.costOf(call({ provider: 'openai.chat' }), NOW)).toBe(2_800_000);
    expect(prices.costOf(call({ provider: 'openaix' }), NOW)).toBeNull();
    expect(prices.costOf(call({ request_model: 'azure/m-1' }), NOW)).toBeNull();
    expect(prices.costOf(call({ request_model: 'nope' }), NOW)).toBeNull();
    expect(prices.costOf(call({ request_model: null }), NOW)).toBeNull();
    expect(prices.costOf(call({ input_tokens: null, output_tokens: null }), NOW)).toBeNull();
  });

  it('agrees with bigint arithmetic for any prices and counts', () => {
    const micros = fc.integer({ min: 0, max: 600_000_000 });
    const tokens = fc.oneof(fc.nat(2_000_000), fc.maxSafeNat());
    fc.assert(
      fc.property(micros, micros, tokens, tokens, (input, output, read, written) => {
        const prices = table({ input: input / 1e6, output: output / 1e6 });
        const found = prices.costOf(call({ input_tokens: read, output_tokens: written }), NOW);
        const pico = BigInt(read) * BigInt(input) + BigInt(written) * BigInt(output);
        const nano = (pico + 500n) / 1000n;
        const fits = nano <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(found).toBe(fits ? Number(nano) : Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('answers the same when asked for more names than it remembers', () => {
    const prices = table({ match: 'm-*', input: 1, output: 0 });
    for (let n = 0; n < 3000; n += 1) {
      const one = call({ request_model: `m-${n}`, input_tokens: 1 });
      expect(prices.costOf(one, NOW)).toBe(1000);
    }
  });
});

describe('parsePrices', () => {
  it('gives a version that changes with the rows, not with their order', () => {
    const [a, b] = [{ match: 'a' }, { match: 'b' }];
    expect(table(a, b).version).toBe(table(b, a).version);
    expect(table(a, b).version).not.toBe(table(a, { ...b, output: 9 }).version);
  });

  it('refuses a mistake with its place, what was wanted and what was found', () => {
    const mistakes: [unknown, string][] = [
      [null, 'SPINE_PRICES_FILE prices.yaml:: wanted a map with prices, found null'],
      [{ prices: {} }, 'prices.yaml:prices: wanted a list of rows, found a map'],
      [{ prices: [{ ...base, inptu: 1 }] }, 'prices.yaml:prices.0.inptu: wanted one of match'],
      [{ prices: [{ ...base, input: '2' }] }, 'prices.0.input: wanted dollars per million tokens'],
      [{ prices: [{ ...base, input: -1 }] }, 'found -1'],
      [{ prices: [{ ...base, input: 1e-7 }] }, 'prices.0.input'],
      [
        { prices: [{ ...base, from: '2025-02-30' }] },
        'wanted a day as YYYY-MM-DD, found "2025-02-30"',
      ],
      [{ prices: [{ ...base, match: 'a*b' }] }, 'prices.0.match'],
      [{ prices: [{ ...base, source: '' }] }, 'prices.0.source'],
      [{ prices: [base, base] }, 'prices.1.match: wanted one row per match, provider and day'],
    ];
    for (const [value, message] of mistakes) {
      expect(() => parsePrices(value, locate), message).toThrow(message);
    }
  });
});

describe('infra/prices/prices.yaml', () => {
  const file = resolve(import.meta.dirname, '../../infra/prices/prices.yaml');
  const prices = parsePrices(parse(readFileSync(file, 'utf8')), locate);
  const cost = (model: string, provider: string | null = null): number | null =>
    prices.costOf(
      call({ request_model: model, provider, input_tokens: 672, output_tokens: 16 }),
      day('2025-12-01'),
    );

  it('prices the calls of the any-agent traces as their own gateway did', () => {
    expect(cost('mistral/mistral-small-latest')).toBe(67_200 + 4_800);
  });

  it('prices the models of the demo', () => {
    expect(cost('claude-sonnet-4-5', 'anthropic')).toBe(672 * 3000 + 16 * 15_000);
    expect(cost('claude-haiku-4-5', 'anthropic')).toBe(672 * 1000 + 16 * 5000);
    expect(cost('gpt-4.1', 'openai')).toBe(672 * 2000 + 16 * 8000);
    expect(cost('gpt-4.1-mini', 'openai')).toBe(672 * 400 + 16 * 1600);
  });

  it('names an https page and a day in every source', () => {
    for (const row of prices.rows) {
      expect(row.source).toMatch(/^https:\/\/\S+ as of \d{4}-\d{2}-\d{2}$/);
    }
  });
});
