// A connection to ClickHouse over HTTP: the only file that imports @clickhouse/client's client.
// Guarantees: errors are SPINE_CLICKHOUSE_UNREACHABLE or _REFUSED (refusal.ts), never raw; one
// insert is one block under its token; settings that exactly-once rests on stand inline in the
// statement, where no session, profile or proxy loses them; readers' SQL runs bounded, after
// assertReadOnly().
// Example: const ch = connectClickHouse({ url, database: 'agentspine', username: 'default',
// password: '' })
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { SpineError } from '@agentspine/outcome/errors';
import { mapError, type ServerWord } from './refusal.ts';
import { assertReadOnly } from './sql-text.ts';

export type ClickHouseOptions = {
  /** http(s)://host:port, without user and password. */
  readonly url: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  /** For every request that names no bound of its own. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Requests under way at once. Default 10. */
  readonly maxConnections?: number;
};

export type AvroInsert = {
  readonly table: string;
  /** Columns to fill, by name; other fields of the records are skipped. */
  readonly columns: readonly string[];
  /** An Avro object container file. */
  readonly body: readonly Buffer[] | Readable;
  /** insert_deduplication_token: [A-Za-z0-9._:-]{1,255}. */
  readonly token: string;
  readonly timeoutMs: number;
};

export type JsonInsert = {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly token: string;
};

export type RawFormat =
  | 'PrettyCompactMonoBlock'
  | 'JSON'
  | 'JSONEachRow'
  | 'JSONCompact'
  | 'CSVWithNames'
  | 'TSVWithNames'
  | 'Vertical'
  | 'Markdown';

export type RawQuery = {
  readonly format: RawFormat;
  /** Default 30,000. */
  readonly timeoutMs?: number;
  /** Default 10,000; a statement that yields more is refused, not cut. */
  readonly maxRows?: number;
};

export type QueryParams = Readonly<Record<string, unknown>>;

export interface ClickHouse {
  /** http://host:port/database, for messages. */
  readonly where: string;
  readonly database: string;
  /**
   * Rows of a SELECT. 64-bit numbers come as numbers (exact to 2^53), times as 'YYYY-MM-DD
   * hh:mm:ss.ffffff' in UTC.
   */
  query<T>(sql: string, params?: QueryParams): Promise<T[]>;
  /**
   * A reader's SELECT as text, bounded in time and rows. Refuses what is not read-only with
   * SPINE_CLI_USAGE.
   */
  queryRaw(sql: string, options: RawQuery): Promise<string>;
  /** A statement without a result; values go in as bound parameters. */
  command(sql: string, params?: QueryParams): Promise<void>;
  /** Creates the database if it is missing. */
  createDatabase(): Promise<void>;
  /**
   * Stores a container as one block under a token. Resolves when it is stored, with every derived
   * table.
   */
  insertAvro(insert: AvroInsert): Promise<void>;
  /** For small things: a few rows as JSON, under a token. */
  insertJson(insert: JsonInsert): Promise<void>;
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Settings of one insert: one block, once, everywhere; nothing left to the server's or the user's
 * defaults.
 */
function insertSettings(token: string, timeoutMs: number): string {
  return [
    `insert_deduplication_token = '${token}'`,
    'async_insert = 0',
    'insert_deduplicate = 1',
    'deduplicate_blocks_in_dependent_materialized_views = 1',
    'materialized_views_ignore_errors = 0',
    'max_insert_block_size = 1048449',
    'min_insert_block_size_rows = 1048449',
    'min_insert_block_size_bytes = 1073741824',
    'min_insert_block_size_rows_for_materialized_views = 0',
    'min_insert_block_size_bytes_for_materialized_views = 0',
    'max_partitions_per_insert_block = 1000',
    'max_insert_threads = 1',
    'input_format_parallel_parsing = 0',
    'input_format_avro_allow_missing_fields = 0',
    'input_format_skip_unknown_fields = 0',
    `max_execution_time = ${Math.max(1, Math.ceil(timeoutMs / 1000))}`,
  ].join(', ');
}

export function connectClickHouse(options: ClickHouseOptions): ClickHouse {
  const { database, requestTimeoutMs = 30_000 } = options;
  checkName(database, 'clickhouse.database');
  const where = `${options.url.replace(/\/+$/, '')}/${database}`;
  const client = open(options, database);
  const guard: Guard = async (timeoutMs, act) => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await act(signal);
    } catch (error) {
      const cause = signal.aborted ? new Error(`no answer in ${timeoutMs} ms`) : error;
      throw mapError(cause, wordOf(cause), where);
    }
  };
  return {
    where,
    database,
    query: <T>(sql: string, params: QueryParams = {}) =>
      guard(requestTimeoutMs, async (abort_signal) => {
        const found = await client.query({
          query: sql,
          format: 'JSONEachRow',
          query_params: params,
          clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
          abort_signal,
        });
        return found.json<T>();
      }),
    queryRaw: async (sql, raw) => readRaw(client, guard, sql, raw),
    command: (query, query_params = {}) =>
      guard(requestTimeoutMs, async (abort_signal) => {
        await client.command({ query, query_params, abort_signal });
      }),
    createDatabase: async () => {
      const server = open(options, 'default');
      const query = `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`;
      try {
        await guard(requestTimeoutMs, (abort_signal) => server.command({ query, abort_signal }));
      } finally {
        await server.close();
      }
    },
    ...inserts(client, guard, requestTimeoutMs),
    ping: () =>
      guard(requestTimeoutMs, async (abort_signal) => {
        const answer = await client.ping({ select: false, abort_signal });
        if (!answer.success) throw answer.error;
      }),
    close: () => client.close(),
  };
}

