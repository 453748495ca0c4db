// Loads the configuration: defaults, then one YAML file, then the environment; checked as a whole.
// Guarantees: unknown keys, wrong values and limits that do not fit each other stop the start, all
// of them named at once (ConfigError) with file:line or the variable, what was wanted and what was
// found; the result is frozen, paths absolute.
// Example: const config = loadConfig({ file: 'spine.yaml', env: process.env, readFile: (path) =>
// readFileSync(path, 'utf8') });
import { dirname, resolve } from 'node:path';
import { SpineError } from '@agentspine/outcome/errors';
import type { z } from 'zod';
import type { Env } from './apply-env.ts';
import { applyEnv, unknownEnv } from './apply-env.ts';
import { ConfigError, show } from './config-error.ts';
import type { ConfigKey } from './config-keys.ts';
import { childNames, configKeys } from './config-keys.ts';
import type { Config } from './config-schema.ts';
import { configSchema } from './config-schema.ts';
import { nearest } from './nearest.ts';
import type { YamlFile } from './read-yaml.ts';
import { readYaml } from './read-yaml.ts';
import { brokenRelations } from './relations.ts';

export type ConfigSource = {
  /** The YAML file; SPINE_CONFIG of the environment where absent; defaults alone where both are. */
  readonly file?: string | undefined;
  readonly env: Env;
  /** Reads a text file or throws. */
  readonly readFile: (path: string) => string;
  /**
   * Paths of the environment and of `file` are relative to this. The working directory where
   * absent.
   */
  readonly cwd?: string;
};

/** Where the value of a key comes from: 'default', 'spine.yaml:12' or 'SPINE_KAFKA_BROKERS'. */
export type Origins = ReadonlyMap<string, string>;

export type LoadedConfig = { readonly config: Config; readonly origins: Origins };

/** The checked configuration. Throws ConfigError, SPINE_CONFIG_MISSING or SPINE_CONFIG_SYNTAX. */
export function loadConfig(source: ConfigSource): Config {
  return loadConfigWithOrigins(source).config;
}

/** As loadConfig, with the origin of every key. */
export function loadConfigWithOrigins(source: ConfigSource): LoadedConfig {
  const name = source.file ?? (source.env['SPINE_CONFIG'] || undefined);
  const yaml = name === undefined ? undefined : readYaml(readText(source, name), name);
  const tree = treeOf(yaml, name);
  const origins = new Map(fileOrigins(tree, yaml));
  for (const [key, variable] of applyEnv(tree, source.env)) origins.set(key, variable);

  const checked = configSchema.safeParse(tree);
  const problems: SpineError[] = [...unknownEnv(source.env)];
  if (!checked.success) {
    problems.push(...checked.error.issues.flatMap((issue) => explain(issue, tree, origins, yaml)));
    throw asError(problems);
  }
  for (const broken of brokenRelations(checked.data)) {
    const where = origins.get(broken.key) ?? origins.get(broken.other) ?? 'default';
    problems.push(
      new SpineError('SPINE_CONFIG_VALUE', {
        wanted: broken.wanted,
        found: `${broken.key} = ${broken.found}`,
        where: spoken(where),
      }),
    );
  }
  if (problems.length > 0) throw asError(problems);
  return { config: freeze(withAbsolutePaths(checked.data, source, origins, name)), origins };
}

function readText(source: ConfigSource, name: string): string {
  try {
    return source.readFile(resolve(source.cwd ?? process.cwd(), name));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    throw new SpineError('SPINE_CONFIG_MISSING', {
      wanted: 'a readable configuration file',
      found: code === 'ENOENT' ? 'no such file' : (code ?? 'an unreadable file'),
      where: name,
      cause,
    });
  }
}

/** A copy of the file's value without the sections that are written but empty. */
function treeOf(yaml: YamlFile | undefined, name: string | undefined): Record<string, unknown> {
  const value = yaml?.value ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new SpineError('SPINE_CONFIG_VALUE', {
      wanted: 'a map of sections',
      found: show(value),
      where: `${name ?? ''}:1`,
    });
  }
  const entries = Object.entries(structuredClone(value)).filter(([, section]) => section !== null);
  return Object.fromEntries(entries);
}

function fileOrigins(
  tree: Record<string, unknown>,
  yaml: YamlFile | undefined,
): readonly (readonly [string, string])[] {
  if (yaml === undefined) return [];
  return configKeys()
    .filter((key) => valueAt(tree, key.path) !== undefined)
    .map((key) => [key.name, yaml.locate(key.path)]);
}

function explain(
  issue: z.core.$ZodIssue,
  tree: unknown,
  origins: Origins,
  yaml: YamlFile | undefined,
): readonly SpineError[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const placed = (at: typeof path): string => yaml?.locate(at) ?? 'the configuration';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path.map(String), key, placed([...path, key])));
  }
  const key = keyAt(path);
  const found = valueAt(tree, path);
  const label = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  const origin = key && origins.get(key.name);
  const fromFile = origin === undefined || origin.includes(':');
  const secret = key?.facts.secret === true && found !== undefined;
  return [
    new SpineError('SPINE_CONFIG_VALUE', {
      wanted: key === undefined ? 'a map of keys' : key.facts.wanted,
      found: `${label.slice(1)} = ${secret ? 'a value that is kept secret' : show(found)}`,
      where: fromFile ? placed(path) : spoken(origin),
    }),
  ];
}

function unknownKey(section: readonly string[], key: string, where: string): SpineError {
  const known = childNames(section);
  const near = nearest(key, known);
  const elsewhere = configKeys().find((other) => other.path.at(-1) === key)?.name;
  const guess = near === undefined ? elsewhere : [...section, near].join('.');
  return new SpineError('SPINE_CONFIG_KEY', {
    wanted: guess ?? `one of ${known.join(', ')}`,
    found: [...section, key].join('.'),
    where,
  });
}

function keyAt(path: readonly (string | number)[]): ConfigKey | undefined {
  const name = path.filter((step) => typeof step === 'string').join('.');
  return configKeys().find((key) => key.name === name);
}

function valueAt(tree: unknown, path: readonly (string | number)[]): unknown {
  let value = tree;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function withAbsolutePaths(
  config: Config,
  source: ConfigSource,
  origins: Origins,
  name: string | undefined,
): Config {
  const cwd = source.cwd ?? process.cwd();
  const fileFolder = name === undefined ? cwd : dirname(resolve(cwd, name));
  const result = structuredClone(config) as unknown as Record<string, Record<string, unknown>>;
  for (const key of configKeys().filter((each) => each.facts.path)) {
    const [section = '', field = ''] = key.path;
    const base = origins.get(key.name)?.includes(':') ? fileFolder : cwd;
    const absolute = (value: unknown): unknown =>
      typeof value === 'string' ? resolve(base, value) : value;
    const holder = result[section];
    if (holder === undefined) continue;
    const value = holder[field];
    holder[field] = Array.isArray(value) ? value.map(absolute) : absolute(value);
  }
  return result as unknown as Config;
}

function spoken(origin: string): string {
  return origin.startsWith('SPINE_') ? `environment variable ${origin}` : origin;
}

function asError(problems: readonly SpineError[]): ConfigError {
  return new ConfigError(problems as [SpineError, ...SpineError[]]);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) freeze(child);
    Object.freeze(value);
  }
  return value;
}
