// The tables the sink fills and the schema of agent.governed are one: same names, same order, types
// that hold every value, the same defaults, and the field's doc as the column's comment. Holds the
// committed .sql against the committed .avsc.
import { readFileSync } from 'node:fs';
import { columnsFromAvsc, renderColumn, type AvroNode } from '@agentspine/clickhouse/ddl-from-avsc';
import { loadMigrations, statementsOf } from '@agentspine/clickhouse/migrate';
import { DEAD_LETTER_COLUMNS } from '@agentspine/clickhouse/tables';
import { describe, expect, test } from 'vitest';

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/governed-event.avsc', import.meta.url), 'utf8'),
) as AvroNode;

const statements = loadMigrations().flatMap((migration) =>
  statementsOf(migration, { database: 'd', window: '10000' }),
);

function statement(start: string): string {
  const found = statements.find((text) => text.startsWith(start));
  if (found === undefined) throw new Error(`no migration has ${start}`);
  return found;
}

/** The lines of a table that declare columns, without the comma. */
function columnLines(table: string): string[] {
  const text = statement(`CREATE TABLE IF NOT EXISTS d.${table}\n`);
  const body = text.slice(text.indexOf('(\n') + 2, text.indexOf('\n)\n'));
  const lines = body.split('\n').map((line) => line.trim().replace(/,$/, ''));
  return lines.filter((line) => !line.startsWith('INDEX '));
}

/** A setting of a table. */
function setting(table: string, name: string): string | undefined {
  const text = statement(`CREATE TABLE IF NOT EXISTS d.${table}\n`);
  return new RegExp(`\\b${name} = (\\w+)`).exec(text)?.[1];
}

describe('the DDL and the schema are one', () => {
  test('events has a column for every field, in its order', () => {
    expect(columnLines('events')).toEqual(columnsFromAvsc(schema).map(renderColumn));
  });

  test('dead_letters has those of them that a marker sets', () => {
    const columns = columnsFromAvsc(schema, DEAD_LETTER_COLUMNS);
    expect(columns.map(({ name }) => name).toSorted()).toEqual(DEAD_LETTER_COLUMNS.toSorted());
    expect(columnLines('dead_letters')).toEqual(columns.map(renderColumn));
  });
});

describe('no table can lose what exactly-once rests on', () => {
  const tables = statements
    .map((text) => /^CREATE TABLE IF NOT EXISTS d\.(\w+)/.exec(text)?.[1])
    .filter((name) => name !== undefined);

  test('every table sets its windows and fsyncs', () => {
    expect(tables.length).toBeGreaterThan(7);
    for (const table of tables) {
      expect([table, setting(table, 'non_replicated_deduplication_window')]).toEqual([
        table,
        '10000',
      ]);
      expect([table, setting(table, 'replicated_deduplication_window')]).toEqual([table, '10000']);
      expect([table, setting(table, 'fsync_after_insert')]).toEqual([table, '1']);
    }
  });

  /** What the sentinel and the commands write themselves, by their own clock. */
  const own = /^(?:alert|sentinel|drift|observations)/;

  test('nothing is partitioned or expired by the time a producer claims', () => {
    for (const table of tables.filter((name) => !own.test(name))) {
      const text = statement(`CREATE TABLE IF NOT EXISTS d.${table}\n`);
      const clauses = (text.match(/^(?:PARTITION BY|TTL) .*/gm) ?? []).join(' ');
      expect([table, clauses]).toEqual([table, expect.stringContaining('ingested_')]);
      expect([table, clauses]).not.toEqual([table, expect.stringContaining('event_time')]);
    }
  });

  test('no row depends on when or where it is inserted', () => {
    const views = statements.filter((text) => text.startsWith('CREATE MATERIALIZED VIEW'));
    expect(views.length).toBe(8);
    for (const text of views) expect(text).not.toMatch(/\b(?:now|today|rand|uuid|hostName)\w*\(/i);
  });
});
