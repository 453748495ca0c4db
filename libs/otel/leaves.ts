// For the tests that prove a mapping drops nothing: every scalar of the source must be found again
// in the events. null and '' say nothing, so they are left out. Texts that are JSON themselves are
// looked into.
// Example: [...leaves({ a: [1, 'x', null] })] → ['1', 'x']

export function* leaves(value: unknown): Generator<string> {
  if (value === null || value === undefined || value === '') return;
  if (typeof value === 'object') {
    for (const inner of Object.values(value)) yield* leaves(inner);
  } else {
    const scalar = value as string | number | boolean | bigint;
    yield String(scalar);
  }
}

/**
 * The scalars of events, those inside texts that are JSON, and the two parts of name/version texts
 * such as sdk.
 */
export function leavesWithin(events: readonly unknown[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const leaf of leaves(events)) {
    found.add(leaf);
    for (const inner of insideOf(leaf)) found.add(inner);
  }
  return found;
}

function insideOf(text: string): Iterable<string> {
  if (/^[\w.-]+\/[\w.-]+$/.test(text)) return text.split('/');
  if (!/^[[{]/.test(text)) return [];
  try {
    return leaves(JSON.parse(text));
  } catch {
    return []; // prose that happens to start with a bracket
  }
}
