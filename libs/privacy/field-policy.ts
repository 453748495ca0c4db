// The field policy: what happens to each leaf of an AgentEvent before the detector looks at it.
// Paths are those of schemas/agent-event.avsc: `actor.id`, `links[].rel`, `attributes.*` (every
// value of a map), `attributes.customer_email` (one), `attributes.<key>` (the keys themselves).
// A path without an entry is scanned, so a field added to the schema is never in the open.
// Guarantee: an unknown action, path, type or option is SPINE_FIELDS_FILE with its place, before
// any event is read.
// Example: fields: { actor.id: { action: pseudonymise, type: actor }, tool.session_id: drop }
import { SpineError } from '@agentspine/outcome/errors';
import type { FieldSet } from './event-fields.ts';

export type FieldAction =
  | { readonly action: 'keep' | 'drop' | 'scan' | 'detect' }
  | { readonly action: 'mask'; readonly keep_last: number }
  | { readonly action: 'truncate'; readonly chars: number }
  | { readonly action: 'generalise'; readonly to: 'month' | 'year' | 'network' }
  | { readonly action: 'pseudonymise'; readonly type: string };

export type FieldPolicy = {
  readonly fields: ReadonlyMap<string, FieldAction>;
};

/**
 * Where in the policy file something stands, as file:line; path as in the parsed YAML: ['fields',
 * 'actor.id'].
 */
export type Locate = (path: readonly (string | number)[]) => string;

const OPTIONS = {
  keep: [],
  drop: [],
  scan: [],
  detect: [],
  mask: ['keep_last'],
  truncate: ['chars'],
  generalise: ['to'],
  pseudonymise: ['type'],
} as const;
const ACTIONS = Object.keys(OPTIONS);

/**
 * Reads a parsed field policy file against the string leaves of the schema. Throws
 * SPINE_FIELDS_FILE.
 */
export function parseFieldPolicy(parsed: unknown, leaves: FieldSet, locate: Locate): FieldPolicy {
  const root = record(parsed, [], locate);
  for (const key of Object.keys(root)) {
    if (key !== 'version' && key !== 'fields') throw fault([key], 'version or fields', key, locate);
  }
  if (root['version'] !== 1) throw fault(['version'], 'version: 1', show(root['version']), locate);
  const fields = new Map<string, FieldAction>();
  for (const [path, value] of Object.entries(record(root['fields'], ['fields'], locate))) {
    const at = ['fields', path];
    if (!leaves.has(path)) {
      const near = leaves.nearest(path);
      throw fault(at, `a text field of the schema${near && `, such as ${near}`}`, path, locate);
    }
    const action = parseAction(value, at, locate);
    if (action.action === 'keep' || !path.endsWith('.<key>') || isForKeys(action)) {
      fields.set(path, action);
    } else
      throw fault(
        at,
        'keep, scan, drop or pseudonymise for the keys of a map',
        action.action,
        locate,
      );
  }
  return { fields };
}

function isForKeys(action: FieldAction): boolean {
  return action.action === 'scan' || action.action === 'drop' || action.action === 'pseudonymise';
}

function parseAction(value: unknown, at: readonly string[], locate: Locate): FieldAction {
  const given = typeof value === 'string' ? { action: value } : record(value, at, locate);
  const name = given['action'];
  if (typeof name !== 'string' || !ACTIONS.includes(name)) {
    throw fault(at, `an action: ${ACTIONS.join(', ')}`, show(name), locate);
  }
  const allowed: readonly string[] = OPTIONS[name as keyof typeof OPTIONS];
  for (const key of Object.keys(given)) {
    if (key !== 'action' && !allowed.includes(key)) {
      const wanted = allowed.length === 0 ? `no option for ${name}` : allowed.join(', ');
      throw fault([...at, key], wanted, key, locate);
    }
  }
  switch (name as FieldAction['action']) {
    case 'truncate':
      return {
        action: 'truncate',
        chars: count(given['chars'], [...at, 'chars'], locate, 0, 1_000_000),
      };
    case 'mask':
      return {
        action: 'mask',
        keep_last: count(given['keep_last'] ?? 0, [...at, 'keep_last'], locate, 0, 8),
      };
    case 'generalise': {
      const to = given['to'];
      if (to === 'month' || to === 'year' || to === 'network') return { action: 'generalise', to };
      throw fault([...at, 'to'], 'month, year or network', show(to), locate);
    }
    case 'pseudonymise': {
      const type = given['type'];
      if (typeof type === 'string' && /^[a-z][a-z0-9_]{0,31}$/.test(type) && !type.includes('__')) {
        return { action: 'pseudonymise', type };
      }
      throw fault(
        [...at, 'type'],
        'a type of [a-z][a-z0-9_]{0,31}, without __',
        show(type),
        locate,
      );
    }
    case 'keep':
    case 'drop':
    case 'scan':
    case 'detect':
      return { action: name as 'keep' | 'drop' | 'scan' | 'detect' };
  }
}

function count(
  value: unknown,
  at: readonly string[],
  locate: Locate,
  least: number,
  most: number,
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw fault(at, `a whole number from ${least} to ${most}`, show(value), locate);
}

function record(
  value: unknown,
  at: readonly string[],
  locate: Locate,
): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw fault(at, 'a map of names to values', show(value), locate);
}

function fault(at: readonly string[], wanted: string, found: string, locate: Locate): SpineError {
  return new SpineError('SPINE_FIELDS_FILE', { wanted, found, where: locate(at) });
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
