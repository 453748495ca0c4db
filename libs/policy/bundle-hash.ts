// The name of a set of rules: a hash of what they say, not of how their files look. Comments, key
// order, file names and the order of rules do not change it; a condition, a list, a macro, a
// message or a test does.
// Example: bundleHash(rules) → '9f86d081884c7d65'
import { createHash } from 'node:crypto';
import type { Rule } from './rule.ts';

/** First 16 hex digits of SHA-256 over canonical JSON. */
export function bundleHash(rules: readonly Rule[]): string {
  const content = rules
    .map(({ definition, lists, macros }) => ({ definition, lists, macros }))
    .toSorted((a, b) => (a.definition.id < b.definition.id ? -1 : 1));
  return createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 16);
}

/** JSON with keys in code-unit order, as RFC 8785 orders them. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
