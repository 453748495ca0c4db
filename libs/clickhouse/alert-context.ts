// Releases, policy bundles and example runs of several agents, for the alerts that fire now.
// Guarantees: one query; by tenant and agent, so that two tenants' agents of one name stay apart.
// Example: (await askContext(ch, { tenants, agents, sinceMs, untilMs })).get('acme/refunds')
import type { AgentContext, ContextRange } from '@agentspine/alert/signals';
import type { ClickHouse } from './connect.ts';
import { seconds, signalText } from './signal-text.ts';

type Row = {
  readonly tenant: string;
  readonly agent: string;
  readonly versions: readonly string[];
  readonly bundles: readonly string[];
  readonly by_errors: readonly string[];
  readonly by_duration: readonly string[];
  readonly by_cost: readonly string[];
};

/** By `tenant/agent`. */
export async function askContext(
  ch: ClickHouse,
  { tenants, agents, sinceMs, untilMs }: ContextRange,
): Promise<ReadonlyMap<string, AgentContext>> {
  const rows = await ch.query<Row>(signalText('context'), {
    tenants,
    agents,
    since: seconds(sinceMs),
    until: seconds(untilMs),
  });
  return new Map(
    rows.map((row) => [
      `${row.tenant}/${row.agent}`,
      {
        versions: row.versions.filter(Boolean),
        bundles: row.bundles.filter(Boolean),
        runs: { byErrors: row.by_errors, byDuration: row.by_duration, byCost: row.by_cost },
      },
    ]),
  );
}
