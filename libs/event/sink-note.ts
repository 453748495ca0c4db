// The sink's note in its offset commits: what is stored, and what is being stored.
//
//   {v, gen, mark, chain, pending: [first, last]}
//
// mark: highest source offset stored; pending: governed offsets of the insert under way (absent
// when none); chain: head of the ledger ('' until it is kept).
// Guarantees: fits the broker's 4 KB; a commit that is not ours is refused, not guessed at.
// Example: writeSinkNote({ gen: 1, mark: 41, chain: '', pending: [100, 180] })
import { SpineError } from '@agentspine/outcome/errors';

/** What is committed for a partition; null for nothing. */
export type Committed = { readonly offset: number; readonly metadata: string } | null;

const VERSION = 1;

export type Range = readonly [first: number, last: number];

export type SinkNote = {
  readonly gen: number;
  readonly mark: number;
  readonly chain: string;
  readonly pending: Range | null;
};

export function writeSinkNote(note: SinkNote): string {
  const { pending, ...rest } = note;
  return JSON.stringify({ v: VERSION, ...rest, ...(pending && { pending }) });
}

export function readSinkNote(
  committed: Committed,
  topic: string,
  partition: number,
  generation: number,
): SinkNote {
  if (committed === null) return { gen: generation, mark: -1, chain: '', pending: null };
  const note = parse(committed.metadata);
  if (note !== undefined && note.gen === generation) return note;
  throw new SpineError('SPINE_DELIVERY_METADATA', {
    where: `${topic}/${partition} at offset ${committed.offset}`,
    wanted: `a commit by generation ${generation} of this sink`,
    found: committed.metadata === '' ? 'no metadata' : committed.metadata.slice(0, 80),
  });
}

function parse(text: string): SinkNote | undefined {
  try {
    const note = JSON.parse(text) as Partial<SinkNote> & { v?: number };
    if (note.v !== VERSION || !Number.isSafeInteger(note.mark) || typeof note.gen !== 'number') {
      return undefined;
    }
    const pending = note.pending ?? null;
    return { gen: note.gen, mark: note.mark as number, chain: note.chain ?? '', pending };
  } catch {
    return undefined;
  }
}
