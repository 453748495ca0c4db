// Which governed records are new: the reader's side of the delivery protocol (DESIGN: delivery).
// Guarantees: pure. A record at or below the mark is a repeat and is skipped; a record above it
// must name the mark as its previous offset, otherwise the reader stops and says where the hole is.
// First wins.
// Example: const taken = take(records, mark); taken.rows, taken.deadLetters, taken.mark
import { SpineError } from '@agentspine/outcome/errors';
import type { LogRecord } from '@agentspine/kafka/port';
import { readPrefix } from './governed-prefix.ts';

export type Taken = {
  readonly rows: Buffer[];
  readonly deadLetters: Buffer[];
  readonly repeats: number;
  /** Highest source offset taken. */
  readonly mark: number;
};

export function take(
  topic: string,
  partition: number,
  records: readonly LogRecord[],
  mark: number,
): Taken {
  const rows: Buffer[] = [];
  const deadLetters: Buffer[] = [];
  let repeats = 0;
  let high = mark;
  for (const record of records) {
    const where = `${topic}/${partition}/${record.offset}`;
    const prefix = record.value === null ? undefined : readPrefix(record.value);
    if (prefix === undefined || prefix.partition !== partition) {
      throw new SpineError('SPINE_DELIVERY_MISMATCH', {
        where,
        wanted: `a fate of source partition ${partition}`,
        found:
          prefix === undefined ? 'bytes that are none' : `one of partition ${prefix.partition}`,
        hint: 'Only the worker may write to this topic; check its ACLs in infra/kafka/topics.yaml.',
      });
    }
    if (prefix.sourceOffset <= high) {
      repeats++;
      continue;
    }
    if (prefix.previous !== high) {
      throw new SpineError('SPINE_DELIVERY_HOLE', {
        where,
        wanted: `source offset ${prefix.sourceOffset} to follow ${high}`,
        found: `it follows ${prefix.previous}`,
      });
    }
    high = prefix.sourceOffset;
    (prefix.isRow ? rows : deadLetters).push(record.value as Buffer);
  }
  return { rows, deadLetters, repeats, mark: high };
}
