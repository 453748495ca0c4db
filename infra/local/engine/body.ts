// The body of a request: undone of its Content-Encoding, bounded, and for inserts laid down as a
// file that the engine reads with FROM INFILE, because the engine takes binary formats from files
// alone. Guarantees that a spool file is removed when its work ends, well or badly, and that files
// of a killed process are removed at the next start.
// Example: await spool.hold(readBody(req, limit), (path) => session.queryAsync(`INSERT … FROM
// INFILE '${path}' …`));

import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { EngineException } from './exception.ts';

/**
 * The body's bytes, decompressed. Throws 229 past `limitBytes`, 48 for an unknown encoding, 271 for
 * broken data.
 */
export async function* readBody(
  message: IncomingMessage,
  limitBytes: number,
): AsyncGenerator<Buffer> {
  const decoder = decoderOf(message.headers['content-encoding']);
  let seen = 0;
  try {
    for await (const chunk of decoder === undefined ? message : message.pipe(decoder)) {
      const bytes = chunk as Buffer;
      seen += bytes.length;
      if (seen > limitBytes) throw tooLarge(limitBytes);
      yield bytes;
    }
  } catch (error) {
    if (error instanceof EngineException || message.destroyed) throw error;
    throw new EngineException(271, 'CANNOT_DECOMPRESS', `Cannot read the body: ${String(error)}`);
  } finally {
    decoder?.destroy();
  }
}

export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all);
}

function decoderOf(encoding: string | undefined) {
  switch (encoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'deflate':
      return zlib.createUnzip();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      return zlib.createZstdDecompress();
    default:
      throw new EngineException(48, 'NOT_IMPLEMENTED', `Unknown Content-Encoding '${encoding}'.`);
  }
}

function tooLarge(limitBytes: number): EngineException {
  const text = `The body is larger than ${limitBytes} bytes; send it in parts.`;
  return new EngineException(229, 'QUERY_IS_TOO_LARGE', text);
}

const SHARED_MEMORY = '/dev/shm';

/** One process per data folder, so the folder's own name tells whose leftovers there are. */
export function spoolDir(dataDir: string): string {
  const name = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16);
  return existsSync(SHARED_MEMORY)
    ? join(SHARED_MEMORY, `agentspine-${name}`)
    : join(resolve(dataDir, '..'), 'spool');
}

/**
 * A folder for bodies on their way into the engine: in shared memory where there is any, else
 * beside the data.
 */
export class Spool {
  readonly #dir: string;

  constructor(dataDir: string) {
    this.#dir = spoolDir(dataDir);
    this.empty();
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  get dir(): string {
    return this.#dir;
  }

  /** Writes the chunks to a file, lends its path, removes it. */
  async hold<T>(chunks: AsyncIterable<Buffer>, work: (path: string) => Promise<T>): Promise<T> {
    const path = join(this.#dir, `${randomUUID()}.body`);
    try {
      await pipeline(chunks, createWriteStream(path, { mode: 0o600, flags: 'wx' }));
      return await work(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  empty(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
