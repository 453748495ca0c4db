// Proves offline what the registry's FULL_TRANSITIVE level demands: today's schema reads every
// released one, and every released one reads today's, so producers, workers and sinks may be
// upgraded in any order.
// Source: Apache Avro 1.12, "Schema Resolution"; Confluent Schema Registry, "Schema Evolution and
// Compatibility".
// Example: incompatibilities(today, [{ version: '0.1.0', schema }]) // [] or one line per fault
import { guardedAvro as avro } from './guard-avsc.ts';
import type { SchemaJson } from './schemas.ts';

export type Released = { readonly version: string; readonly schema: SchemaJson };

/** One line per fault: which versions, which direction, what is wrong. */
export function incompatibilities(today: SchemaJson, released: readonly Released[]): string[] {
  return [
    ...enumsWithoutDefault(today, String(today.name)),
    ...released.flatMap(({ version, schema }) => [
      ...unreadable(schema, today, `today's schema cannot read records of ${version}`),
      ...unreadable(today, schema, `${version} cannot read records of today's schema`),
    ]),
  ];
}

function unreadable(writer: SchemaJson, reader: SchemaJson, saying: string): string[] {
  try {
    const readerType = avro.Type.forSchema(reader as never);
    readerType.createResolver(avro.Type.forSchema(writer as never));
    return [];
  } catch (error) {
    return [`${saying}: ${(error as Error).message}`];
  }
}

/** Without a default symbol a reader has no answer to a symbol it does not know. */
function enumsWithoutDefault(node: unknown, path: string): string[] {
  if (Array.isArray(node)) return node.flatMap((item) => enumsWithoutDefault(item, path));
  if (typeof node !== 'object' || node === null) return [];
  const { type, name, default: fallback, fields } = node as Record<string, unknown>;
  if (type === 'enum')
    return fallback === undefined ? [`${path}: enum ${String(name)} has no default`] : [];
  if (Array.isArray(fields)) {
    return fields.flatMap((field: { name: string; type: unknown }) =>
      enumsWithoutDefault(field.type, `${path}.${field.name}`),
    );
  }
  return Object.values(node).flatMap((value) =>
    typeof value === 'object' ? enumsWithoutDefault(value, path) : [],
  );
}
