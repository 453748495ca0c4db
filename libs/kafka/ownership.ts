// What both readers say about partitions and their owners: the name of a place, a refusal, a commit
// that is too long.
// Example: throw fenced(nameOf('agent.events', 3), 'a member the group no longer knows').
import { SpineError } from '@agentspine/outcome/errors';
import { MAX_METADATA_BYTES } from './options.ts';
import type { Commit } from './port.ts';

export const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;

export function fenced(where: string, found: string, cause?: unknown): SpineError {
  const wanted = 'to be the owner of the partition';
  return new SpineError('SPINE_KAFKA_FENCED', { wanted, found, where, cause });
}

export function placesOf(commits: readonly Commit[]): string {
  return `commit ${commits.map(({ topic, partition }) => nameOf(topic, partition)).join(' ')}`;
}

/** The broker's limit, checked before anything is sent. */
export function checkMetadata(commit: Commit, where: string): void {
  const bytes = Buffer.byteLength(commit.metadata);
  if (bytes <= MAX_METADATA_BYTES) return;
  const wanted = `at most ${MAX_METADATA_BYTES} bytes of metadata`;
  throw new SpineError('SPINE_KAFKA_REFUSED', { wanted, found: `${bytes}`, where });
}
