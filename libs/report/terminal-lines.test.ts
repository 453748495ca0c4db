// The terminal form: widths, what data may not do, and how values are written.
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { plantedReport } from './planted-report.ts';
import { counted, showSpan, showValue } from './show-value.ts';
import { bar, interval, spark } from './strokes.ts';
import { terminalLines } from './terminal-lines.ts';
import { cut, wrap } from './wrap.ts';

const plain = (_: string, text: string): string => text;

describe('the terminal form', () => {
  test.each([60, 80, 97, 120])('no line is wider than %d columns', (width) => {
    const lines = terminalLines(plantedReport(), { width, style: plain });
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
    expect(lines.length).toBeGreaterThan(60);
  });

  test('a width beyond reason is brought within it', () => {
    for (const [asked, widest] of [
      [1, 60],
      [10_000, 120],
    ] as const) {
      const lines = terminalLines(plantedReport(), { width: asked, style: plain });
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(widest);
    }
  });

  test('no control or direction character of the data comes through', () => {
    const lines = terminalLines(plantedReport(), { width: 100, style: plain });
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  test('no number is written as NaN, Infinity or undefined', () => {
    const text = terminalLines(plantedReport(), { width: 120, style: plain }).join('\n');
    expect(text).not.toMatch(/NaN|Infinity|undefined|null/u);
    expect(text).toContain('1.00e+300');
  });

  test('an empty table says why it is empty', () => {
    const text = terminalLines(plantedReport(), { width: 120, style: plain }).join('\n');
    expect(text).toContain('insufficient data: 0 of 100 calls');
  });

  test('colour goes through the style alone', () => {
    const seen = new Set<string>();
    terminalLines(plantedReport(), {
      width: 100,
      style: (style, text) => {
        seen.add(style);
        return text;
      },
    });
    expect([...seen].toSorted()).toEqual(['bold', 'cyan', 'dim', 'green', 'red', 'yellow']);
  });
});

describe('values', () => {
  test.each([
    [0.42, 'ms', '0.42 ms'],
    [812.4, 'ms', '812 ms'],
    [1_240, 'ms', '1.24 s'],
    [45_000, 'ms', '45.0 s'],
    [185_000, 'ms', '3.1 min'],
    [9_000_000, 'ms', '2.5 h'],
    [0.1234, 'share', '12.3 %'],
    [0.0004, 'share', '0.04 %'],
    [-0.15, 'share', '−15 %'],
    [0.0042, 'usd', '$0.004200'],
    [0.42, 'usd', '$0.4200'],
    [-1234.5, 'usd', '−$1,234.50'],
    [3.04, 'factor', '×3.04'],
    [1_234_567, 'count', '1,234,567'],
    [1e21, 'count', '1.00e+21'],
    [Number.NaN, 'usd', '–'],
    [null, 'count', '–'],
    [Date.UTC(2026, 10, 27, 14, 5), 'time', '2026-11-27 14:05'],
    [1e99, 'time', '–'],
  ] as const)('%d as %s is %s', (value, unit, shown) => {
    expect(showValue(value, unit)).toBe(shown);
  });

  test('spans and counts are said as people say them', () => {
    expect([90 * 60e3, 24 * 3_600e3, 7 * 86_400e3].map(showSpan)).toEqual([
      '90 min',
      '24 h',
      '7 d',
    ]);
    expect([counted(1, 'run'), counted(2_000, 'run')]).toEqual(['1 run', '2,000 runs']);
  });
});

describe('strokes', () => {
  test('a spark line has a gap where nothing is known', () => {
    expect(spark([1, 4, null, 8, Number.NaN, 2], 6)).toBe('▁▄ █ ▂');
    expect(spark([null], 4)).toBe(' ');
    expect(spark([0, 0], 4)).toBe('▁▁');
  });

  test('more values than columns are drawn as means', () => {
    expect(
      spark(
        Array.from({ length: 100 }, (_, at) => at),
        10,
      ),
    ).toHaveLength(10);
  });

  test('a bar shows what is small, and never more than its width', () => {
    expect([bar(0.001, 10), bar(0.5, 4), bar(7, 4), bar(Number.NaN, 4), bar(0, 4)]).toEqual([
      '▏',
      '██',
      '████',
      '',
      '',
    ]);
  });

  test('an interval has its ends, its value and the reference', () => {
    const axis = { low: 0, high: 10 };
    expect(interval({ low: 2, value: 4, high: 6 }, axis, 11, 9)).toBe('  ├─●─┤  ┊ ');
    expect(interval({ low: 5, value: 5, high: 5 }, { low: 5, high: 5 }, 4)).toBe('●   ');
  });

  test('wide characters count as what they take', () => {
    expect(cut('日本語テキスト', 7)).toBe('日本語…');
    expect(wrap('日本語 テキスト', 8)).toEqual(['日本語', 'テキスト']);
    expect(wrap('x'.repeat(25), 10)).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
  });
});
