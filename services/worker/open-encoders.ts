// The topics the worker reads and writes, and an encoder for the records of each.
// Guarantees: schema ids are looked up, never registered: that is the deployment's part (`spine
// schemas register`).
// Example: const encoders = await openEncoders(registry, 'agent'); encoders.governed(row)
import { registeredId } from '@agentspine/wire/agent-event-codec';
import { createEncoder, type Encoder } from '@agentspine/wire/avro-encoder';
import { createGovernedEncoder, type GovernedEncoder } from '@agentspine/wire/governed-encoder';
import type { Registry } from '@agentspine/wire/registry';
import { loadSchemas, SUBJECTS, subjectOf, type TopicSuffix } from '@agentspine/wire/schemas';

const SUFFIXES = Object.keys(SUBJECTS) as TopicSuffix[];

export type Encoders = Readonly<Record<Exclude<TopicSuffix, 'governed'>, Encoder<object>>> & {
  readonly governed: GovernedEncoder;
};

type PerTopic<T> = Readonly<Record<TopicSuffix, T>>;

export function topicNames(prefix: string): PerTopic<string> {
  return Object.fromEntries(
    SUFFIXES.map((suffix) => [suffix, `${prefix}.${suffix}`]),
  ) as PerTopic<string>;
}

/** Throws SPINE_REGISTRY_MISSING where a schema is not registered. */
export async function openEncoders(registry: Registry, prefix: string): Promise<Encoders> {
  const schemas = loadSchemas();
  const opened = await Promise.all(
    SUFFIXES.map(async (suffix) => {
      const schema = schemas[SUBJECTS[suffix]];
      const id = await registeredId(registry, subjectOf(prefix, suffix), schema);
      const create = suffix === 'governed' ? createGovernedEncoder : createEncoder<object>;
      return [suffix, create(schema, id)] as const;
    }),
  );
  return Object.fromEntries(opened) as unknown as Encoders;
}