type Client = ReturnType<typeof createClient>;
type Guard = <T>(timeoutMs: number, act: (signal: AbortSignal) => Promise<T>) => Promise<T>;

function open(options: ClickHouseOptions, database: string): Client {
  return createClient({
    url: options.url,
    username: options.username,
    password: options.password,
    database,
    request_timeout: options.requestTimeoutMs ?? 30_000,
    max_open_connections: options.maxConnections ?? 10,
    keep_alive: { enabled: true },
    application: 'agentspine',
    log: { level: ClickHouseLogLevel.OFF },
  });
}

function inserts(
  client: Client,
  guard: Guard,
  requestTimeoutMs: number,
): Pick<ClickHouse, 'insertAvro' | 'insertJson'> {
  // The body is streamed behind the statement; the answer comes when everything is stored.
  const send = (query: string, values: Readable, timeoutMs: number) =>
    guard(timeoutMs, async (abort_signal) => {
      const clickhouse_settings = { wait_end_of_query: 1 as const };
      const { stream } = await client.exec({ query, values, abort_signal, clickhouse_settings });
      await text(stream);
    });
  const statement = (insert: Target, timeoutMs: number, format: string) =>
    `${insertInto(insert)} SETTINGS ${insertSettings(insert.token, timeoutMs)} FORMAT ${format}`;
  return {
    insertAvro: async (insert) => {
      const { body, timeoutMs } = insert;
      const stream = body instanceof Readable ? body : Readable.from(body, { objectMode: false });
      await send(statement(insert, timeoutMs, 'Avro'), stream, timeoutMs);
    },
    insertJson: async ({ table, rows, token }) => {
      const target = { table, columns: Object.keys(rows[0] ?? {}), token };
      const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
      const stream = Readable.from([Buffer.from(lines)], { objectMode: false });
      await send(statement(target, requestTimeoutMs, 'JSONEachRow'), stream, requestTimeoutMs);
    },
  };
}

type Target = Pick<AvroInsert, 'table' | 'columns' | 'token'>;

/** The bounds stand in the statement; the server stops work of its own once the time is over. */
function readRaw(client: Client, guard: Guard, sql: string, raw: RawQuery): Promise<string> {
  const statement = assertReadOnly(sql);
  const { format, timeoutMs = 30_000, maxRows = 10_000 } = raw;
  const bounds = /^\(*\s*(?:SELECT|WITH)\b/i.test(statement)
    ? `\nSETTINGS max_execution_time = ${Math.ceil(timeoutMs / 1000)}, max_result_rows = ${maxRows}, ` +
      `result_overflow_mode = 'throw', output_format_json_quote_64bit_integers = 0`
    : '';
  return guard(timeoutMs + 1_000, async (abort_signal) => {
    const query = `${statement}${bounds}\nFORMAT ${format}`;
    const { stream } = await client.exec({ query, abort_signal });
    return text(stream);
  });
}

function insertInto({ table, columns, token }: Target): string {
  checkName(table, 'table');
  if (columns.length === 0) throw wrong('at least one column', 'none', table);
  for (const column of columns) checkName(column, `column of ${table}`);
  if (!/^[A-Za-z0-9._:-]{1,255}$/.test(token)) {
    throw wrong('a token of [A-Za-z0-9._:-]{1,255}', JSON.stringify(token.slice(0, 80)), table);
  }
  return `INSERT INTO ${table} (${columns.join(', ')})`;
}

function wordOf(error: unknown): ServerWord | null {
  if (!(error instanceof ClickHouseError)) return null;
  return { code: Number(error.code), name: error.type ?? 'UNKNOWN', message: error.message };
}

function checkName(name: string, where: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return;
  throw wrong('a name of letters, digits and _', JSON.stringify(name.slice(0, 80)), where);
}

function wrong(wanted: string, found: string, where: string): SpineError {
  return new SpineError('SPINE_CONFIG_VALUE', { wanted, found, where });
}
