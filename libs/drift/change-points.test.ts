// Change points on streams made by hand and from a published table, and the judgement over minutes.
import { expect, test } from 'vitest';
import { adwin, pageHinkley } from './change-points.ts';
import { type Minute, judgeStream } from './judge-stream.ts';
import { usualLevel } from './usual-level.ts';

const OPTIONS = { drift: 0.5, threshold: 5 };

test('the two-sided cumulated sum gives the table of the NIST handbook', () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.3 "CUSUM Control Charts": 20 means with
  // target 325, k = 0.3175, h = 4.1959. The upper sum is 3.01 after group 13 and 4.94 after 14.
  const means = [
    324.925, 324.675, 324.725, 324.35, 325.35, 325.225, 324.125, 324.525, 325.225, 324.6, 324.625,
    325.15, 328.325, 327.25, 327.829, 328.45, 326.35, 326.175, 325.075, 326.75,
  ];
  const values = means.map((mean) => mean - 325);
  const found = pageHinkley(values.slice(0, 14), { drift: 0.3175, threshold: 4.1959 });
  expect(found).toMatchObject({ at: 13, since: 12, up: true });
  expect(pageHinkley(values.slice(0, 13), { drift: 0.3175, threshold: 4.1959 })).toBeUndefined();
});

test('a change is dated where it began, in both directions', () => {
  const up = Array.from({ length: 60 }, (_, at) => (at < 40 ? (at % 2) - 0.5 : 2));
  expect(pageHinkley(up, OPTIONS)).toMatchObject({ since: 40, up: true });
  const down = up.map((value) => -value);
  expect(pageHinkley(down, OPTIONS)).toMatchObject({ since: 40, up: false });
});

test('a change that is over is no change', () => {
  const values = Array.from({ length: 120 }, (_, at) => (at >= 30 && at < 40 ? 3 : 0));
  expect(pageHinkley(values, OPTIONS)).toBeUndefined();
});

test('a value that is no number is skipped', () => {
  const values = [Number.NaN, 0, 0, 3, Number.NaN, 3, 3];
  expect(pageHinkley(values, OPTIONS)).toMatchObject({ since: 3 });
  expect(adwin([Number.NaN, 1, 1], { delta: 0.002, sideMin: 5 })).toBe(0);
});

test('ADWIN cuts where the mean changes, and not where it does not', () => {
  const same = Array.from({ length: 200 }, (_, at) => (at * 0.618) % 1);
  expect(adwin(same, { delta: 0.002, sideMin: 5 })).toBe(0);
  const cut = adwin(
    same.map((value, at) => (at < 120 ? value : value + 1)),
    { delta: 0.002, sideMin: 5 },
  );
  expect(Math.abs(cut - 120)).toBeLessThanOrEqual(10);
});

const MINUTE = 60_000;
const usual = () => ({ mean: 0.02, deviation: 0.14, between: 0 });
const minutesOf = (rate: (minute: number) => number, n = 20): Minute[] =>
  Array.from({ length: 240 }, (_, at) => ({ minuteMs: at * MINUTE, n, sum: n * rate(at) }));

test('an error rate that jumps is an alert within minutes, dated', () => {
  const minutes = minutesOf((at) => (at < 230 ? 0.02 : 0.3));
  const found = judgeStream({ minutes, usual, runsMin: 200 });
  expect(found).toMatchObject({ state: 'alert', sinceMs: 230 * MINUTE });
  expect(found.before).toBeCloseTo(0.02);
  expect(found.after).toBeCloseTo(0.3);
});

test('a stream that stays, or has too few runs, or no past, says so', () => {
  const same = minutesOf(() => 0.02);
  expect(judgeStream({ minutes: same, usual, runsMin: 200 }).state).toBe('ok');
  expect(judgeStream({ minutes: same.slice(0, 2), usual, runsMin: 200 }).lack).toBe(
    'insufficient data: 40 of 200',
  );
  expect(judgeStream({ minutes: [], usual, runsMin: 200 }).lack).toBe(
    'insufficient data: 0 of 200',
  );
  const unknown = judgeStream({ minutes: same, usual: () => undefined, runsMin: 200 });
  expect(unknown.lack).toBe('insufficient data: no usual level for these hours');
});

test('the usual level is that of the same hours, and none where there are too few runs', () => {
  const hour = 3_600_000;
  const rows = Array.from({ length: 7 * 24 }, (_, at) => {
    const night = at % 24 < 8;
    return [
      { hourMs: at * hour, value: 'yes', bin: 0, n: night ? 30 : 1 },
      { hourMs: at * hour, value: 'no', bin: 0, n: night ? 70 : 99 },
    ];
  }).flat();
  const level = usualLevel(rows, { kind: 'rate', beforeMs: 7 * 24 * hour });
  expect(level(7 * 24 * hour + 4 * hour)?.mean).toBeCloseTo(0.3, 2);
  expect(level(7 * 24 * hour + 14 * hour)?.mean).toBeCloseTo(0.01, 2);
  expect(
    usualLevel(rows.slice(0, 2), { kind: 'rate', beforeMs: 7 * 24 * hour })(12 * hour),
  ).toBeUndefined();
});
