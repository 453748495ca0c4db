// Runs one request on the engine: finds where statement and data part, lays the data of an INSERT
// into the spool, takes a lane, and cancels a read when its client has left. Guarantees that a
// statement reaches the engine at most once.
// Example: await execute(engine, request, message) → { format: 'JSON', bytes, progress }

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from './answer.ts';
import { collect, readBody, type Spool } from './body.ts';
import type { ChdbResult, ChdbSession } from './chdb.ts';
import { EngineException } from './exception.ts';
import type { Lanes, Lease } from './lanes.ts';
import { readMultipart } from './multipart.ts';
import { type EngineRequest, setupOf, signatureOf } from './request.ts';
import { dataStart, type InsertForm, readStatement, type Statement } from './statement.ts';

export type Engine = {
  readonly lanes: Lanes;
  readonly spool: Spool;
  /** Aborted when the client of the request is gone. */
  readonly gone: AbortSignal;
  readonly bodyLimitBytes: number;
};

export type Outcome = {
  readonly format: string;
  readonly bytes: Uint8Array;
  readonly progress: Progress;
};

// A statement's head is looked for in the first bytes alone; behind it the body may be binary.
const HEAD_BYTES = 262_144;

export async function execute(
  engine: Engine,
  asked: EngineRequest,
  message: IncomingMessage,
): Promise<Outcome> {
  const chunks = readBody(message, engine.bodyLimitBytes);
  const inUrl = asked.query === '' ? undefined : readStatement(asked.query);
  if (inUrl?.insert !== undefined) {
    const head = Buffer.from(asked.query, 'utf8');
    const form = inBytes(inUrl.insert, asked.query);
    return insert(engine, asked, head.subarray(0, form.endsAt), form, rest(head, form, chunks));
  }
  const { request, body } = await readMultipart(asked, message, await collect(chunks));
  const separator = request.query !== '' && body.length > 0 ? '\n' : '';
  const whole = Buffer.concat([Buffer.from(request.query + separator, 'utf8'), body]);
  const head = whole.subarray(0, HEAD_BYTES).toString('latin1');
  const form = /^\W*(?:\/\*|--|#|INSERT\b)/i.test(head) ? tryInsert(head) : undefined;
  if (form !== undefined) {
    const data = rest(whole, form, []);
    return insert(engine, request, whole.subarray(0, form.endsAt), form, data);
  }
  return run(engine, request, whole.toString('utf8'));
}

function tryInsert(head: string): InsertForm | undefined {
  try {
    return readStatement(head).insert;
  } catch {
    return undefined; // cut in the middle; the whole text is judged by `run`
  }
}

/** Offsets of the form counted in bytes instead of characters. */
function inBytes(form: InsertForm, sql: string): InsertForm {
  const count = (end: number): number => Buffer.byteLength(sql.slice(0, end), 'utf8');
  return { ...form, sourceAt: count(form.sourceAt), endsAt: count(form.endsAt) };
}

async function* rest(
  head: Buffer,
  form: InsertForm,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  const first = head.subarray(dataStart(head, form.endsAt));
  if (first.length > 0) yield first;
  yield* chunks;
}

async function insert(
  engine: Engine,
  request: EngineRequest,
  head: Buffer,
  form: InsertForm,
  data: AsyncIterable<Buffer>,
): Promise<Outcome> {
  refuseWriteByGet(request);
  return engine.spool.hold(data, async (path) => {
    const before = head.subarray(0, form.sourceAt).toString('utf8');
    const behind = head.subarray(form.sourceAt).toString('utf8');
    const sql = `${before} FROM INFILE '${path}' COMPRESSION 'none' ${behind}`;
    const lease = leaseOf(engine, request, 'write', false);
    const result = await engine.lanes.run(lease, (session) => session.queryAsync(sql));
    const written = { writtenRows: result.rowsRead, writtenBytes: result.bytesRead };
    return { format: form.format, bytes: new Uint8Array(), progress: progressOf(result, written) };
  });
}

async function run(engine: Engine, request: EngineRequest, sql: string): Promise<Outcome> {
  const statement = readStatement(sql);
  if (statement.verb === '') throw new EngineException(62, 'SYNTAX_ERROR', 'Empty query.');
  if (statement.lane !== 'read') refuseWriteByGet(request);
  const format = statement.outputFormat ?? request.defaultFormat ?? 'TabSeparated';
  const lease = leaseOf(engine, request, statement.lane, statement.leavesMarks);
  const result = await engine.lanes.run(lease, (session) =>
    statement.lane === 'read'
      ? cancellable(engine, session, sql, format)
      : session.queryAsync(withoutEnd(sql, statement), { format }),
  );
  const none = { writtenRows: 0, writtenBytes: 0 };
  return { format, bytes: result.bytes(), progress: progressOf(result, none) };
}

/**
 * The marker in a trailing comment is how KILL finds the query: the engine gives its own query ids.
 */
async function cancellable(
  engine: Engine,
  session: ChdbSession,
  sql: string,
  format: string,
): Promise<ChdbResult> {
  const marker = randomUUID();
  const cancel = (): void => {
    void killUntilGone(engine.lanes, marker, () => ended);
  };
  let ended = false;
  engine.gone.addEventListener('abort', cancel, { once: true });
  try {
    return await session.queryAsync(`${sql}\n/*${marker}*/`, { format });
  } finally {
    ended = true;
    engine.gone.removeEventListener('abort', cancel);
  }
}

/** Repeats, because a query that has not quite begun cannot be found yet. */
async function killUntilGone(lanes: Lanes, marker: string, ended: () => boolean): Promise<void> {
  const never = new AbortController().signal;
  const lease = { lane: 'control', signature: '', setup: [], dirty: false, gone: never } as const;
  const kill = `KILL QUERY WHERE endsWith(query, '/*${marker}*/') ASYNC`;
  for (let tries = 0; tries < 50 && !ended(); tries += 1) {
    await lanes.run(lease, (control) => control.queryAsync(kill)).catch(() => undefined);
    await delay(100);
  }
}

function withoutEnd(sql: string, statement: Statement): string {
  return statement.verb === 'INSERT' ? sql : sql.replace(/;\s*$/, '');
}

function leaseOf(
  engine: Engine,
  request: EngineRequest,
  lane: Lease['lane'],
  leavesMarks: boolean,
): Lease {
  // A write that waits in the queue is dropped with its client; one that runs goes on.
  return {
    lane,
    signature: signatureOf(request),
    setup: setupOf(request),
    dirty: leavesMarks || request.parameters.size > 0,
    gone: engine.gone,
  };
}

function refuseWriteByGet(request: EngineRequest): void {
  if (!request.readonly) return;
  const text = 'Cannot execute query in readonly mode: method GET implies readonly, use POST.';
  throw new EngineException(164, 'READONLY', text);
}

function progressOf(
  result: ChdbResult,
  written: { writtenRows: number; writtenBytes: number },
): Progress {
  const { rowsRead, bytesRead, elapsed } = result;
  return { readRows: rowsRead, readBytes: bytesRead, elapsedSeconds: elapsed, ...written };
}
