// The ClickHouse engine behind its HTTP interface, used by the official client from another
// process, as the sink and the console use it. One engine serves the whole file; the first run
// downloads it into the cache.

import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choosePort } from './ports.ts';
import { TestEngine, until } from './test-engine.ts';

const START_MS = 600_000;
let engine: TestEngine;
const rows = (query: string, more: object = {}): Promise<unknown[]> => engine.rows(query, more);

beforeAll(async () => {
  engine = await TestEngine.start();
  await engine.client.command({ query: 'CREATE DATABASE d' });
}, START_MS);

afterAll(() => engine.stop(), 60_000);

describe('reading', () => {
  test('answers ping, with and without a query', async () => {
    expect(await (await fetch(`${engine.url}/ping`)).text()).toBe('Ok.\n');
    expect(await engine.client.ping()).toEqual({ success: true });
    expect(await engine.client.ping({ select: true })).toEqual({ success: true });
  });

  test('answers in the format of the statement, of the request, or in tab separated values', async () => {
    const ask = async (query: string): Promise<[string | null, string]> => {
      const answer = await fetch(`${engine.url}/?${query}`, { method: 'POST' });
      return [answer.headers.get('x-clickhouse-format'), await answer.text()];
    };
    expect(await ask('query=SELECT 1 FORMAT CSV&default_format=JSON')).toEqual(['CSV', '1\n']);
    expect((await ask('query=SELECT 1&default_format=JSON'))[1]).toContain('"rows": 1');
    expect(await ask('query=SELECT 1, 2')).toEqual(['TabSeparated', '1\t2\n']);
  });

  test('says the query id, the summary and the format', async () => {
    const answer = await engine.client.query({
      query: 'SELECT 1',
      query_id: 'mine',
      format: 'JSON',
    });
    expect(answer.query_id).toBe('mine');
    expect(answer.response_headers).toMatchObject({
      'x-clickhouse-query-id': 'mine',
      'x-clickhouse-format': 'JSON',
      'content-type': 'application/json; charset=UTF-8',
    });
    expect(JSON.parse(String(answer.response_headers['x-clickhouse-summary']))).toMatchObject({
      read_rows: '1',
    });
    await answer.json();
  });

  test('binds parameters of every kind, side by side', async () => {
    const text = "tab\t 'quote' \\ back\n{x}; ü";
    const query = 'SELECT {a:String} AS a, {b:Array(String)} AS b, {c:Nullable(UInt8)} AS c';
    const one = { a: text, b: ["q'", '\\'], c: null };
    expect(await rows(query, { query_params: one })).toEqual([one]);
    expect(await rows(query, { query_params: one, use_multipart_params: true })).toEqual([one]);
    const many = Array.from({ length: 40 }, (_, n) => n);
    const found = await Promise.all(
      many.map((n) => rows('SELECT {n:UInt32} AS n', { query_params: { n } })),
    );
    expect(found).toEqual(many.map((n) => [{ n }]));
    await expect(rows('SELECT {n:UInt32} AS n')).rejects.toMatchObject({ code: '456' });
  });

  test('reads in parallel', async () => {
    // each waits until the engine sees another reader at work, which never comes where readers
    // queue up
    const query = `SELECT sleepEachRow(0.1) FROM numbers(20) SETTINGS max_block_size = 1`;
    const [, , seen] = await Promise.all([
      rows(query),
      rows(query),
      until(async () => {
        const found = await rows('SELECT count() AS n FROM system.processes');
        return (found[0] as { n: number }).n >= 3;
      }),
    ]);
    expect(seen).toBe(true);
  });

  test('compresses requests and answers', async () => {
    const packed = engine.connect({ compression: { request: true, response: true } });
    await packed.command({ query: 'CREATE TABLE d.packed (a String) ENGINE = Memory' });
    const values = [{ a: 'x'.repeat(100_000) }];
    await packed.insert({ table: 'd.packed', values, format: 'JSONEachRow' });
    const answer = await packed.query({ query: 'SELECT a FROM d.packed', format: 'JSONEachRow' });
    expect(answer.response_headers['content-encoding']).toBe('gzip');
    expect(await answer.json()).toEqual(values);
    await packed.close();
  });

  test('gives 64-bit integers as a server of this version does, quoted where that is set', async () => {
    const query = "SELECT toUInt64('18446744073709551615') AS x";
    const plain = await engine.client.query({ query, format: 'JSONEachRow' });
    expect((await plain.text()).trim()).toBe('{"x":18446744073709551615}');
    const settings = { output_format_json_quote_64bit_integers: 1 } as const;
    expect(await rows(query, { clickhouse_settings: settings })).toEqual([
      { x: '18446744073709551615' },
    ]);
  });
});

