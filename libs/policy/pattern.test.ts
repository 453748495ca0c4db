// Patterns run on JavaScript's engine where that is bounded, on RE2 where it is not, and mean the
// same on both.
// Example: `(a+)+$` goes to RE2, `a?b{1,3}` stays native.
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { compilePattern, nativeForm } from './pattern.ts';

test.each([
  ['ignore (all )?(previous|prior) instructions', 'native'],
  ['(?i)\\b(?:drop|delete)\\b', 'native'],
  ['[A-Za-z0-9+/]{120}', 'native'],
  ['^a?b{1,3}$', 'native'],
  ['[\\x{E0020}-\\x{E007E}]{8}', 'native'],
  ['(a+)+$', 're2'],
  ['(a|a)*b', 're2'],
  ['x*', 're2'],
  ['(a{1,30}){1,30}', 're2'],
  ['(?:a?){20}a{20}', 're2'],
  ['(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)c', 're2'],
  ['[[:alpha:]]', 're2'],
  ['\\pL', 're2'],
  ['a{2,}', 're2'],
  ['(?i)\\w', 're2'],
])('%s runs on %s', (source, engine) => {
  expect(compilePattern(source).engine).toBe(engine);
});

test.each(['(?=a)', '(?<!a)', '(a)\\1', '[', 'a**', 'a{1001}', '(?>a)', '\\Z'])(
  '%s is not RE2',
  (source) => {
    expect(() => compilePattern(source)).toThrow(/missing|invalid|repeat/);
  },
);

const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'K',
    's',
    '.',
    '\\.',
    '\\d',
    '\\s',
    '\\w',
    '\\b',
    '^',
    '$',
    '\\x{212A}',
    '-',
    '/',
  ),
  fc.constantFrom(
    '[a-k]',
    '[^a-k]',
    '[\\d.-]',
    '[^\\n]',
    '[\\s_]',
    'ſ',
    'é',
    '👩',
    '[é👩]',
    '\\n',
    '\\t',
  ),
);
const pattern = fc.letrec<{ whole: string }>((tie) => ({
  whole: fc.oneof(
    { maxDepth: 4 },
    { weight: 4, arbitrary: piece },
    { weight: 3, arbitrary: fc.tuple(tie('whole'), tie('whole')).map((two) => two.join('')) },
    { weight: 1, arbitrary: fc.tuple(tie('whole'), tie('whole')).map(([a, b]) => `(${a}|${b})`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('whole'), fc.constantFrom('?', '{2}', '{0,2}', '{1,3}?', '??'))
        .map(([inner, count]) => `(?:${inner})${count}`),
    },
  ),
})).whole;
const flags = fc.constantFrom('', '(?i)', '(?s)', '(?is)');
const subject = fc.string({
  unit: fc.constantFrom(
    'a',
    'A',
    'k',
    'K',
    '\u212a',
    's',
    'S',
    'ſ',
    '.',
    '\n',
    ' ',
    '\u00a0',
    '\v',
    '1',
    '-',
    'é',
    '👩',
    '\u2028',
    '/',
    '_',
  ),
  maxLength: 8,
});

test('the native form means what RE2 means', () => {
  let native = 0;
  fc.assert(
    fc.property(
      flags,
      pattern,
      fc.array(subject, { minLength: 3, maxLength: 6 }),
      (flag, body, texts) => {
        const source = flag + body;
        const form = nativeForm(source);
        if (form === undefined) return;
        native++;
        const re2 = RE2JS.compile(source);
        for (const text of texts)
          expect(form.test(text), JSON.stringify([source, text])).toBe(re2.test(text));
      },
    ),
    { numRuns: 3000 },
  );
  expect(native).toBeGreaterThan(500);
});

test('the search for literal starts never loses a match', () => {
  const source = '(?i)<img[^>]*src=.*x';
  const { test: matches, engine } = compilePattern(source);
  expect(engine).toBe('re2');
  expect(matches('text <IMG a SRC=1x')).toBe(true);
  expect(matches('text <imx a src=1x')).toBe(false);
  expect(compilePattern('ab*c*').test('a')).toBe(true);
  expect(compilePattern('abc+').test('abcc')).toBe(true);
  expect(compilePattern('a\\.b.*').test('a.b')).toBe(true);
});
