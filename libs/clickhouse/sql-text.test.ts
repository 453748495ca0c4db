// Reading SQL: what splits, what reads, and what only looks as if it did.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertReadOnly, splitStatements } from './sql-text.ts';

describe('a file splits into its statements', () => {
  test.each([
    ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ["SELECT ';'; SELECT 2;", ["SELECT ';'", 'SELECT 2']],
    ["SELECT 'it''s; \\';'; SELECT 2", ["SELECT 'it''s; \\';'", 'SELECT 2']],
    ['SELECT "a;b", `c;d`; SELECT 2', ['SELECT "a;b", `c;d`', 'SELECT 2']],
    ['-- a; b\nSELECT 1; /* c; d */ SELECT 2 -- e;', ['SELECT 1', 'SELECT 2']],
    ['SELECT $$a;b$$; SELECT $x$ $$; $x$', ['SELECT $$a;b$$', 'SELECT $x$ $$; $x$']],
    [' ;; \n', []],
  ])('%s', (sql, statements) => {
    expect(splitStatements(sql)).toEqual(statements);
  });

  test('quoted text never splits, whatever it holds', () => {
    const quoted = fc.string().map((text) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`);
    fc.assert(
      fc.property(fc.array(quoted, { minLength: 1, maxLength: 5 }), (texts) => {
        const statements = texts.map((text) => `SELECT ${text}`);
        expect(splitStatements(statements.join(';\n'))).toEqual(statements);
      }),
    );
  });
});

describe('a reader may read', () => {
  test.each([
    'SELECT 1',
    '(SELECT 1) UNION ALL (SELECT 2);',
    'WITH x AS (SELECT 1) SELECT * FROM x',
    'SHOW CREATE TABLE events',
    'DESCRIBE TABLE events',
    'EXPLAIN indexes = 1 SELECT 1',
    'EXISTS TABLE events',
    "-- which\nSELECT 'INSERT INTO x; DROP TABLE y' AS text",
    'SELECT "drop", `insert` FROM system.settings',
    "SELECT e.format, formatDateTime(now(), '%F') FROM events AS e",
    'SELECT truncate(1.5), count() FROM events',
  ])('%s', (sql) => {
    expect(assertReadOnly(sql)).toBe(splitStatements(sql)[0]);
  });
});

describe('a reader may do nothing else', () => {
  test.each([
    '',
    'SELECT 1; DROP TABLE events',
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 into/**/outfile '/tmp/x' truncate",
    'INSERT INTO events SELECT 1',
    'WITH x AS (SELECT 1) INSERT INTO events SELECT * FROM x',
    'EXPLAIN PIPELINE INSERT INTO events SELECT 1',
    'DROP TABLE events',
    'SET max_execution_time = 0',
    'SELECT 1 SETTINGS max_execution_time = 0',
    'SELECT 1 FORMAT JSON',
    "SELECT * FROM file('/etc/passwd')",
    "SELECT * FROM `URL`('http://127.0.0.1')",
    "SELECT * FROM remote('127.0.0.1', 'x.y')",
    "SELECT 'a\\'; SELECT 2 FROM x -- '; DROP TABLE events",
    'KILL QUERY WHERE 1',
    'SYSTEM SHUTDOWN',
  ])('%s', (sql) => {
    expect(() => assertReadOnly(sql)).toThrow(
      expect.objectContaining({ code: 'SPINE_CLI_USAGE' }) as Error,
    );
  });
});
