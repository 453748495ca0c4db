// What is watched: the dimensions of observations_1h, what sort each is, and which of them may name
// the cause of a shift in another.
// Guarantees: a name that is not listed is a number in octaves (`tool_latency_ns:search`).
// Example: kindOf('tool') // 'category'
import type { Kind, Scale } from './hourly-series.ts';

/** Values of these are few and chosen by somebody: a new one is news. */
const CLOSED = ['tool', 'decision', 'model', 'prompt', 'retrieval_source', 'handoff_to'];
const OPEN = ['failure_mode', 'violation', 'input_language', 'input_topic'];
const RATES = ['error_rate', 'violation_rate'];

export function kindOf(dimension: string): Kind {
  if (CLOSED.includes(dimension) || OPEN.includes(dimension)) return 'category';
  return RATES.includes(dimension) ? 'rate' : 'number';
}

export function scaleOf(dimension: string): Scale {
  return dimension === 'confidence' ? 'twentieths' : 'octaves';
}

export function isClosed(dimension: string): boolean {
  return CLOSED.includes(dimension);
}

/** What would only say the shift again: the tool of a tool mix, the error of an error rate. */
export function tellsItself(dimension: string, cause: string): boolean {
  if (dimension.startsWith(cause)) return true;
  const troubles = ['error_rate', 'failure_mode', 'violation_rate', 'violation'];
  return cause === 'error_type' && troubles.includes(dimension);
}
