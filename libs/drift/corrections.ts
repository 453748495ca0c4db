// Many questions at once: p-values corrected so that a fleet's tests do not cry wolf.
// Guarantees: corrected values keep the order of the raw ones and lie between 0 and 1.
// Sources: Bonferroni's inequality; Y. Benjamini and Y. Hochberg, "Controlling the false discovery
// rate", J. R. Stat. Soc. B 57 (1995), step-up.
// Example: benjaminiHochberg([0.01, 0.04]) // [0.02, 0.04]

/** Rounds of a day: the level is that of all of them together. */
const ROUNDS_PER_DAY = 24;

/** What a round's p-values become, when it asks so many questions. */
export function correction(tests: number): (p: number) => number {
  return (p) => bonferroni(p, tests * ROUNDS_PER_DAY);
}

export function bonferroni(p: number, tests: number): number {
  return Math.min(1, p * Math.max(1, tests));
}

/**
 * Adjusted values in the order given; tests may be more than the values at hand (the rest are 1).
 */
export function benjaminiHochberg(values: readonly number[], tests = values.length): number[] {
  const order = values.map((_, at) => at).toSorted((a, b) => (values[b] ?? 1) - (values[a] ?? 1));
  const adjusted = Array.from<number>({ length: values.length });
  let least = 1;
  for (const [at, index] of order.entries()) {
    const rank = values.length - at;
    least = Math.min(least, ((values[index] ?? 1) * Math.max(tests, values.length)) / rank);
    adjusted[index] = least;
  }
  return adjusted;
}
