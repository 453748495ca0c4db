// One round of the sentinel: what the tables say at nowMs.
// Guarantees: decided from the tables and nowMs alone, so that a round may be repeated; the first
// thing it asks is how late the data are, for a judgement on data that are still on their way is
// wrong.
// Example: const round = await evaluateOnce({ clickHouse }, { nowMs: Date.now() })
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import { ingestLagMs } from '@agentspine/clickhouse/signals';

export type SentinelPorts = { readonly clickHouse: ClickHouse };

export type Round = {
  /** p99 of the last quarter of an hour; 0 where nothing came. */
  readonly ingestLagMs: number;
};

export async function evaluateOnce(
  { clickHouse }: SentinelPorts,
  { nowMs }: { readonly nowMs: number },
): Promise<Round> {
  return { ingestLagMs: await ingestLagMs(clickHouse, nowMs) };
}
