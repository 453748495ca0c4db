// How an answer leaves: status, ClickHouse's headers, content type of the format, compression as
// the client accepts it.
// Guarantees that an answer is whole before its first byte goes out, so an error always has a
// status of its own.
// Example: await sendRows(response, facts, 'JSON', bytes);

import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { EngineException } from './exception.ts';

export type AnswerFacts = {
  readonly queryId: string;
  readonly version: string;
  readonly name: string;
  readonly timezone: string;
  /** The client's Accept-Encoding, or undefined where the answer is not to be compressed. */
  readonly accepts: string | undefined;
};

export type Progress = {
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
  readonly elapsedSeconds: number;
};

const ENCODERS: Record<string, (bytes: Uint8Array) => Promise<Buffer>> = {
  gzip: (bytes) => promisify(zlib.gzip)(bytes, { level: 1 }),
  zstd: (bytes) => promisify(zlib.zstdCompress)(bytes),
  br: (bytes) =>
    promisify(zlib.brotliCompress)(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  deflate: (bytes) => promisify(zlib.deflate)(bytes, { level: 1 }),
};
const JSON_LINES = /^(JSON\w*EachRow|NDJSON|JSONLines)/;
const BINARY =
  /^(Native|RowBinary|Avro|Parquet|Arrow|ORC|MsgPack|Protobuf|CapnProto|Npy|RawBLOB|BSON)/;

/** Content type as a ClickHouse server names it. */
export function contentType(format: string): string {
  if (JSON_LINES.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8';
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8; header=absent';
  if (/^(TSV|TabSeparated)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (format === 'XML') return 'application/xml; charset=UTF-8';
  if (BINARY.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}

/** Sends rows, or an empty answer for statements that return none. */
export async function sendRows(
  response: ServerResponse,
  facts: AnswerFacts,
  format: string,
  bytes: Uint8Array,
  progress: Progress,
): Promise<void> {
  common(response, facts);
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('Content-Type', contentType(format));
  response.setHeader('X-ClickHouse-Summary', summary(progress));
  await send(response, facts, 200, bytes);
}

/** Sends an exception the way clients parse it. */
export async function sendException(
  response: ServerResponse,
  facts: AnswerFacts,
  exception: EngineException,
): Promise<void> {
  common(response, facts);
  response.setHeader('X-ClickHouse-Exception-Code', String(exception.errorCode));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  await send(response, facts, exception.status, Buffer.from(exception.body(facts.version), 'utf8'));
}

function common(response: ServerResponse, facts: AnswerFacts): void {
  response.setHeader('X-ClickHouse-Query-Id', facts.queryId);
  response.setHeader('X-ClickHouse-Server-Display-Name', facts.name);
  response.setHeader('X-ClickHouse-Timezone', facts.timezone);
}

async function send(
  response: ServerResponse,
  facts: AnswerFacts,
  status: number,
  bytes: Uint8Array,
): Promise<void> {
  const encoding = bytes.length === 0 ? undefined : firstKnown(facts.accepts);
  const encode = encoding === undefined ? undefined : ENCODERS[encoding];
  const body = encode === undefined ? bytes : await encode(bytes);
  if (response.destroyed) return;
  if (encoding !== undefined) response.setHeader('Content-Encoding', encoding);
  response.setHeader('Content-Length', body.length);
  response.writeHead(status);
  response.end(body);
}

function firstKnown(accepts: string | undefined): string | undefined {
  for (const part of (accepts ?? '').split(',')) {
    const name = part.split(';')[0]?.trim().toLowerCase() ?? '';
    if (Object.hasOwn(ENCODERS, name)) return name;
  }
  return undefined;
}

/** Numbers as text, as a server sends them. */
function summary(progress: Progress): string {
  const texts = {
    read_rows: progress.readRows,
    read_bytes: progress.readBytes,
    written_rows: progress.writtenRows,
    written_bytes: progress.writtenBytes,
    elapsed_ns: Math.round(progress.elapsedSeconds * 1e9),
  };
  return JSON.stringify(
    Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, String(value)])),
  );
}
