// Rows of the store, sorted by whom they are about, as the drift rule takes them.
// Guarantees: an agent that serves several tenants is judged in each and once more over all of
// them, under the empty tenant.
// Example: rowsByAgent(rows).map(({ tenantId, agentId }) => …)
import type { BaselineRow, IncidentRow, ObservationRow } from '@agentspine/clickhouse/drift-store';
import type { AgentData, Observation } from '@agentspine/drift/judge-agent';

export type AgentRows = {
  /** Empty: over all tenants. */
  readonly tenantId: string;
  readonly agentId: string;
  readonly observations: readonly Observation[];
  readonly pinned: readonly Observation[];
};

export function rowsByAgent(rows: readonly ObservationRow[]): readonly AgentRows[] {
  const agents = Map.groupBy(rows, ({ agent_id }) => agent_id);
  return [...agents].flatMap(([agentId, own]) => {
    const tenants = Map.groupBy(own, ({ tenant_id }) => tenant_id);
    const each = [...tenants].map(([tenantId, some]) => of(tenantId, agentId, some));
    return tenants.size > 1 ? [...each, of('', agentId, own)] : each;
  });
}

function of(tenantId: string, agentId: string, rows: readonly ObservationRow[]): AgentRows {
  const observations = rows.flatMap(({ dimension, agent_version, value, hb, hours, runs }) =>
    hours.map((hour, at) => ({
      dimension,
      version: agent_version,
      value,
      bin: hb,
      hourMs: hour * 1_000,
      n: runs[at] ?? 0,
    })),
  );
  return { tenantId, agentId, observations, pinned: [] };
}

export type SetByPeople = {
  readonly incidents: readonly IncidentRow[];
  readonly baselines: readonly BaselineRow[];
};

export function agentDataOf(agent: AgentRows, about: SetByPeople): AgentData {
  const mine = (row: { readonly tenant_id: string; readonly agent_id: string }): boolean =>
    row.tenant_id === agent.tenantId && row.agent_id === agent.agentId;
  return {
    observations: agent.observations,
    pinned: agent.pinned,
    incidents: about.incidents.filter(mine).map(({ dimension, start_s, end_s }) => ({
      dimension,
      startMs: start_s * 1_000,
      endMs: end_s * 1_000,
    })),
    accepted: about.baselines
      .filter((row) => mine(row) && row.accepted_s > 0)
      .map(({ dimension, accepted_s }) => ({ dimension, atMs: accepted_s * 1_000 })),
  };
}
