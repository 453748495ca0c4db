// Makes the writer schemas of a batch known before its records are looked at, so that decoding
// itself stays synchronous.
// Guarantees: an id is asked for once; an id the registry does not know is asked for again after a
// while, so that a late registration heals without a restart; waiting for an unreachable registry
// is the caller's (ask).
// Example: const learn = schemaLearner({ ask, nowMs, add, has }); await learn(batch.records)
import type { SchemaJson } from './schemas.ts';

export type LearnerParts = {
  readonly has: (schemaId: number) => boolean;
  readonly add: (schemaId: number, schema: SchemaJson) => void;
  /** The registry's answer, null when it has no such id. Waits while the registry is away. */
  readonly ask: (schemaId: number) => Promise<SchemaJson | null>;
  /** A monotonic clock. */
  readonly nowMs: () => number;
};

const ASK_AGAIN_MS = 10_000;
/** Ids that do not exist cost a request each; a flood of them must not cost memory as well. */
const UNKNOWN_MAX = 10_000;

export function schemaLearner(parts: LearnerParts) {
  const unknownUntilMs = new Map<number, number>();
  return async (records: readonly { readonly value: Buffer | null }[]): Promise<void> => {
    for (const { value } of records) {
      if (value === null || value.length < 5 || value[0] !== 0) continue;
      const id = value.readUInt32BE(1);
      if (parts.has(id) || (unknownUntilMs.get(id) ?? 0) > parts.nowMs()) continue;
      const schema = await parts.ask(id);
      if (schema !== null) {
        unknownUntilMs.delete(id);
        parts.add(id, schema);
      } else {
        if (unknownUntilMs.size >= UNKNOWN_MAX) unknownUntilMs.clear();
        unknownUntilMs.set(id, parts.nowMs() + ASK_AGAIN_MS);
      }
    }
  };
}
