// One HTTP request as ClickHouse understands it: statement, database, settings, parameters,
// credentials. Guarantees that what is not supported here is refused with a code, never ignored in
// silence: sessions, roles, other users.
// Example: readRequest('POST', new URL('http://h/?query=SELECT+1&max_threads=2'), {}).settings →
// Map { 'max_threads' => '2' }

import type { IncomingHttpHeaders } from 'node:http';
import { EngineException } from './exception.ts';

export type EngineRequest = {
  readonly queryId: string;
  /** From the URL; the body's text follows it. */
  readonly query: string;
  readonly database: string;
  readonly defaultFormat: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
  /** GET and HEAD may not write. */
  readonly readonly: boolean;
  readonly compressAnswer: boolean;
};

// Names that steer the HTTP interface and are no settings of a query.
const OF_THE_TRANSPORT = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'stacktrace',
  'wait_end_of_query',
  'buffer_size',
  'enable_http_compression',
  'http_zlib_compression_level',
  'http_native_compression_disable_checksumming_on_decompress',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'http_response_headers',
  'http_write_exception_in_output_format',
  'add_http_cors_header',
  'cancel_http_readonly_queries_on_client_close',
  'client_protocol_version',
  'log_comment',
  'log_queries',
]);
const ABSENT = new Map([
  ['session_id', 'Sessions do not exist here: give settings and the database with each request.'],
  ['session_timeout', 'Sessions do not exist here.'],
  ['session_check', 'Sessions do not exist here.'],
  ['role', 'Roles do not exist here.'],
  ['compress', 'The native compressed protocol is not spoken here: use Accept-Encoding.'],
  ['decompress', 'The native compressed protocol is not spoken here: use Content-Encoding.'],
]);
const SETTING_NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/**
 * Throws 516 for users other than `default`, 48 for what does not exist here, 115 for names that
 * are no setting.
 */
export function readRequest(
  method: string,
  url: URL,
  headers: IncomingHttpHeaders,
  newId: () => string,
): EngineRequest {
  const ask = url.searchParams;
  checkCredentials(ask, headers);
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of ask) {
    const why = ABSENT.get(name);
    if (why !== undefined && value !== '' && value !== '0') {
      throw new EngineException(48, 'NOT_IMPLEMENTED', why);
    }
    if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
    else if (!OF_THE_TRANSPORT.has(name) && why === undefined) {
      if (!SETTING_NAME.test(name)) {
        throw new EngineException(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'.`);
      }
      settings.set(name, value);
    }
  }
  const database = ask.get('database') ?? one(headers['x-clickhouse-database']) ?? 'default';
  return {
    queryId: ask.get('query_id') || newId(),
    query: ask.get('query') ?? '',
    database,
    defaultFormat: ask.get('default_format') ?? one(headers['x-clickhouse-format']),
    settings,
    parameters,
    readonly: method === 'GET' || method === 'HEAD',
    compressAnswer: isOn(ask.get('enable_http_compression')),
  };
}

/** The statements that give a fresh connection this request's database, settings and parameters. */
export function setupOf(request: EngineRequest): string[] {
  const pairs = [...request.settings].map(([name, value]) => `${name} = ${literal(value)}`);
  for (const [name, value] of request.parameters) {
    if (!/^\w+$/.test(name)) {
      throw new EngineException(36, 'BAD_ARGUMENTS', `Bad parameter name '${name}'.`);
    }
    pairs.push(`param_${name} = ${literal(value)}`);
  }
  const setup = pairs.length === 0 ? [] : [`SET ${pairs.join(', ')}`];
  if (request.database !== 'default') setup.unshift(`USE ${quoteName(request.database)}`);
  return setup;
}

/** Equal for requests that leave a connection in the same state. */
export function signatureOf(request: EngineRequest): string {
  const settings = [...request.settings].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([request.database, settings]);
}

function checkCredentials(ask: URLSearchParams, headers: IncomingHttpHeaders): void {
  const [basicUser, basicPassword] = basicCredentials(headers.authorization);
  const user = one(headers['x-clickhouse-user']) ?? ask.get('user') ?? basicUser ?? 'default';
  const password = one(headers['x-clickhouse-key']) ?? ask.get('password') ?? basicPassword ?? '';
  if (user !== 'default' || password !== '') {
    const text = `${user}: Authentication failed: password is incorrect, or there is no user with such name.`;
    throw new EngineException(516, 'AUTHENTICATION_FAILED', text);
  }
}

function basicCredentials(header: string | undefined): [string?, string?] {
  const encoded = /^basic (.*)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return header === undefined ? [] : ['(not Basic)', ''];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

export function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function isOn(value: string | null): boolean {
  return value === '1' || value === 'true';
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
