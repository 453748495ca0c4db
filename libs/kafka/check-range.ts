// Where a range read ends, and whether it can begin: never at a later record than was asked for.
// Example: checkRange({ topic: 't', partition: 0, from: 5 }, [{ partition: 0, low: 0, high: 9 }]) →
// 9.
import { SpineError } from '@agentspine/outcome/errors';
import type { TopicOffsets } from './port.ts';

export type Range = {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to?: number | undefined;
};

/** The offset to stop before. */
export function checkRange(range: Range, rows: readonly TopicOffsets[] | null): number {
  const { topic, partition, from, to } = range;
  const row = rows?.find((candidate) => candidate.partition === partition);
  if (row === undefined) {
    throw new SpineError('SPINE_KAFKA_TOPIC', {
      wanted: 'a partition that exists',
      found: rows === null ? 'no such topic' : `${rows.length} partitions`,
      where: `${topic}/${partition}`,
    });
  }
  const end = Math.min(to ?? row.high, row.high);
  if (from < row.low && from < end) {
    throw new SpineError('SPINE_DELIVERY_HOLE', {
      wanted: `records from offset ${from}`,
      found: `${row.low} as the oldest`,
      where: `${topic}/${partition}`,
      hint: 'The broker has deleted the older records (retention). Start at the oldest, or restore them.',
    });
  }
  return end;
}
