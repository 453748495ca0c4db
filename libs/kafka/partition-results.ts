// What the broker said of each partition when a produce request failed; patch-kafkajs.ts keeps it
// on the error.
// Example: partitionResults(error).get('agent.governed/3') → null (written), an error, or
// undefined.

/**
 * What the broker said of each partition of a failed produce request; empty when it said nothing.
 */
export function partitionResults(error: unknown): ReadonlyMap<string, Error | null> {
  let current = error;
  for (let depth = 0; depth < 10 && current instanceof Error; depth++) {
    const { results } = current as { results?: ReadonlyMap<string, Error | null> };
    if (results !== undefined) return results;
    current = current.cause;
  }
  return new Map();
}
