// The cut of a rollup, read out of its view and turned into one hour of what lies before it; the
// journeys run it on the real engine.
import { describe, expect, test } from 'vitest';
import { cutOf, selectOfHour } from './backfill.ts';

const of = (cut: string): string =>
  `SELECT tool_name, count() AS n FROM d.events AS e WHERE (kind = 'tool_call') AND ` +
  `(e.ingested_at >= toDateTime64('${cut}', 6, 'UTC')) GROUP BY tool_name`;

describe('the cut of a rollup', () => {
  test('is read out of its view', () => {
    expect(cutOf(of('2026-03-01 10:00:30'))).toBe('2026-03-01 10:00:30');
  });

  test('is none where the view has counted everything', () => {
    expect(cutOf(of('1970-01-01 00:00:00'))).toBe('');
    expect(cutOf('SELECT count() AS n FROM d.events')).toBe('');
  });

  test('bounds an hour: what lies at the cut or after it is never filled in', () => {
    const cut = '2026-03-01 10:00:30';
    const time = (at: string) => `toDateTime64('${at}', 6, 'UTC')`;
    expect(selectOfHour({ select: of(cut), cut }, '2026-03-01 10:00:00')).toBe(
      `SELECT tool_name, count() AS n FROM d.events AS e WHERE (kind = 'tool_call') AND ` +
        `((e.ingested_at >= ${time('2026-03-01 10:00:00')} AND ` +
        `e.ingested_at < ${time('2026-03-01 10:00:00')} + INTERVAL 1 HOUR AND ` +
        `e.ingested_at < ${time(cut)})) GROUP BY tool_name`,
    );
  });
});
