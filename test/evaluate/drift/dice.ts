// Seeded chance for the fleets of an evaluation: uniform, normal, Poisson, Dirichlet.
// Guarantees: the same seed gives the same fleet on every machine.
// Example: const dice = diceOf(7); dice.poisson(3.5)

export type Dice = {
  /** [0, 1). */
  uniform(): number;
  between(low: number, high: number): number;
  normal(): number;
  poisson(mean: number): number;
  /** Shares around the given ones; a larger concentration keeps closer to them. */
  around(shares: readonly number[], concentration: number): number[];
  pick<T>(items: readonly T[]): T;
};

/** sfc32 by Chris Doty-Humphrey (PractRand), seeded through splitmix32. */
export function diceOf(seed: number): Dice {
  let mix = seed >>> 0;
  const split = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [split(), split(), split(), 1];
  const uniform = (): number => {
    const t = (((a + b) >>> 0) + d) >>> 0;
    d = (d + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + t) >>> 0;
    return t / 2 ** 32;
  };
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape);
    // Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
    const e = shape - 1 / 3;
    for (;;) {
      const x = normal();
      const v = (1 + x / Math.sqrt(9 * e)) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + e - e * v + e * Math.log(v))
        return e * v;
    }
  };
  const around = (shares: readonly number[], concentration: number): number[] => {
    const drawn = shares.map((share) => (share > 0 ? gamma(share * concentration) : 0));
    const sum = drawn.reduce((all, each) => all + each, 0);
    return sum > 0 ? drawn.map((each) => each / sum) : [...shares];
  };
  return {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    normal,
    poisson: (mean) => poissonOf(mean, uniform, normal),
    around,
    pick: (items) => items[Math.floor(uniform() * items.length)] as (typeof items)[number],
  };
}

function poissonOf(mean: number, uniform: () => number, normal: () => number): number {
  if (!(mean > 0)) return 0;
  // Above 60 the normal's rounding error is far below what any test here resolves.
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  const bound = Math.exp(-mean);
  let product = uniform();
  let count = 0;
  while (product > bound) {
    product *= uniform();
    count += 1;
  }
  return count;
}
