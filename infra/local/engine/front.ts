// ClickHouse's HTTP interface in front of the embedded engine: the subset that @clickhouse/client
// and curl use. Guarantees: loopback names only, one writer and several readers, settings that
// never outlive their request, a read cancelled when its client leaves. A write whose client leaves
// goes on to its end, as on a server.
// Example: const front = await openFront({ chdb, dataDir, port: 8123, … }); … await front.close();

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AnswerFacts, sendException, sendRows } from './answer.ts';
import { Spool } from './body.ts';
import type { Chdb } from './chdb.ts';
import { EngineException } from './exception.ts';
import { type Engine, execute } from './execute.ts';
import { Lanes } from './lanes.ts';
import { readRequest } from './request.ts';

export type FrontOptions = {
  readonly chdb: Chdb;
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Told in every answer as X-ClickHouse-Server-Display-Name. */
  readonly name: string;
  readonly connectionArgs: readonly string[];
  readonly readers: number;
  readonly bodyLimitBytes: number;
  readonly waitingLimit: number;
  log(line: string): void;
};

export type Front = {
  readonly port: number;
  readonly version: string;
  /**
   * Takes no new requests, lets running ones end or cancels them after `graceMs`, closes the data
   * folder.
   */
  close(graceMs: number): Promise<void>;
};

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Opens the data folder and listens on 127.0.0.1. Throws where the folder or the port is taken. */
export async function openFront(options: FrontOptions): Promise<Front> {
  const limits = { readers: options.readers, waiting: options.waitingLimit };
  const lanes = new Lanes(options.chdb, options.dataDir, options.connectionArgs, limits);
  const spool = new Spool(options.dataDir);
  const { version, timezone } = await askVersion(lanes);
  const running = new Set<AbortController>();
  const server = createServer({ keepAliveTimeout: 10_000, requestTimeout: 0 });
  server.on('request', (message, response) => {
    const gone = new AbortController();
    running.add(gone);
    response.once('close', () => {
      running.delete(gone);
      if (!response.writableFinished) gone.abort();
    });
    const engine = { lanes, spool, gone: gone.signal, bodyLimitBytes: options.bodyLimitBytes };
    handle(message, response, engine, { version, timezone, name: options.name }).catch(
      (error: unknown) => {
        options.log(`request failed: ${String(error)}`);
        response.destroy();
      },
    );
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return { port, version, close: (graceMs) => close(server, lanes, spool, running, graceMs) };
}

async function handle(
  message: IncomingMessage,
  response: ServerResponse,
  engine: Engine,
  about: Pick<AnswerFacts, 'version' | 'timezone' | 'name'>,
): Promise<void> {
  const url = new URL(message.url ?? '/', 'http://127.0.0.1');
  let facts: AnswerFacts = { ...about, queryId: randomUUID(), accepts: undefined };
  try {
    refuseForeignPages(message);
    if (url.pathname !== '/') return sendPath(response, url.pathname);
    const request = readRequest(message.method ?? '', url, message.headers, () => facts.queryId);
    const accepts = request.compressAnswer ? message.headers['accept-encoding'] : undefined;
    facts = { ...facts, queryId: request.queryId, accepts: accepts?.toString() };
    const isQuestion = message.method === 'GET' && request.query === '';
    if (isQuestion) return sendPath(response, '/ping');
    const { format, bytes, progress } = await execute(engine, request, message);
    await sendRows(response, facts, format, bytes, progress);
  } catch (error) {
    if (response.headersSent || response.destroyed) return;
    const exception = EngineException.from(error);
    // a body that was not read to its end would be taken for the next request
    if (!message.complete) response.setHeader('Connection', 'close');
    await sendException(response, facts, exception);
    if (!message.complete) message.resume();
  }
}

/**
 * A web page of another origin, or a name rebound to loopback, must not reach the engine through a
 * browser.
 */
function refuseForeignPages(message: IncomingMessage): void {
  const origin = message.headers.origin;
  const fromPage = origin !== undefined && !LOOPBACK.test(origin.replace(/^https?:\/\//, ''));
  if (fromPage || !LOOPBACK.test(message.headers.host ?? 'localhost')) {
    const text = 'Only requests to a loopback name are answered here.';
    throw new EngineException(497, 'ACCESS_DENIED', text);
  }
}

function sendPath(response: ServerResponse, path: string): void {
  const known = path === '/ping' || path === '/replicas_status';
  response.writeHead(known ? 200 : 404, { 'Content-Type': 'text/plain; charset=UTF-8' });
  response.end(known ? 'Ok.\n' : `There is no handle ${path}\n`);
}

async function askVersion(lanes: Lanes): Promise<{ version: string; timezone: string }> {
  const never = new AbortController().signal;
  const lease = {
    lane: 'read',
    signature: 'version',
    setup: [],
    dirty: true,
    gone: never,
  } as const;
  const answer = await lanes.run(lease, (session) =>
    session.queryAsync('SELECT version(), timezone()', { format: 'TabSeparated' }),
  );
  const [version = '', timezone = ''] = Buffer.from(answer.bytes()).toString().trim().split('\t');
  return { version, timezone };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function close(
  server: Server,
  lanes: Lanes,
  spool: Spool,
  running: Set<AbortController>,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  const giveUp = setTimeout(() => {
    for (const gone of running) gone.abort();
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearTimeout(giveUp);
  await lanes.close();
  spool.empty();
}
