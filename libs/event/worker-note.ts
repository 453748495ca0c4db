// The worker's note in its offset commits: which source offset came before the one committed.
// Guarantees: a commit without our note is refused, not guessed at; absence of any commit means
// "from the beginning".
// Example: writeWorkerNote({ gen: 1, previous: 41 }) // '{"v":1,"gen":1,"previous":41}'
import { SpineError } from '@agentspine/outcome/errors';

/** What is committed for a partition; null for nothing. */
export type Committed = { readonly offset: number; readonly metadata: string } | null;

const VERSION = 1;
/** previous_source_offset of a partition's first record. */
export const NONE = -1;

export function writeWorkerNote(note: { readonly gen: number; readonly previous: number }): string {
  return JSON.stringify({ v: VERSION, gen: note.gen, previous: note.previous });
}

/** The previous source offset; NONE when nothing is committed yet. */
export function readWorkerNote(
  committed: Committed,
  topic: string,
  partition: number,
  generation: number,
): number {
  if (committed === null) return NONE;
  const note = parse(committed.metadata);
  if (note?.v === VERSION && note.gen === generation && Number.isSafeInteger(note.previous)) {
    return note.previous as number;
  }
  throw new SpineError('SPINE_DELIVERY_METADATA', {
    where: `${topic}/${partition} at offset ${committed.offset}`,
    wanted: `a commit by generation ${generation} of this worker`,
    found: committed.metadata === '' ? 'no metadata' : committed.metadata.slice(0, 80),
  });
}

function parse(text: string): { v?: unknown; gen?: unknown; previous?: unknown } | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
