// JSON without the loss: exact integers, agreement with JSON.parse, refusals with a place.
// Guarantees: the search for faults agrees with JSON.parse on 5,000 generated texts.
// Example: vitest run --project unit libs/otel/exact-json.test.ts
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactJsonText, parseExactJson } from './exact-json.ts';
import { findJsonFault } from './json-fault.ts';

const refusal = (text: string): string => {
  try {
    parseExactJson(text, 'f.json');
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('was accepted');
};

describe('parseExactJson', () => {
  it('keeps integers beyond 2^53 exact, and small ones as numbers', () => {
    const text =
      '[9007199254740991,9007199254740993,-17348474965005769013,1.5e3,1.758026586341103e18,0.1]';
    expect(parseExactJson(text, 'f')).toEqual([
      9007199254740991,
      9007199254740993n,
      -17348474965005769013n,
      1500,
      1758026586341103000n,
      0.1,
    ]);
  });

  it('gives back the integers it read', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n })), (integers) => {
        const text = `[${integers.join(',')}]`;
        expect(exactJsonText(parseExactJson(text, 'f'))).toBe(text);
      }),
    );
  });

  it('agrees with JSON.parse where doubles suffice', () => {
    fc.assert(
      fc.property(fc.json({ depthSize: 'small' }), (text) => {
        const parsed = parseExactJson(text, 'f');
        const narrowed: unknown = JSON.parse(exactJsonText(parsed));
        expect(narrowed).toEqual(JSON.parse(JSON.stringify(JSON.parse(text))));
      }),
    );
  });

  it('keeps a number no double can hold as its text', () => {
    expect(parseExactJson('[1e400]', 'f')).toEqual(['1e400']);
  });

  it('refuses with line, column and reason, and quotes nothing', () => {
    expect(refusal('{"a": 1,\n "b" 2}')).toBe(
      'SPINE_IMPORT_FORMAT f.json:2:6: wanted ":", found a number',
    );
    expect(refusal('[1,]')).toContain('f.json:1:4: wanted a value, found "]"');
    expect(refusal('{"a":tru}')).toContain('f.json:1:6: wanted true, false or null');
    expect(refusal('["x')).toContain(
      'f.json:1:4: wanted a closing quote, found the end of the text',
    );
    expect(refusal('')).toContain('f.json:1:1: wanted a value, found the end of the text');
    expect(refusal('{"ssn": "078-05-1120\n"}')).toContain('U+000A');
    expect(refusal('{"ssn": "078-05-1120\n"}')).not.toContain('078');
    expect(refusal('[01]')).toContain('f.json:1:2');
    expect(refusal('[]]')).toContain('f.json:1:3: wanted the end of the text, found "]"');
  });

  it('refuses nesting deeper than the stack', () => {
    const depth = 1_000_000;
    expect(refusal('['.repeat(depth) + ']'.repeat(depth))).toContain('deeper nesting');
  });
});

describe('findJsonFault', () => {
  it('finds a fault exactly where JSON.parse does', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '0',
      '.',
      'e',
      'true',
      'nul',
      ' ',
      '\\',
      'u0041',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        let accepted = true;
        try {
          JSON.parse(text);
        } catch {
          accepted = false;
        }
        expect(findJsonFault(text) === null).toBe(accepted);
      }),
      { numRuns: 5_000 },
    );
  });

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonFault(text)).toBeNull();
      }),
    );
  });
});
