// The auditor: is every record of agent.events stored once, as a row or as a dead letter? Compares
// the stored chain of fates (queries/delivery.sql) with the log's offsets and with what the sink
// says it has stored.
// Guarantees: changes nothing; what is still on its way counts as pending, never as missing;
// compareDelivery() is pure.
// Example: const report = await auditDelivery(ch, { generation: 1, perPartition: [{ partition: 0,
// low: 0, high: 100, mark: 99 }] })
import type { ClickHouse } from './connect.ts';
import { runQuery } from './query.ts';
import type { DeliveryRow } from './query-rows.ts';

export type PartitionClaim = {
  readonly partition: number;
  /** First offset the source log still holds. */
  readonly low: number;
  /** Offset after its newest record. */
  readonly high: number;
  /**
   * Highest source offset the sink says it has stored (its mark, from the committed metadata); -1
   * for none.
   */
  readonly mark: number;
};

export type AuditInput = {
  readonly generation: number;
  readonly perPartition: readonly PartitionClaim[];
  /** Source offsets below it may have expired from the store. Default: nothing may. */
  readonly floor?: Readonly<Record<number, number>>;
};

/**
 * Offsets from first to last, both included. Some of them may never have been records (control
 * records).
 */
export type OffsetRange = { readonly first: number; readonly last: number };

export type PartitionAudit = {
  readonly partition: number;
  readonly rows: number;
  readonly deadLetters: number;
  /** Highest source offset stored; -1 for none. */
  readonly lastOffset: number;
  /**
   * Not stored, though a later record or the sink's mark says that they were. In order, the first
   * 100.
   */
  readonly missing: readonly OffsetRange[];
  /** Stored more than once; the first 100. */
  readonly doubled: readonly number[];
  /**
   * Stored under an offset that the record after them does not know, or that the log has never
   * given; the first 100.
   */
  readonly misplaced: readonly number[];
  /** Upper bound of records of the log without a fate yet. */
  readonly pending: number;
  readonly ok: boolean;
};

export type AuditReport = {
  readonly ok: boolean;
  readonly rows: number;
  readonly deadLetters: number;
  readonly partitions: readonly PartitionAudit[];
  /**
   * Partitions with stored rows that nobody claimed: the log has no such partition, or the list was
   * incomplete.
   */
  readonly unclaimed: readonly number[];
};

/** Reads what is stored and compares it. Cost: one pass over three small columns of events. */
export async function auditDelivery(ch: ClickHouse, input: AuditInput): Promise<AuditReport> {
  const stored = await runQuery(ch, 'delivery', { generation: input.generation });
  return compareDelivery(input, stored);
}

export function compareDelivery(input: AuditInput, stored: readonly DeliveryRow[]): AuditReport {
  const byPartition = new Map(stored.map((row) => [row.partition, row]));
  const partitions = input.perPartition.map((claim) =>
    comparePartition(claim, byPartition.get(claim.partition), input.floor?.[claim.partition] ?? 0),
  );
  const claimed = new Set(input.perPartition.map((claim) => claim.partition));
  const unclaimed = stored.map((row) => row.partition).filter((id) => !claimed.has(id));
  return {
    ok: unclaimed.length === 0 && partitions.every((partition) => partition.ok),
    rows: stored.reduce((sum, row) => sum + row.rows, 0),
    deadLetters: stored.reduce((sum, row) => sum + row.dead_letters, 0),
    partitions,
    unclaimed,
  };
}

function comparePartition(
  claim: PartitionClaim,
  stored: DeliveryRow | undefined,
  floor: number,
): PartitionAudit {
  const { partition, low, high, mark } = claim;
  const lastOffset = stored?.last_offset ?? -1;
  const missing: OffsetRange[] = [];
  const misplaced: number[] = [];
  for (const [before, previous, offset] of stored?.breaks ?? []) {
    const first = Math.max(before + 1, before === -1 ? floor : 0);
    if (previous < before || previous >= offset) {
      // The stored record before it is one its writer never saw, or it does not stand where it was
      // written.
      misplaced.push(offset);
    } else if (previous >= first) {
      // It names a predecessor that is not there: all up to that is missing.
      missing.push({ first, last: previous });
    }
  }
  if (mark > lastOffset) {
    const first = Math.max(lastOffset + 1, stored === undefined ? Math.max(low, floor) : 0);
    if (first <= mark) missing.push({ first, last: mark });
  }
  if (lastOffset >= high) misplaced.push(lastOffset);
  const doubled = stored?.doubled ?? [];
  const sound = missing.length === 0 && misplaced.length === 0 && doubled.length === 0;
  return {
    partition,
    rows: stored?.rows ?? 0,
    deadLetters: stored?.dead_letters ?? 0,
    lastOffset,
    missing,
    doubled,
    misplaced: [...new Set(misplaced)],
    pending: Math.max(0, high - 1 - Math.max(lastOffset, mark, low - 1)),
    ok: sound && (stored?.doubled_count ?? 0) === 0,
  };
}
