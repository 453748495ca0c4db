// Every statistic of the room against SciPy's numbers (scipy-reference.json; scipy-reference.py
// made them). Relative tolerance 1e-9 for distances, 1e-6 for tail probabilities down to 1e-133.
import { expect, test } from 'vitest';
import { benjaminiHochberg, bonferroni } from './corrections.ts';
import {
  jensenShannonDistance,
  kolmogorovSmirnov,
  lInfinity,
  moments,
  psi,
  wasserstein,
} from './distances.ts';
import { chiSquareTest, mixTest } from './homogeneity.ts';
import scipy from './scipy-reference.json' with { type: 'json' };
import {
  binomialTail,
  chiSquareTail,
  fTail,
  kolmogorovQuantile,
  kolmogorovTail,
  studentQuantile,
  studentTails,
} from './tails.ts';

const near = (found: number, wanted: number, tolerance: number, what: string): void => {
  const gap = Math.abs(found - wanted) / Math.max(Math.abs(wanted), 1e-300);
  expect(gap, `${what}: ${found} for ${wanted}`).toBeLessThan(tolerance);
};

test('chi-square, PSI and Jensen-Shannon distance of mixes are those of SciPy', () => {
  for (const { reference, current, ...wanted } of scipy.mixes) {
    const found = chiSquareTest(reference, current);
    expect(found.df).toBe(wanted.df);
    near(found.statistic, wanted.statistic, 1e-9, 'statistic');
    near(found.p, wanted.p, 1e-6, 'p');
    near(psi(reference, current), wanted.psi, 1e-9, 'PSI');
    near(jensenShannonDistance(reference, current), wanted.js_distance, 1e-9, 'JS');
  }
});

test('Kolmogorov-Smirnov and Wasserstein of histograms are those of SciPy', () => {
  expect(scipy.histograms).toHaveLength(3);
  for (const { positions, reference, current, ...wanted } of scipy.histograms) {
    const d = kolmogorovSmirnov(reference, current);
    near(d, wanted.ks_d, 1e-9, 'D');
    const [n, m] = [reference, current].map((side) => side.reduce((sum, each) => sum + each, 0));
    const size = ((n ?? 0) * (m ?? 0)) / ((n ?? 0) + (m ?? 0));
    near(kolmogorovTail(d * Math.sqrt(size)), wanted.ks_p, 1e-6, 'p');
    near(wasserstein(reference, current, positions), wanted.wasserstein, 1e-9, 'Wasserstein');
    near(moments(reference, positions).deviation, wanted.deviation, 1e-9, 'deviation');
  }
});

test('tail probabilities are those of SciPy, far out as well', () => {
  expect(scipy.tails.chi_square.length).toBeGreaterThan(3);
  const { chi_square, f, student, kolmogorov, binomial } = scipy.tails;
  for (const [x = 0, df = 0, p = 0] of chi_square) near(chiSquareTail(x, df), p, 1e-6, `χ² ${x}`);
  for (const [x = 0, a = 0, b = 0, p = 0] of f) near(fTail(x, a, b), p, 1e-6, `F ${x}`);
  for (const [t = 0, df = 0, p = 0] of student) near(studentTails(t, df), p, 1e-6, `t ${t}`);
  for (const [x = 0, p = 0] of kolmogorov) near(kolmogorovTail(x), p, 1e-6, `K ${x}`);
  for (const [k = 0, n = 0, p = 0, tail = 0] of binomial) {
    near(binomialTail(k, n, p), tail, 1e-6, `binomial ${k}`);
  }
});

test('quantiles undo tails', () => {
  for (const p of [0.05, 1e-4, 1e-9]) {
    near(studentTails(studentQuantile(p, 7), 7), p, 1e-6, 't');
    near(studentTails(studentQuantile(p, Infinity), Infinity), p, 1e-6, 'normal');
    expect(kolmogorovTail(kolmogorovQuantile(p)) / p).toBeCloseTo(1, 3);
  }
});

test('corrections for many tests are those of SciPy', () => {
  const { values, benjamini_hochberg } = scipy.adjusted;
  for (const [at, found] of benjaminiHochberg(values).entries()) {
    near(found, benjamini_hochberg[at] ?? 0, 1e-12, 'Benjamini-Hochberg');
  }
  expect(bonferroni(0.01, 5)).toBeCloseTo(0.05);
  expect(bonferroni(0.5, 5)).toBe(1);
});

test('with plain sizes the rule takes the larger p of Pearson and likelihood ratio', () => {
  for (const { reference, current, p, p_likelihood } of scipy.mixes) {
    const [nr = 1, nc = 1] = [reference, current].map((side) =>
      side.reduce((sum, each) => sum + each, 0),
    );
    const spread = { reference: 1 / nr, current: 1 / nc, df: Infinity };
    const shares = (side: readonly number[], n: number) => side.map((each) => each / n);
    const found = mixTest(shares(reference, nr), shares(current, nc), spread);
    const larger = Math.max(p, p_likelihood);
    // Of more than two values it asks two questions, and doubles the smaller p.
    if (reference.length === 2) near(found, larger, 1e-6, 'p');
    else expect(found).toBeLessThanOrEqual(Math.min(1, 2 * larger) * (1 + 1e-6));
  }
});

test('an empty side has no distance, one value has no deviation', () => {
  expect(psi([0, 0], [3, 4])).toBe(0);
  expect(jensenShannonDistance([1, 2], [0, 0])).toBe(0);
  expect(lInfinity([], [])).toBe(0);
  expect(kolmogorovSmirnov([0], [5])).toBe(0);
  expect(wasserstein([3], [5], [480])).toBe(0);
  expect(moments([7], [480])).toEqual({ mean: 480, deviation: 0 });
  expect(chiSquareTest([0, 0], [1, 2]).p).toBe(1);
});
