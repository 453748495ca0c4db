// The order and honesty of migrations, without a server; test/journeys/clickhouse.test.ts runs
// them.
import { describe, expect, test } from 'vitest';
import { checksumOf, loadMigrations, pendingOf, statementsOf, type Migration } from './migrate.ts';

const one: Migration = {
  version: 1,
  name: '0001_a',
  sql: 'CREATE TABLE IF NOT EXISTS {database}.a',
};
const two: Migration = { version: 2, name: '0002_b', sql: 'DROP TABLE IF EXISTS {database}.a' };
const applied = (migration: Migration) => ({
  version: migration.version,
  checksum: checksumOf(migration),
});
const refusal = expect.objectContaining({ code: 'SPINE_CLICKHOUSE_MIGRATION' }) as Error;

describe('what is still to be applied', () => {
  test('everything on an empty database, in order', () => {
    expect(pendingOf([two, one], [])).toEqual([one, two]);
  });

  test('nothing once everything is', () => {
    expect(pendingOf([one, two], [applied(one), applied(two)])).toEqual([]);
  });

  test('a newer release may have been here', () => {
    expect(pendingOf([one], [applied(one), { version: 9, checksum: 'x' }])).toEqual([]);
  });

  test.each([
    ['an applied file was edited', [{ ...one, sql: 'SELECT 1' }, two], [applied(one)]],
    ['two processes applied different files', [one], [applied(one), { version: 1, checksum: 'x' }]],
    ['an applied file is gone', [two], [applied(one), applied(two)]],
    ['a file was slipped in before an applied one', [one, two], [applied(two)]],
    ['two files have one number', [one, { ...two, version: 1 }], []],
  ])('refused: %s', (_, migrations, history) => {
    expect(() => pendingOf(migrations, history)).toThrow(refusal);
  });
});

describe('the statements of a migration', () => {
  const values = { database: 'd', window: '10000', cut: '1970-01-01 00:00:00' };

  test('have their placeholders filled in', () => {
    expect(statementsOf(one, values)).toEqual(['CREATE TABLE IF NOT EXISTS d.a']);
  });

  test.each([
    'CREATE TABLE {database}.a (x Int8) ENGINE = Memory',
    'DROP TABLE {database}.a',
    'ALTER TABLE {database}.a ADD COLUMN x Int8',
    'INSERT INTO {database}.a SELECT 1',
    'CREATE TABLE IF NOT EXISTS {databas}.a',
  ])('are refused where a repeat would fail or a placeholder is unknown: %s', (sql) => {
    expect(() => statementsOf({ ...one, sql }, values)).toThrow(refusal);
  });

  test('all files of this release can be repeated and are numbered in order, each once', () => {
    const migrations = loadMigrations();
    const numbers = migrations.map(({ version }) => version);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    for (const migration of migrations) {
      expect(statementsOf(migration, values).length).toBeGreaterThan(0);
    }
  });
});
