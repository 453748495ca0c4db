// Durations as Prometheus writes them: 30s, 5m, 1h30m, 7d.
// Guarantees: what is printed reads back to the same number; anything else is undefined, never a
// guess.
// Example: readDuration('1h30m') → 5400000; showDuration(5400000) → '1h30m'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const WHOLE = /^(?:\d+(?:ms|[smhdw]))+$/u;
const PART = /(?<count>\d+)(?<unit>ms|[smhdw])/gu;

/** Milliseconds, or undefined where the text is no duration. `0` alone is one. */
export function readDuration(text: unknown): number | undefined {
  if (text === 0 || text === '0') return 0;
  if (typeof text !== 'string' || !WHOLE.test(text)) return undefined;
  let sum = 0;
  for (const { groups } of text.matchAll(PART)) {
    sum += Number(groups?.['count']) * UNITS[(groups?.['unit'] ?? 's') as keyof typeof UNITS];
  }
  return Number.isSafeInteger(sum) ? sum : undefined;
}

export function showDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / UNITS[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * UNITS[unit];
  }
  return text === '' ? '0s' : text;
}