describe('settings', () => {
  test('hold for their request alone', async () => {
    const query = 'SELECT number FROM numbers(5)';
    const tight = { clickhouse_settings: { max_result_rows: '1' } };
    await expect(rows(query, tight)).rejects.toMatchObject({ type: 'TOO_MANY_ROWS_OR_BYTES' });
    expect(await rows(query)).toHaveLength(5);
    const locked = { clickhouse_settings: { readonly: '1' } };
    expect(await rows(query, locked)).toHaveLength(5);
    await engine.client.command({ query: 'SET max_result_rows = 1' });
    await engine.client.command({ query: 'USE d' });
    expect(await rows('SELECT currentDatabase() AS d FROM numbers(2)')).toHaveLength(2);
    expect(await rows('SELECT currentDatabase() AS d')).toEqual([{ d: 'default' }]);
  });

  test('a token of one insert never swallows the next', async () => {
    await engine.client.command({
      query: `CREATE TABLE d.tokens (a UInt8) ENGINE = MergeTree ORDER BY a
        SETTINGS non_replicated_deduplication_window = 100`,
    });
    const put = (a: number, token?: string): Promise<unknown> =>
      engine.client.insert({
        table: 'd.tokens',
        values: [{ a }],
        format: 'JSONEachRow',
        ...(token !== undefined && { clickhouse_settings: { insert_deduplication_token: token } }),
      });
    await put(1, 'k');
    await put(2);
    await put(3, 'k');
    expect(await rows('SELECT a FROM d.tokens ORDER BY a')).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test('choose the database', async () => {
    const inside = engine.connect({ database: 'd' });
    const answer = await inside.query({
      query: 'SELECT currentDatabase() AS d',
      format: 'JSONEachRow',
    });
    expect(await answer.json()).toEqual([{ d: 'd' }]);
    await inside.close();
  });
});

describe('writing', () => {
  test('an Avro block sent three times under one token is there once, in the table and behind its view', async () => {
    for (const query of [
      `CREATE TABLE d.source (id UInt64, name LowCardinality(String), at DateTime64(6, 'UTC'))
       ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`,
      `CREATE TABLE d.target (name String, n UInt64) ENGINE = SummingMergeTree ORDER BY name
       SETTINGS non_replicated_deduplication_window = 100`,
      `CREATE MATERIALIZED VIEW d.view TO d.target AS
       SELECT name, count() AS n FROM d.source GROUP BY name`,
    ]) {
      await engine.client.command({ query });
    }
    const made = await engine.client.exec({
      query: `SELECT number AS id, toString(number % 3) AS name, toDateTime64(number, 6, 'UTC') AS at
        FROM numbers(1000) FORMAT Avro`,
    });
    const avro = Buffer.concat(await made.stream.toArray());
    const insert = `INSERT INTO d.source (id, name, at)
      SETTINGS insert_deduplication_token = 'g:t:0:0-999:source', async_insert = 0,
        deduplicate_blocks_in_dependent_materialized_views = 1 FORMAT Avro`;
    for (let times = 0; times < 3; times += 1) {
      const { stream, summary } = await engine.client.exec({
        query: insert,
        values: Readable.from([avro]),
      });
      expect(await stream.toArray()).toEqual([]);
      expect(summary?.written_rows).toBe('1000');
    }
    expect(await rows('SELECT count() AS n, sum(id) AS s FROM d.source')).toEqual([
      { n: 1000, s: 499_500 },
    ]);
    expect(await rows('SELECT sum(n) AS n FROM d.target')).toEqual([{ n: 1000 }]);
    // the statement as leading text of the body, the block behind it
    const body = Buffer.concat([Buffer.from(`${insert.replace('0-999', 'b')}\n`), avro]);
    const answer = await fetch(engine.url, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(await rows('SELECT count() AS n FROM d.source')).toEqual([{ n: 2000 }]);
    expect(await readdir(engine.spoolDir)).toEqual([]);
  });

  test.each(['RowBinary', 'Native', 'Parquet', 'CSV', 'TabSeparated', 'JSONEachRow', 'Values'])(
    'takes back what it gave in %s',
    async (format) => {
      const table = `d.back_${format}`;
      await engine.client.command({
        query: `CREATE TABLE ${table} (a UInt64, s String) ENGINE = Memory`,
      });
      const select = `SELECT number AS a, concat('t''"\\t\\n\\\\;', toString(number)) AS s FROM numbers(100)`;
      const given = await engine.client.exec({ query: `${select} FORMAT ${format}` });
      const values = Readable.from([Buffer.concat(await given.stream.toArray())]);
      const put = await engine.client.exec({
        query: `INSERT INTO ${table} (a, s) FORMAT ${format}`,
        values,
      });
      await put.stream.toArray();
      const wrong = await rows(`SELECT * FROM ${table} EXCEPT SELECT * FROM (${select})`);
      expect([wrong, await rows(`SELECT count() AS n FROM ${table}`)]).toEqual([[], [{ n: 100 }]]);
    },
  );

  test('reports a bad row with its code and stores nothing of the block', async () => {
    await engine.client.command({ query: 'CREATE TABLE d.strict (a UInt8) ENGINE = Memory' });
    const values = Readable.from(['{"a":1}\n{"a":"no"}\n']);
    const query = 'INSERT INTO d.strict FORMAT JSONEachRow';
    await expect(engine.client.exec({ query, values })).rejects.toHaveProperty('code');
    expect(await rows('SELECT count() AS n FROM d.strict')).toEqual([{ n: 0 }]);
    expect(await readdir(engine.spoolDir)).toEqual([]);
  });
});

describe('refusals', () => {
  test.each([
    ['SELECT * FROM nowhere', '60', 'UNKNOWN_TABLE'],
    ['SELECT nothing FROM system.one', '47', 'UNKNOWN_IDENTIFIER'],
    ['SELECT * FROM nodb.t', '81', 'UNKNOWN_DATABASE'],
    ['selec 1', '62', 'SYNTAX_ERROR'],
    ['SELECT 1; SELECT 2', '62', 'SYNTAX_ERROR'],
    ['SELECT throwIf(1)', '395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ["SELECT 1 INTO OUTFILE 'x'", '358', 'INTO_OUTFILE_NOT_ALLOWED'],
  ])('%s is a typed error', async (query, code, type) => {
    await expect(rows(query)).rejects.toMatchObject({ code, type });
  });

  test('sessions, roles, unknown settings and other users are refused with their codes', async () => {
    await expect(rows('SELECT 1', { session_id: 's' })).rejects.toMatchObject({ code: '48' });
    await expect(rows('SELECT 1', { role: 'r' })).rejects.toMatchObject({ code: '48' });
    const settings = { clickhouse_settings: { no_such: 1 } };
    await expect(rows('SELECT 1', settings)).rejects.toMatchObject({ code: '115' });
    const other = engine.connect({ username: 'joe', password: 'secret' });
    await expect(other.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
    await other.close();
  });

  test('a GET may not write, a page of another origin may not ask, a body may not be endless', async () => {
    const write = await fetch(`${engine.url}/?query=DROP TABLE d.t`);
    expect([write.status, write.headers.get('x-clickhouse-exception-code')]).toEqual([500, '164']);
    const page = await fetch(`${engine.url}/?query=SELECT 1`, {
      headers: { origin: 'https://a.example' },
    });
    expect(page.status).toBe(403);
    const large = await fetch(engine.url, {
      method: 'POST',
      body: Buffer.alloc(65 * 2 ** 20, 0x20),
    });
    expect(large.status).toBe(413);
    expect(await engine.client.ping()).toEqual({ success: true });
  });
});

describe('leaving and coming back', () => {
  test('a query whose client leaves is cancelled', async () => {
    const away = new AbortController();
    const query = `SELECT sleepEachRow(1) AS left FROM numbers(600)
      SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 1000000000`;
    const asked = engine.client.query({ query, abort_signal: away.signal }).catch(() => 'aborted');
    expect(await until(async () => (await running()) === 1)).toBe(true);
    away.abort();
    expect(await asked).toBe('aborted');
    expect(await until(async () => (await running()) === 0)).toBe(true);
  });

  test('what was acknowledged is there after kill -9, and the folder opens again', async () => {
    await engine.client.command({
      query: 'CREATE TABLE d.kept (a UInt64) ENGINE = MergeTree ORDER BY a',
    });
    await engine.client.command({ query: 'INSERT INTO d.kept SELECT number FROM numbers(5000)' });
    await engine.killAndRestart();
    expect(await rows('SELECT count() AS n FROM d.kept')).toEqual([{ n: 5000 }]);
  }, 90_000);

  test('a second process on the same folder ends with a reason', async () => {
    const spec = await engine.spec(await choosePort({ part: 'second' }));
    const { status, stderr } = spawnSync(spec.command, spec.args, {
      encoding: 'utf8',
      // A folder that were not refused would hold this file up for good.
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    expect(status).toBe(1);
    expect(stderr).not.toBe('');
    expect(await engine.client.ping()).toEqual({ success: true });
  }, 60_000);
});

async function running(): Promise<number> {
  const query = `SELECT count() AS n FROM system.processes
    WHERE query LIKE '%AS left%' AND query NOT LIKE '%processes%'`;
  return ((await rows(query))[0] as { n: number }).n;
}
