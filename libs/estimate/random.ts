// Chance from a seed, for resampling: the same seed gives the same interval on every machine.
// Guarantees: values are in [0, 1) with 53 bits; nothing outside the seed enters.
// Example: const random = seeded(7); random() // the same number every time
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export type Random = () => number;

export function seeded(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

/** One draw of a normal distribution (Box and Muller 1958). */
export function normal(random: Random): number {
  // 1 - u, so that the logarithm is never taken of 0.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** One draw of a binomial distribution; by its normal limit where n p (1 - p) is above 25. */
export function binomial(random: Random, n: number, p: number): number {
  const variance = n * p * (1 - p);
  if (variance > 25) {
    const drawn = Math.round(n * p + Math.sqrt(variance) * normal(random));
    return Math.min(n, Math.max(0, drawn));
  }
  let hits = 0;
  for (let at = 0; at < n; at += 1) if (random() < p) hits += 1;
  return hits;
}
