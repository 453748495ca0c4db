// Defaults of the log client, with their units, and the relations between them that the promises
// rest on.
// Guarantees: checkReaderOptions throws SPINE_CONFIG_VALUE that names the relation before anything
// is connected.
// Example: log.reader(readerOptions({ groupId: 'agent-worker', topics: ['agent.events'], maxWaitMs:
// 100 })).
import { SpineError } from '@agentspine/outcome/errors';
import type { ReaderOptions } from './port.ts';

export const READER_DEFAULTS = {
  /**
   * A member that is silent for so long loses its partitions. Above the longest insert (see DESIGN:
   * unfenced window).
   */
  sessionTimeoutMs: 30_000,
  heartbeatIntervalMs: 3_000,
  minBytes: 64 * 1024,
  maxWaitMs: 250,
  maxBytesPerPartition: 2 * 1024 * 1024,
  partitionsConcurrently: 4,
} as const;

export const WRITER_DEFAULTS = {
  /** Of one partition in one request; below the broker's default message.max.bytes of 1,048,588. */
  maxBatchBytes: 900 * 1024,
  /** Of one request, over all partitions. */
  maxRequestBytes: 4 * 1024 * 1024,
  /** Records taken by send() and not yet acknowledged; beyond it send() refuses. */
  maxWaitingBytes: 128 * 1024 * 1024,
} as const;

export type WriterLimits = { readonly [K in keyof typeof WRITER_DEFAULTS]: number };

/**
 * Group members have so long to come back for a rebalance; silent ones are out after their session.
 */
export const REBALANCE_TIMEOUT_MS = 60_000;
/** The broker's default offset.metadata.max.bytes. */
export const MAX_METADATA_BYTES = 4096;
/** A fetch answers with at most so much, over all partitions. */
export const MAX_FETCH_BYTES = 32 * 1024 * 1024;

export function readerOptions(
  given: Pick<ReaderOptions, 'groupId' | 'topics'> & Partial<ReaderOptions>,
): ReaderOptions {
  const options = { ...READER_DEFAULTS, ...given };
  checkReaderOptions(options);
  return options;
}

export function checkReaderOptions(options: ReaderOptions): void {
  const { sessionTimeoutMs, heartbeatIntervalMs, maxWaitMs } = options;
  want(options.groupId !== '', 'groupId', 'a name', "''");
  want(options.topics.length > 0, 'topics', 'at least one topic', 'none');
  const whole = [
    'sessionTimeoutMs',
    'heartbeatIntervalMs',
    'minBytes',
    'maxWaitMs',
    'maxBytesPerPartition',
    'partitionsConcurrently',
  ] as const;
  for (const name of whole) {
    const value = options[name];
    want(Number.isSafeInteger(value) && value > 0, name, 'a whole number ≥ 1', value);
  }
  want(
    heartbeatIntervalMs * 3 <= sessionTimeoutMs,
    'heartbeatIntervalMs',
    `at most a third of sessionTimeoutMs (${sessionTimeoutMs}), so that one lost heartbeat costs nothing`,
    heartbeatIntervalMs,
  );
  want(
    maxWaitMs * 3 <= sessionTimeoutMs,
    'maxWaitMs',
    `at most a third of sessionTimeoutMs (${sessionTimeoutMs}): no heartbeat leaves while a fetch waits`,
    maxWaitMs,
  );
  want(
    options.minBytes <= options.maxBytesPerPartition,
    'minBytes',
    `at most maxBytesPerPartition (${options.maxBytesPerPartition}), or a fetch always waits`,
    options.minBytes,
  );
}

export function checkWriterLimits(limits: WriterLimits): void {
  const { maxBatchBytes, maxRequestBytes, maxWaitingBytes } = limits;
  want(maxBatchBytes > 0, 'maxBatchBytes', 'a number ≥ 1', maxBatchBytes);
  want(
    maxBatchBytes <= maxRequestBytes,
    'maxRequestBytes',
    `at least maxBatchBytes (${maxBatchBytes})`,
    maxRequestBytes,
  );
  want(
    maxRequestBytes <= maxWaitingBytes,
    'maxWaitingBytes',
    `at least maxRequestBytes (${maxRequestBytes})`,
    maxWaitingBytes,
  );
}

function want(holds: boolean, name: string, wanted: string, found: unknown): void {
  if (holds) return;
  throw new SpineError('SPINE_CONFIG_VALUE', {
    wanted,
    found: String(found),
    where: `kafka.${name}`,
  });
}
