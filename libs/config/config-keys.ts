// Lists every key of the configuration, flattened: its dotted name, its environment variable, its
// facts and default.
// Guarantees: the list is read from the schema itself, so it can neither lack a key nor name one
// that does not exist.
// Example: configKeys().find((key) => key.name === 'sink.batch_rows_max')?.env →
// 'SPINE_SINK_BATCH_ROWS_MAX'
import { z } from 'zod';
import { configSchema } from './config-schema.ts';
import type { FieldFacts } from './field.ts';
import { fieldFacts } from './field.ts';

export type ConfigKey = {
  readonly path: readonly string[];
  /** The path with dots, as written in messages and docs. */
  readonly name: string;
  /** The environment variable that overrides the file. */
  readonly env: string;
  readonly facts: FieldFacts;
  /** undefined where the key must be given once its section is. */
  readonly fallback: unknown;
};

let keys: readonly ConfigKey[] | undefined;

/** All keys in the order of the schema. */
export function configKeys(): readonly ConfigKey[] {
  keys ??= walk(configSchema, []);
  return keys;
}

/** Names of the keys and sections directly under a path; empty where the path is no section. */
export function childNames(path: readonly string[]): readonly string[] {
  let schema: z.ZodType = configSchema;
  for (const step of path) {
    const next = sectionOf(schema)?.shape[step];
    if (next === undefined) return [];
    schema = next as z.ZodType;
  }
  return Object.keys(sectionOf(schema)?.shape ?? {});
}

function walk(schema: z.ZodType, path: readonly string[]): readonly ConfigKey[] {
  const facts = fieldFacts.get(schema);
  if (facts !== undefined) {
    const env = `SPINE_${path.join('_').toUpperCase()}`;
    return [{ path, name: path.join('.'), env, facts, fallback: fallbackOf(schema) }];
  }
  const shape = sectionOf(schema)?.shape ?? {};
  return Object.entries(shape).flatMap(([key, child]) => walk(child as z.ZodType, [...path, key]));
}

/** The object under the wrappers that make a section optional. */
function sectionOf(schema: z.ZodType): z.ZodObject | undefined {
  let inner: unknown = schema;
  while (
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodNullable
  ) {
    inner = inner.unwrap();
  }
  return inner instanceof z.ZodObject ? inner : undefined;
}

function fallbackOf(schema: z.ZodType): unknown {
  const parsed = schema.safeParse(undefined);
  return parsed.success ? parsed.data : undefined;
}
