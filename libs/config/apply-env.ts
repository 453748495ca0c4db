// Puts the SPINE_* environment variables over what the file says.
// Guarantees: an empty variable counts as not set, `null` turns a key off where that is allowed; a
// variable that starts with the name of a section but names no key is a problem, not silence;
// Kubernetes' service variables are left alone.
// Example: SPINE_KAFKA_BROKERS=a:9092,b:9092 → kafka.brokers = ['a:9092', 'b:9092']
import { SpineError } from '@agentspine/outcome/errors';
import type { ConfigKey } from './config-keys.ts';
import { childNames, configKeys } from './config-keys.ts';
import { nearest } from './nearest.ts';

export type Env = Readonly<Record<string, string | undefined>>;

type Tree = Record<string, unknown>;

/** Kubernetes sets these for a Service named like one of our sections. */
const KUBERNETES = /_SERVICE_(?:HOST|PORT)(?:_[A-Z0-9_]+)?$|_PORT(?:_\d+_(?:TCP|UDP|SCTP).*)?$/u;

/** Writes into `tree` and answers which key came from which variable. */
export function applyEnv(tree: Tree, env: Env): ReadonlyMap<string, string> {
  const applied = new Map<string, string>();
  for (const key of configKeys()) {
    const raw = env[key.env];
    if (raw === undefined || raw === '') continue;
    if (put(tree, key.path, coerce(key, raw))) applied.set(key.name, key.env);
  }
  return applied;
}

/** One SPINE_CONFIG_KEY for each variable that looks like a key of ours and is none. */
export function unknownEnv(env: Env): readonly SpineError[] {
  const known = new Map(configKeys().map((key) => [key.env, key]));
  const sections = childNames([]).map((section) => `SPINE_${section.toUpperCase()}_`);
  return Object.keys(env)
    .filter((name) => sections.some((section) => name.startsWith(section)))
    .filter((name) => !known.has(name) && !KUBERNETES.test(name))
    .map((name) => {
      const near = nearest(name, [...known.keys()]);
      return new SpineError('SPINE_CONFIG_KEY', {
        wanted: near === undefined ? 'a variable named in docs/config.md' : near,
        found: name,
        where: `environment variable ${name}`,
      });
    });
}

function coerce(key: ConfigKey, raw: string): unknown {
  if (key.facts.nullable && raw === 'null') return null;
  switch (key.facts.form) {
    case 'number':
      return /^-?\d+(?:\.\d+)?$/u.test(raw) ? Number(raw) : raw;
    case 'boolean':
      return raw === 'true' ? true : raw === 'false' ? false : raw;
    case 'list':
      return raw
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'text':
      return raw;
  }
}

/** False where the file holds something else than a section on the way; the schema reports that. */
function put(tree: Tree, path: readonly string[], value: unknown): boolean {
  let section = tree;
  for (const step of path.slice(0, -1)) {
    section[step] ??= {};
    const next = section[step];
    if (typeof next !== 'object' || next === null || Array.isArray(next)) return false;
    section = next as Tree;
  }
  section[path.at(-1) ?? ''] = value;
  return true;
}
