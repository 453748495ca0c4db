// Which of the supported formats a parsed file is, told by its shape alone, never by its name. A
// file that is none of them is refused with the place and the reason, before anything is published.
// Example: detectFormat([{ traj: [] }], 'runs.json') → 'tau-bench'
import { SpineError } from '@agentspine/outcome/errors';
import { inside, isObject, typeName } from './json-shape.ts';
import type { Place } from './json-shape.ts';

export type TraceFormat = 'tau-bench' | 'otel-genai';

const WANTED =
  'tau-bench runs (objects with traj) or OpenTelemetry spans (an object with spans or resourceSpans)';

/** @throws SpineError SPINE_IMPORT_FORMAT naming the place, what was wanted and what was found */
export function detectFormat(value: unknown, file: string): TraceFormat {
  const root = { file, path: '$' };
  if (!Array.isArray(value)) return formatOf(value, root);
  if (value.length === 0) throw notSupported(root, 'an empty array');
  return formatOf(value[0], inside(root, 0));
}

function formatOf(value: unknown, place: Place): TraceFormat {
  if (!isObject(value)) throw notSupported(place, typeName(value));
  if ('traj' in value) return 'tau-bench';
  if ('spans' in value || 'resourceSpans' in value) return 'otel-genai';
  const keys = Object.keys(value);
  const few = keys.slice(0, 5).map((key) => JSON.stringify(key.slice(0, 40)));
  const more = keys.length > few.length ? ', …' : '';
  throw notSupported(
    place,
    keys.length === 0 ? 'an empty object' : `only ${few.join(', ')}${more}`,
  );
}

function notSupported(place: Place, found: string): SpineError {
  const where = `${place.file} ${place.path}`;
  return new SpineError('SPINE_IMPORT_FORMAT', { where, wanted: WANTED, found });
}
