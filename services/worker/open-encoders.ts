// The topics the worker reads and writes, and an encoder for the records of each.
// Guarantees: schema ids are looked up, never registered: that is the deployment's part (`spine
// schemas register`).
// Example: const encoders = await openEncoders(registry, 'agent'); encoders.governed(row)
import { registeredId } from '@agentspine/wire/agent-event-codec';
import { createEncoder, type Encoder } from '@agentspine/wire/avro-encoder';
import type { Registry } from '@agentspine/wire/registry';
import { loadSchemas, SUBJECTS, subjectOf, type TopicSuffix } from '@agentspine/wire/schemas';

const SUFFIXES = Object.keys(SUBJECTS) as TopicSuffix[];

type PerTopic<T> = Readonly<Record<TopicSuffix, T>>;

export function topicNames(prefix: string): PerTopic<string> {
  return Object.fromEntries(
    SUFFIXES.map((suffix) => [suffix, `${prefix}.${suffix}`]),
  ) as PerTopic<string>;
}

/** Throws SPINE_REGISTRY_MISSING where a schema is not registered. */
export async function openEncoders(
  registry: Registry,
  prefix: string,
): Promise<PerTopic<Encoder<object>>> {
  const schemas = loadSchemas();
  const opened = await Promise.all(
    SUFFIXES.map(async (suffix) => {
      const schema = schemas[SUBJECTS[suffix]];
      const id = await registeredId(registry, subjectOf(prefix, suffix), schema);
      return [suffix, createEncoder<object>(schema, id)] as const;
    }),
  );
  return Object.fromEntries(opened) as PerTopic<Encoder<object>>;
}
