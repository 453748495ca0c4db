// What the front must know of a statement before the engine sees it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EngineException } from './exception.ts';
import { literal } from './request.ts';
import { dataStart, readStatement } from './statement.ts';

describe('readStatement', () => {
  test.each([
    ['SELECT 1', 'read'],
    ['  -- hi\n/* x */ select 1', 'read'],
    ['(SELECT 1) UNION ALL (SELECT 2)', 'read'],
    ['WITH 1 AS x SELECT x', 'read'],
    ['SHOW TABLES', 'read'],
    ['EXPLAIN SELECT 1', 'read'],
    ['CREATE TABLE t (a Int8) ENGINE = Memory', 'write'],
    ['WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x', 'write'],
    ['INSERT INTO t SELECT 1', 'write'],
    ['OPTIMIZE TABLE t FINAL', 'write'],
    ["KILL QUERY WHERE query_id = 'x'", 'control'],
  ])('%s belongs to the lane %s', (sql, lane) => {
    expect(readStatement(sql).lane).toBe(lane);
  });

  test('takes the closing FORMAT for the format of the answer', () => {
    expect(readStatement('SELECT 1 FORMAT JSON').outputFormat).toBe('JSON');
    expect(readStatement('SELECT 1 FORMAT JSON SETTINGS a = 1;').outputFormat).toBe('JSON');
    expect(readStatement('SELECT format x FROM t').outputFormat).toBeUndefined();
    expect(readStatement("SELECT ' FORMAT JSON'").outputFormat).toBeUndefined();
    expect(readStatement('SELECT 1 -- FORMAT JSON').outputFormat).toBeUndefined();
    expect(readStatement('SELECT (1 FORMAT x)').outputFormat).toBeUndefined();
  });

  test('finds where the source and where the data of an insert begin', () => {
    const sql = "INSERT INTO d.`a b` (x, `format`) SETTINGS k = 'FORMAT' FORMAT Avro\nrest";
    const form = readStatement(sql).insert;
    expect(form?.format).toBe('Avro');
    expect(sql.slice(0, form?.sourceAt)).toBe('INSERT INTO d.`a b` (x, `format`)');
    expect(sql.slice(dataStart(Buffer.from(sql), form?.endsAt ?? 0))).toBe('rest');
  });

  test('reads a table called format', () => {
    const sql = 'INSERT INTO format FORMAT CSV';
    expect(readStatement(sql).insert).toMatchObject({ format: 'CSV', sourceAt: 18 });
  });

  test('leaves inserts without a format to the engine', () => {
    expect(readStatement("INSERT INTO t VALUES (1, 'FORMAT x')").insert).toBeUndefined();
    expect(readStatement('INSERT INTO t (a) SELECT 1 FORMAT Null').insert).toBeUndefined();
  });

  test('refuses a second statement, and files of the machine', () => {
    expect(() => readStatement('SELECT 1; DROP TABLE t')).toThrow('Multi-statements');
    expect(() => readStatement('INSERT INTO t VALUES (1); DROP TABLE t')).toThrow('Multi-');
    expect(() => readStatement("SELECT 1 INTO OUTFILE 'x'")).toThrow('INTO OUTFILE');
    expect(() => readStatement("INSERT INTO t FROM INFILE 'x' FORMAT CSV")).toThrow('INFILE');
    expect(readStatement('SELECT 1; -- the end').lane).toBe('read');
  });

  test('knows which statements leave a mark on their connection', () => {
    expect(readStatement('SET max_threads = 1').leavesMarks).toBe(true);
    expect(readStatement('USE d').leavesMarks).toBe(true);
    expect(readStatement('CREATE TEMPORARY TABLE t (a Int8)').leavesMarks).toBe(true);
    expect(readStatement('SELECT 1').leavesMarks).toBe(false);
  });

  test('never takes quoted text for a keyword, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sql = `SELECT ${literal(`${text} FORMAT JSON; DROP TABLE t`)} AS x`;
        expect(readStatement(sql)).toEqual({ lane: 'read', verb: 'SELECT', leavesMarks: false });
      }),
    );
  });

  test('ends on any input, with a statement or a code', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'\'"`()[]\\;/*-$ aF\n') }), (sql) => {
        expect(laneOrCode(sql)).toMatch(/^(read|write|control|62|358)$/);
      }),
    );
  });

  test('reads a literal of some megabytes', () => {
    const sql = `SELECT '${"a''b\\'".repeat(1_000_000)}' FORMAT TSV`;
    expect(readStatement(sql).outputFormat).toBe('TSV');
  });
});

function laneOrCode(sql: string): string {
  try {
    return readStatement(sql).lane;
  } catch (error) {
    return error instanceof EngineException ? String(error.errorCode) : 'no exception of ours';
  }
}
