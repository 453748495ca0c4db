// How governed records of a schema id go into the tables: the Avro container around them, and the
// columns each table takes of them.
// Guarantees: only schemas whose records begin as the sink reads them; a table takes the fields it
// has a column for, the others of the record are skipped by the server.
// Example: const layouts = createLayouts(topic, tableColumns); layouts.add(7, schema);
// layouts.of(7).columns.events
import { SpineError } from '@agentspine/outcome/errors';
import { containerOf, type Container } from '@agentspine/wire/avro-container';
import type { SchemaJson } from '@agentspine/wire/schemas';
import { checkPrefix } from './governed-prefix.ts';
import type { Table } from './insert.ts';

export type Layout = {
  readonly schema: SchemaJson;
  readonly container: Container;
  readonly columns: Readonly<Record<Table, readonly string[]>>;
};

export type Layouts = {
  has(schemaId: number): boolean;
  /** Throws SPINE_SCHEMA_INCOMPATIBLE for a schema that is none of governed records. */
  add(schemaId: number, schema: SchemaJson): void;
  /** Throws SPINE_REGISTRY_MISSING for a schema that was not added. */
  of(schemaId: number): Layout;
};

/** Names of the columns of each table. */
export type TableColumns = ReadonlyMap<string, ReadonlySet<string>>;

export function createLayouts(topic: string, tables: TableColumns): Layouts {
  const layouts = new Map<number, Layout>();
  return {
    has: (schemaId) => layouts.has(schemaId),
    add: (schemaId, schema) => {
      checkPrefix(schema, schemaId);
      const columns = columnsFor(schema, tables);
      layouts.set(schemaId, { schema, container: containerOf(schema), columns });
    },
    of: (schemaId) => {
      const layout = layouts.get(schemaId);
      if (layout !== undefined) return layout;
      throw new SpineError('SPINE_REGISTRY_MISSING', {
        where: topic,
        wanted: 'governed records of a registered schema',
        found: `schema id ${schemaId}`,
      });
    },
  };
}

function columnsFor(schema: SchemaJson, tables: TableColumns): Layout['columns'] {
  const { fields } = schema as unknown as { fields: { name: string }[] };
  const of = (table: Table): string[] =>
    fields.map((field) => field.name).filter((name) => tables.get(table)?.has(name));
  return { events: of('events'), dead_letters: of('dead_letters') };
}
