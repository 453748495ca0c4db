// The string leaves of an Avro schema as a tree, from which the steps over events are compiled. The
// schema is the single source: a string added to it is walked, and scanned, without a change here.
// Example: fieldSet(readEventFields(JSON.parse(agentEventAvsc))).has('actor.id') === true
export type EventField =
  | { readonly is: 'text' }
  | { readonly is: 'list'; readonly items: EventField }
  | { readonly is: 'map'; readonly values: EventField | null }
  | {
      readonly is: 'record';
      readonly name: string;
      readonly fields: ReadonlyMap<string, EventField>;
      /** Fields that take null. */
      readonly nullable: ReadonlySet<string>;
    };

/** The paths a field policy may name. */
export type FieldSet = {
  readonly paths: readonly string[];
  readonly has: (path: string) => boolean;
  /** The path most like a mistaken one, '' when none is. */
  readonly nearest: (path: string) => string;
};

type Avro =
  | string
  | readonly Avro[]
  | {
      readonly type: Avro;
      readonly name?: string;
      readonly fields?: readonly { readonly name: string; readonly type: Avro }[];
      readonly items?: Avro;
      readonly values?: Avro;
    };

/** The tree of a schema's strings; enums and numbers are left out, map keys are strings. */
export function readEventFields(schema: unknown): EventField {
  const tree = read(schema as Avro, new Map());
  if (tree === null) throw new TypeError('the schema holds no text');
  return tree;
}

function read(type: Avro, named: Map<string, EventField>): EventField | null {
  if (typeof type === 'string')
    return type === 'string' ? { is: 'text' } : (named.get(type) ?? null);
  if (Array.isArray(type)) {
    for (const branch of type as readonly Avro[]) {
      const field = read(branch, named);
      if (field !== null) return field;
    }
    return null;
  }
  const node = type as Exclude<Avro, string | readonly Avro[]>;
  if (node.type === 'array') {
    const items = read(node.items ?? 'null', named);
    return items && { is: 'list', items };
  }
  if (node.type === 'map') return { is: 'map', values: read(node.values ?? 'null', named) };
  if (node.type !== 'record')
    return typeof node.type === 'string' && node.type !== 'string' ? null : read(node.type, named);
  const fields = new Map<string, EventField>();
  const nullable = new Set<string>();
  const tree: EventField = { is: 'record', name: node.name ?? '', fields, nullable };
  named.set(node.name ?? '', tree);
  for (const field of node.fields ?? []) {
    const child = read(field.type, named);
    if (child !== null) fields.set(field.name, child);
    if (Array.isArray(field.type) && field.type.includes('null')) nullable.add(field.name);
  }
  return tree;
}

/**
 * Every path of the tree: records by dots, lists with [], maps with .* for values and .<key> for
 * keys.
 */
export function fieldSet(tree: EventField): FieldSet {
  const paths: string[] = [];
  const maps: string[] = [];
  const walk = (field: EventField, path: string): void => {
    switch (field.is) {
      case 'text':
        paths.push(path);
        break;
      case 'list':
        walk(field.items, `${path}[]`);
        break;
      case 'map':
        paths.push(`${path}.<key>`);
        if (field.values !== null) {
          maps.push(path);
          walk(field.values, `${path}.*`);
        }
        break;
      case 'record':
        for (const [name, child] of field.fields)
          walk(child, path === '' ? name : `${path}.${name}`);
    }
  };
  walk(tree, '');
  const known = new Set(paths);
  return {
    paths,
    has: (path) => known.has(path) || maps.some((map) => path.startsWith(`${map}.`)),
    nearest: (path) => nearest(path, paths),
  };
}

function nearest(path: string, paths: readonly string[]): string {
  const last = path.split('.').at(-1) ?? path;
  return (
    paths.find((known) => known.replaceAll('[]', '') === path) ??
    paths.find((known) => known.endsWith(`.${last}`) || known === last) ??
    paths.find((known) => known.startsWith(path)) ??
    ''
  );
}
