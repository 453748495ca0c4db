// What a reader of the in-memory log is given: its place in time, in a group and in the log.
import type { Clock } from './memory-clock.ts';
import type { MemoryGroup } from './memory-group.ts';
import type { MemoryPartition } from './memory-partition.ts';
import type { ReaderOptions } from './port.ts';

/** What a reader sees of the log. */
export type ReaderWorld = {
  readonly id: string;
  readonly clock: Clock;
  readonly group: MemoryGroup;
  partition(topic: string, partition: number): MemoryPartition | undefined;
  hasTopic(topic: string): boolean;
  /** Resolves when the log can be reached; never, once the process is dead. */
  reach(): Promise<void>;
  isReachable(): boolean;
  isDead(): boolean;
  /** The reader has ended: no more pump() please. */
  forget(): void;
};

/** Another session, and what depends on it in proportion. */
export function withSession(given: ReaderOptions, sessionTimeoutMs?: number): ReaderOptions {
  if (sessionTimeoutMs === undefined) return given;
  const third = Math.floor(sessionTimeoutMs / 3);
  const heartbeatIntervalMs = Math.min(given.heartbeatIntervalMs, third);
  const maxWaitMs = Math.min(given.maxWaitMs, third);
  return { ...given, sessionTimeoutMs, heartbeatIntervalMs, maxWaitMs };
}
