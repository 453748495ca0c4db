// Reads back, from the server itself, every setting that exactly-once rests on: on the tables the
// sink writes and on every target a materialized view writes behind them. ClickHouse moved these
// defaults eight times; nobody may rely on them.
// Guarantees: changes nothing; throws SPINE_CLICKHOUSE_SETTING naming table, setting, wanted and
// found.
// Example: await assertSettings(ch, { window: 10_000 }) // ['events', 'dead_letters',
// 'trace_index', …]
import { SpineError } from '@agentspine/outcome/errors';
import type { ClickHouse } from './connect.ts';

export type AssertOptions = {
  /** Least number of inserts every table must remember. */
  readonly window: number;
  /** Tables that are inserted into. Default: events and dead_letters. */
  readonly sources?: readonly string[];
};

export type TableFacts = {
  readonly name: string;
  readonly engine: string;
  readonly engine_full: string;
  readonly create_table_query: string;
  readonly uuid: string;
  /** Materialized views that read from it. */
  readonly dependencies_table: readonly string[];
};

export type SettingFacts = { readonly name: string; readonly value: string };
export type Complaint = { readonly where: string; readonly wanted: string; readonly found: string };

/** A week: longer than Kafka keeps what could be replayed. */
const WINDOW_SECONDS = 604_800;

/** Checks and returns the tables that were checked. */
export async function assertSettings(
  ch: ClickHouse,
  options: AssertOptions,
): Promise<readonly string[]> {
  const tables = await ch.query<TableFacts>(
    `SELECT name, engine, engine_full, create_table_query, toString(uuid) AS uuid, dependencies_table
     FROM system.tables WHERE database = {database:String}`,
    { database: ch.database },
  );
  const defaults = await ch.query<SettingFacts>(
    'SELECT name, value FROM system.merge_tree_settings',
  );
  const fixed = await ch.query<SettingFacts>(
    `SELECT name, value FROM system.settings
     WHERE readonly = 1 OR name IN ('deduplicate_insert')`,
  );
  const sources = options.sources ?? ['events', 'dead_letters'];
  const checked = reach(tables, sources);
  const complaints = [
    ...missing(checked, sources, ch.database),
    ...checked.flatMap((table) => complaintsAbout(table, defaults, options.window, ch.database)),
    ...complaintsAboutUser(fixed),
  ];
  const first = complaints[0];
  if (first !== undefined) {
    const more = complaints.length > 1 ? ` (and ${complaints.length - 1} more)` : '';
    throw new SpineError('SPINE_CLICKHOUSE_SETTING', { ...first, found: first.found + more });
  }
  return checked.map((table) => table.name);
}

/** The sources and everything their materialized views write into, however deep. Pure. */
export function reach(
  tables: readonly TableFacts[],
  sources: readonly string[],
): readonly TableFacts[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const found = new Map<string, TableFacts>();
  const queue = [...sources];
  while (queue.length > 0) {
    const table = byName.get(queue.shift() ?? '');
    if (table === undefined || found.has(table.name)) continue;
    found.set(table.name, table);
    for (const name of table.dependencies_table) {
      const view = byName.get(name);
      if (view?.engine === 'MaterializedView') queue.push(targetOf(view));
    }
  }
  return [...found.values()];
}

/** The table a materialized view writes into: named by TO, or kept inside. */
function targetOf(view: TableFacts): string {
  const to = /^CREATE MATERIALIZED VIEW \S+(?: UUID '[^']*')? TO (?:INNER UUID '[^']*'|(\S+))/.exec(
    view.create_table_query,
  )?.[1];
  if (to === undefined) return `.inner_id.${view.uuid}`;
  return (to.split('.').at(-1) ?? to).replaceAll('`', '');
}

function missing(
  checked: readonly TableFacts[],
  sources: readonly string[],
  database: string,
): readonly Complaint[] {
  const names = new Set(checked.map((table) => table.name));
  return sources
    .filter((source) => !names.has(source))
    .map((source) => ({
      where: `${database}.${source}`,
      wanted: 'a table (run the migrations)',
      found: 'none',
    }));
}

/** What is wrong with one table. Pure. */
export function complaintsAbout(
  table: TableFacts,
  defaults: readonly SettingFacts[],
  window: number,
  database: string,
): readonly Complaint[] {
  const where = `${database}.${table.name}`;
  if (!table.engine.endsWith('MergeTree')) {
    return [{ where, wanted: 'an engine of the MergeTree family', found: table.engine }];
  }
  const own = settingsOf(table.engine_full);
  const value = (name: string): string =>
    own.get(name) ?? defaults.find((setting) => setting.name === name)?.value ?? '0';
  const isReplicated = /^(?:Replicated|Shared)/.test(table.engine);
  const least: readonly (readonly [string, number])[] = isReplicated
    ? [
        ['replicated_deduplication_window', window],
        ['replicated_deduplication_window_seconds', WINDOW_SECONDS],
      ]
    : [
        ['non_replicated_deduplication_window', window],
        ['fsync_after_insert', 1],
        ['fsync_part_directory', 1],
      ];
  return least.flatMap(([name, wanted]) =>
    Number(value(name)) >= wanted
      ? []
      : [{ where, wanted: `${name} of at least ${wanted}`, found: value(name) }],
  );
}

/** The SETTINGS of a table's engine clause. */
function settingsOf(engineFull: string): ReadonlyMap<string, string> {
  const clause = /\bSETTINGS (.*)$/s.exec(engineFull)?.[1] ?? '';
  const pairs = clause.matchAll(/(\w+) = ('(?:[^'\\]|\\.)*'|[^,\s]+)/g);
  return new Map([...pairs].map(([, name = '', value = '']) => [name, value.replaceAll("'", '')]));
}

/**
 * Settings of an insert that the user may not change (a profile's constraint) or that have no place
 * in the statement.
 */
const OF_THE_USER: readonly (readonly [string, string])[] = [
  ['async_insert', '0'],
  ['insert_deduplicate', '1'],
  ['deduplicate_blocks_in_dependent_materialized_views', '1'],
  ['materialized_views_ignore_errors', '0'],
];

/**
 * Pure. fixed: settings whose value cannot be changed in a statement, and deduplicate_insert where
 * the server has it.
 */
export function complaintsAboutUser(fixed: readonly SettingFacts[]): readonly Complaint[] {
  const values = new Map(fixed.map((setting) => [setting.name, setting.value]));
  const complaints = OF_THE_USER.flatMap(([name, wanted]) => {
    const found = values.get(name);
    return found === undefined || found === wanted
      ? []
      : [{ where: "the user's settings", wanted: `${name} = ${wanted}, or free to set`, found }];
  });
  const mode = values.get('deduplicate_insert');
  if (mode !== 'disable') return complaints;
  return [
    ...complaints,
    { where: "the user's settings", wanted: 'deduplicate_insert = enable', found: mode },
  ];
}
