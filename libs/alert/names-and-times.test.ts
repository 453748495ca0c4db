// Keys of alerts, durations and periods, on values alone.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alertKey } from './alert.ts';
import { readDuration, showDuration } from './duration.ts';
import { periodStart } from './period.ts';

describe('names and times', () => {
  test('a key is of rule and series alone, in any order, empty labels left out', () => {
    const key = alertKey('R', { tenant: 'a', agent: 'b' });
    expect(key).toBe(alertKey('R', { agent: 'b', tenant: 'a', version: '' }));
    expect(key).toMatch(/^[0-9a-f]{32}$/u);
    expect(key).not.toBe(alertKey('R', { tenant: 'b', agent: 'a' }));
  });

  test('durations read back as they are shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (ms) => {
        expect(readDuration(showDuration(ms))).toBe(ms);
      }),
    );
    for (const wrong of ['5', '5 m', 'm5', '-5m', '1.5h', null, {}]) {
      expect(readDuration(wrong)).toBeUndefined();
    }
  });

  test('periods begin at UTC hours, days, Mondays and firsts', () => {
    const at = Date.UTC(2026, 4, 14, 15, 30); // a Thursday
    const starts = (['hour', 'day', 'week', 'month'] as const).map((per) => periodStart(per, at));
    expect(starts).toEqual([
      Date.UTC(2026, 4, 14, 15),
      Date.UTC(2026, 4, 14),
      Date.UTC(2026, 4, 11),
      Date.UTC(2026, 4, 1),
    ]);
  });
});
