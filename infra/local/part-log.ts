// The logs of the parts: one file each under <state>/logs, read from its end and followed as it
// grows. Guarantees bounded reads: a tail never loads more than 256 KiB.
// Example: for await (const line of followLog(stateDir, 'kafka', { signal })) console.log(line);

import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const TAIL_BYTES = 262_144;
const CHUNK_BYTES = 65_536;

/** Where the part's output goes. */
export function logPath(stateDir: string, part: string): string {
  return join(stateDir, 'logs', `${part}.log`);
}

/** The last lines behind byte `from`, without empty ones at the end; none where there is no log. */
export async function tailLog(
  stateDir: string,
  part: string,
  lines: number,
  from = 0,
): Promise<string[]> {
  try {
    const file = await open(logPath(stateDir, part), 'r');
    try {
      const { size } = await file.stat();
      const start = Math.min(size, Math.max(from, size - TAIL_BYTES));
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(size - start),
        0,
        size - start,
        start,
      );
      const text = buffer.toString('utf8', 0, bytesRead).trimEnd();
      return text === '' ? [] : text.split('\n').slice(-lines);
    } finally {
      await file.close();
    }
  } catch {
    return [];
  }
}

/**
 * Yields the last `lines` lines, then every new one until the signal is aborted; survives that the
 * file is cut.
 */
export async function* followLog(
  stateDir: string,
  part: string,
  options: { lines?: number; signal: AbortSignal; pollMs?: number },
): AsyncGenerator<string> {
  const path = logPath(stateDir, part);
  let at = await sizeOf(path);
  yield* await tailLog(stateDir, part, options.lines ?? 10);
  let rest = '';
  while (!options.signal.aborted) {
    const size = await sizeOf(path);
    if (size < at) at = 0;
    while (at < size) {
      const text = await readAt(path, at, Math.min(CHUNK_BYTES, size - at));
      at += text.length;
      const lines = (rest + text.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      if (text.length === 0) break;
    }
    await delay(options.pollMs ?? 200, undefined, { signal: options.signal }).catch(
      () => undefined,
    );
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (facts) => facts.size,
    () => 0,
  );
}

async function readAt(path: string, at: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
