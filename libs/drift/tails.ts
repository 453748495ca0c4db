// Tail probabilities of the distributions that tests end in, from the incomplete gamma and beta
// functions of stdlib. The upper tail is computed as such, so that 1e-30 is 1e-30 and not 0.
// Guarantees: a number from 0 to 1 for every finite statistic; 1 for a statistic that is not above
// 0 and for degrees of freedom that are not above 0.
// Example: chiSquareTail(40, 11) // 3.58e-5
import betainc from '@stdlib/math-base-special-betainc';
import gammainc from '@stdlib/math-base-special-gammainc';

/** P(X > x) of chi-square with df degrees of freedom. */
export function chiSquareTail(x: number, df: number): number {
  if (!(x > 0) || !(df > 0)) return 1;
  return within(gammainc(x / 2, df / 2, true, true));
}

/** P(X > x) of Fisher's F; with an infinite df2 it is chi-square over df1. */
export function fTail(x: number, df1: number, df2: number): number {
  if (!(x > 0) || !(df1 > 0) || !(df2 > 0)) return 1;
  if (df2 > 1e7) return chiSquareTail(x * df1, df1);
  return within(betainc(df2 / (df2 + df1 * x), df2 / 2, df1 / 2, true, false));
}

/** P(|T| > |t|) of Student's t; with infinite df the normal's. */
export function studentTails(t: number, df: number): number {
  return fTail(t * t, 1, df);
}

/** The t that |T| exceeds with probability p: the inverse of studentTails by bisection. */
export function studentQuantile(p: number, df: number): number {
  let low = 0;
  let high = 1;
  while (studentTails(high, df) > p && high < 1e9) high *= 2;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (studentTails(middle, df) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(D > d) of Kolmogorov's limit at lambda = d * sqrt(n m / (n + m)). */
export function kolmogorovTail(lambda: number): number {
  if (!(lambda > 0)) return 1;
  // Below, the alternating series converges slowly; the dual series of the theta function does not.
  if (lambda < 0.5) {
    let inner = 0;
    for (let k = 1; k <= 7; k += 2)
      inner += Math.exp((-(k * k) * Math.PI ** 2) / (8 * lambda ** 2));
    return within(1 - (Math.sqrt(2 * Math.PI) / lambda) * inner);
  }
  let sum = 0;
  for (let k = 1; k <= 20; k += 1) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-300) break;
  }
  return within(2 * sum);
}

/** The lambda that Kolmogorov's limit exceeds with probability p, for the small p of tests. */
export function kolmogorovQuantile(p: number): number {
  return Math.sqrt(Math.log(2 / Math.min(Math.max(p, Number.MIN_VALUE), 1)) / 2);
}

/** P(X >= k) of a binomial with n trials of chance p. */
export function binomialTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || !(p > 0)) return 0;
  if (p >= 1) return 1;
  return within(betainc(p, k, n - k + 1, true, false));
}

function within(p: number): number {
  return Number.isNaN(p) ? 1 : Math.min(Math.max(p, 0), 1);
}
