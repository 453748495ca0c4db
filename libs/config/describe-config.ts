// Tells what configuration is in force and where each value comes from, for `spine config` and the
// first log line.
// Guarantees: secrets and credentials inside URLs are masked; every key is listed, in the order of
// docs/config.md.
// Example: describeConfig(loadConfigWithOrigins(source)) → [{ key: 'kafka.ssl', value: 'false',
// origin: 'default' }, …]
import { createHash } from 'node:crypto';
import { withoutCredentials } from './config-error.ts';
import { configKeys } from './config-keys.ts';
import type { Config } from './config-schema.ts';
import type { LoadedConfig } from './load-config.ts';

export type DescribedKey = {
  readonly key: string;
  /** As JSON, masked. */
  readonly value: string;
  /** 'default', 'spine.yaml:12' or 'SPINE_KAFKA_BROKERS'. */
  readonly origin: string;
};

const MASK = '"***"';

/** One row per key. */
export function describeConfig({ config, origins }: LoadedConfig): readonly DescribedKey[] {
  return configKeys().map((key) => ({
    key: key.name,
    value: masked(config, key.path, key.facts.secret),
    origin: origins.get(key.name) ?? 'default',
  }));
}

/**
 * 12 hex digits that change when any value that is not a secret does; names a configuration in
 * logs.
 */
export function configHash(config: Config): string {
  const text = configKeys().map((key) => masked(config, key.path, key.facts.secret));
  return createHash('sha256').update(JSON.stringify(text)).digest('hex').slice(0, 12);
}

function masked(config: Config, path: readonly string[], secret: boolean): string {
  let value: unknown = config;
  for (const step of path) value = (value as Record<string, unknown> | null)?.[step];
  const text = JSON.stringify(value ?? null);
  if (secret) return text === '""' || text === 'null' ? text : MASK;
  return withoutCredentials(text);
}
