// The kinds of values a configuration key can hold: each a zod schema with what docs, errors and
// the environment need to know about it (what is wanted, the unit, whether it is a secret or a
// path).
// Guarantees: the sentence shown to people ("a whole number from 1 to 10") is made from the same
// bounds that are checked.
// Example: const port = whole({ min: 0, max: 65535, unit: 'port', fallback: 9092, means: 'Where it
// listens.' });
import { z } from 'zod';

/** What is known of a key beside its zod schema. */
export type FieldFacts = {
  /** How the value is written in YAML and in the environment. */
  readonly form: 'number' | 'text' | 'list' | 'boolean';
  /** What would be right, as people say it. */
  readonly wanted: string;
  /** Unit or kind shown in docs/config.md. */
  readonly unit: string;
  /** One sentence for docs/config.md. */
  readonly means: string;
  readonly secret: boolean;
  /** A path, relative to the file that names it. */
  readonly path: boolean;
  /** null is allowed and means "off" or "none". */
  readonly nullable: boolean;
};

/** Facts of every field, by its schema. */
export const fieldFacts = z.registry<FieldFacts>();

/** What URLs and names look like, for text(). */
export const HTTP_URL = {
  pattern: /^https?:\/\/[^\s/]+\S*$/u,
  wanted: 'an http or https URL',
  unit: 'URL',
};
export const NAME = {
  pattern: /^[A-Za-z0-9._-]{1,200}$/u,
  wanted: '1 to 200 letters, digits, dots, dashes or underscores',
  unit: 'name',
};

type Common = { readonly means: string; readonly unit?: string };

export function whole(
  options: Common & { min: number; max: number; fallback: number; unit: string },
): z.ZodDefault<z.ZodNumber> {
  const { min, max, fallback, unit, means } = options;
  return register(z.number().int().min(min).max(max).default(fallback), {
    form: 'number',
    wanted: `a whole number from ${min} to ${max}`,
    unit,
    means,
  });
}

export function wholeOrOff(
  options: Common & { min: number; max: number; unit: string },
): z.ZodDefault<z.ZodNullable<z.ZodNumber>> {
  const { min, max, unit, means } = options;
  return register(z.number().int().min(min).max(max).nullable().default(null), {
    form: 'number',
    wanted: `a whole number from ${min} to ${max}, or null`,
    unit,
    means,
    nullable: true,
  });
}

export function flag(options: Common & { fallback: boolean }): z.ZodDefault<z.ZodBoolean> {
  return register(z.boolean().default(options.fallback), {
    form: 'boolean',
    wanted: 'true or false',
    unit: 'boolean',
    means: options.means,
  });
}

export function choice<const T extends readonly [string, ...string[]]>(
  values: T,
  options: Common & { fallback: T[number] },
): z.ZodPrefault<z.ZodEnum<{ [K in T[number]]: K }>> {
  return register(z.enum(values).prefault(options.fallback), {
    form: 'text',
    wanted: `one of ${values.join(', ')}`,
    unit: 'word',
    means: options.means,
  });
}

type TextOptions = Common & {
  readonly fallback: string;
  readonly pattern?: RegExp;
  readonly wanted?: string;
  readonly secret?: boolean;
};

export function text(options: TextOptions): z.ZodDefault<z.ZodString> {
  const schema = z
    .string()
    .max(1000)
    .regex(options.pattern ?? /^/u);
  return register(schema.default(options.fallback), {
    form: 'text',
    wanted: options.wanted ?? 'text',
    unit: options.unit ?? 'text',
    means: options.means,
    secret: options.secret ?? false,
  });
}

/** A key without a default: it must be given when its section is. */
export function needed(options: Omit<TextOptions, 'fallback'>): z.ZodString {
  return register(z.string().min(1).max(1000), {
    form: 'text',
    wanted: options.wanted ?? 'text',
    unit: options.unit ?? 'text',
    means: options.means,
    secret: options.secret ?? false,
  });
}

/** A choice without a default. */
export function neededChoice<const T extends readonly [string, ...string[]]>(
  values: T,
  options: Common,
): z.ZodEnum<{ [K in T[number]]: K }> {
  return register(z.enum(values), {
    form: 'text',
    wanted: `one of ${values.join(', ')}`,
    unit: 'word',
    means: options.means,
  });
}

export function path(options: Common & { fallback: string }): z.ZodDefault<z.ZodString> {
  return register(z.string().min(1).max(4096).default(options.fallback), {
    form: 'text',
    wanted: 'a path, relative to the file that names it',
    unit: 'path',
    means: options.means,
    path: true,
  });
}

export function pathOrNone(options: Common): z.ZodDefault<z.ZodNullable<z.ZodString>> {
  return register(z.string().min(1).max(4096).nullable().default(null), {
    form: 'text',
    wanted: 'a path, relative to the file that names it, or null',
    unit: 'path',
    means: options.means,
    path: true,
    nullable: true,
  });
}

type ListOptions = Common & {
  readonly fallback: readonly string[];
  readonly pattern: RegExp;
  readonly wanted: string;
  readonly unit: string;
  readonly path?: boolean;
};

export function list(options: ListOptions): z.ZodDefault<z.ZodArray<z.ZodString>> {
  const schema = z.array(z.string().max(4096).regex(options.pattern)).min(1).max(1000);
  return register(schema.default([...options.fallback]), {
    form: 'list',
    wanted: options.wanted,
    unit: options.unit,
    means: options.means,
    path: options.path ?? false,
  });
}

type Given = Pick<FieldFacts, 'form' | 'wanted' | 'unit' | 'means'> & Partial<FieldFacts>;

function register<T extends z.ZodType>(schema: T, facts: Given): T {
  fieldFacts.add(schema, { secret: false, path: false, nullable: false, ...facts });
  return schema;
}
