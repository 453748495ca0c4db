// The detector as a whole: properties that hold for every text, and the cost of the pass counted in
// steps.
// Example: the steps of a text four times as long are at most four times as many.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detect, scrubText } from './detect.ts';
import { scanRange } from './pass.ts';
import { PAD, PrivacyBoundError, scanOver } from './scan.ts';

const token = (type: string): string => `pii_${type}_k1_${'Ab-_9'.repeat(4)}Zz`;
const scrub = (text: string): string => scrubText(text, token);

const VALUES = [
  'bob.smith@example.org',
  'jörg.müller@example.de',
  '+1 (415) 555-2671',
  '+442079460958',
  '4111 1111 1111 1111',
  '5105105105105100',
  'DE89370400440532013000',
  'GB82 WEST 1234 5698 7654 32',
  '123-45-6789',
  '203.0.113.77',
  '2001:db8::8a2e:370:7334',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
  'AKIAIOSFODNN7EXAMPLE',
  'ghp_aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYabcd',
  'sk-proj-aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY',
  'xoxb-123456789012-1234567890123-aB3dE5fG7hJ9',
];
/**
 * Text of any script, without what could be part of a number or a word that touches the planted
 * value.
 */
const surroundings = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => `${text} `);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...VALUES),
        fc.constantFrom('@', ':', '::', '=', '-', '_', '.', '"', '\\', '{', '[', ' ', '\n', '%40'),
        fc.constantFrom(
          'password=',
          '"token": "',
          'tel ',
          'ssn ',
          'version ',
          'card ',
          'pii_email_k1_',
        ),
        fc.nat(99_999).map(String),
      ),
      { maxLength: 25 },
    )
    .map((parts) => parts.join('')),
);

describe('for every text', () => {
  test('spans are sorted, do not overlap and lie in it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let end = 0;
        for (const span of detect(text)) {
          expect(span.start).toBeGreaterThanOrEqual(end);
          expect(span.end).toBeGreaterThan(span.start);
          end = span.end;
        }
        expect(end).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('scrubbing twice is scrubbing once', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = scrub(text);
        expect(scrub(once)).toBe(once);
      }),
      { numRuns: 5000 },
    );
  });

  test('no planted value survives, wherever it stands', () => {
    fc.assert(
      fc.property(
        surroundings,
        fc.constantFrom(...VALUES),
        surroundings,
        (before, value, after) => {
          expect(scrub(`${before}${value} ${after}`)).not.toContain(value);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('no planted value survives as a leaf of JSON, at any depth, escaped or not', () => {
    fc.assert(
      fc.property(fc.constantFrom(...VALUES), fc.jsonValue(), fc.nat(3), (value, other, levels) => {
        let text = JSON.stringify({ other, list: [other, { deep: `é\n${value}` }], [value]: 1 });
        for (let k = 0; k < levels; k++) text = JSON.stringify({ other, body: text });
        const scrubbed = scrub(text);
        expect(scrubbed).not.toContain(value);
        expect(() => JSON.parse(scrubbed) as unknown).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  test('what holds nothing comes back as the same string', () => {
    const text = 'The order 8812 of 2026-11-22T10:11:12Z was shipped by gpt-4o, build 1.2.3.';
    expect(scrub(text)).toBe(text);
  });
});

describe('JSON', () => {
  test.each([
    ['{"ssn":"123456789"}', `{"ssn":"${token('us_ssn')}"}`],
    ['{"phone":{"number":4155552671}}', `{"phone":{"number":"${token('phone')}"}}`],
    ['{"password":"a b c"}', `{"password":"${token('secret_assignment')}"}`],
    ['{"password":"","token":null}', '{"password":"","token":null}'],
    ['{"max_tokens":4096,"tokens":123456789}', '{"max_tokens":4096,"tokens":123456789}'],
    ['{"a":12345678901234567890, "a" : 1e5}', '{"a":12345678901234567890, "a" : 1e5}'],
    ['{"v":"1.2.3.4","version":"1.2.3.4"}', `{"v":"${token('ipv4')}","version":"1.2.3.4"}`],
    ['{"m":"\\u0062ob\\u0040example.org"}', `{"m":"${token('email')}"}`],
    ['{"m":"x\\ny"}', '{"m":"x\\ny"}'],
    ['[{"card":4111111111111111}]\n{"x":1}', `[{"card":"${token('card')}"}]\n{"x":1}`],
    [
      '{"authorization":"Bearer abc.def"}',
      `{"authorization":"Bearer ${token('secret_assignment')}"}`,
    ],
    [
      '{"token":"ghp_aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYabcd"}',
      `{"token":"${token('github_token')}"}`,
    ],
    ['{"bob@example.org":1}', `{"${token('email')}":1}`],
    ['{"é":"bob@example.org"}', `{"é":"${token('email')}"}`],
    ['{"cut":"off bob@example.org', `{"cut":"off ${token('email')}`],
  ])('%s', (text, wanted) => {
    expect(scrub(text)).toBe(wanted);
  });

  test('in too many levels is refused, not passed', () => {
    expect(() => scrub(`${'['.repeat(300)}1${']'.repeat(300)}`)).toThrow(PrivacyBoundError);
  });
});

describe('the cost of the pass', () => {
  /** Patterns that make detectors with backtracking, or with unbounded look-back, quadratic. */
  const HOSTILE = [
    'a.a.a.',
    '1.1.1.',
    '1 1 1 ',
    '1-1-1-',
    '(1)(1)',
    '@@@@',
    'a@a@',
    'a@a.',
    'a%40',
    ':::::',
    'a:a:',
    '::1:',
    'eyJ',
    'eyJ.',
    'eyJaaaaaaaa.',
    'AKIA',
    'sk-',
    'sk-a',
    'ghp_',
    'ghp_a',
    'xoxb-1',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'http://a:',
    'http://a:b@',
    '://',
    'password=',
    'password: ',
    'token:a',
    'token="',
    'authorization: Bearer ',
    'DE89 3704 0044 0532 ',
    'DE12',
    'pii_',
    'pii_a_k1_',
    'pii_a_k1_aaaaaaaaaaaaaaaaaaaaaa',
    '+1',
    '+49 ',
    '4111 1111 1111 1112 ',
    '123-45-',
    '2026-11-22',
    '550e8400-e29b-41d4-',
    'ya29.',
    'abc8Q~',
    'Q~a',
    'tel 1',
    '\\n1',
    'a=',
    '= ',
    '"',
  ];

  test.each(HOSTILE)('is linear for %j repeated', (unit) => {
    const small = steps(unit, 1_500);
    const large = steps(unit, 6_000);
    expect(large).toBeLessThan(small * 4.6 + 1000);
    expect(large / 6_000).toBeLessThan(160);
  });

  function steps(unit: string, length: number): number {
    const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
    const bytes = new Uint8Array(length + 2 * PAD);
    new TextEncoder().encodeInto(text, bytes.subarray(PAD));
    let reads = 0;
    const counted = new Proxy(bytes, {
      get(target, key) {
        reads++;
        return Reflect.get(target, key) as unknown;
      },
    });
    scanRange(scanOver(counted, PAD, PAD + length));
    return reads;
  }
});
