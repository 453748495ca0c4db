// The agent registry: who owns an agent, what it is for, what it may do. Rules and reports read it
// as `business`.
// Guarantees: an agent that is not in the file gets the one shared UNREGISTERED value; an entry
// with a tenant counts for that tenant alone and goes before one without.
// Example: parseAgents(value, locate).businessOf('claims-adjuster', 'northwind-insurance').owner
import type { Business } from '@agentspine/event/facts';
import { FileReader } from './file-reader.ts';
import type { Locate, Path } from './file-reader.ts';

export type AgentRegistry = {
  readonly size: number;
  readonly businessOf: (agentId: string | null, tenantId: string) => Business;
};

const NOTHING: readonly string[] = Object.freeze([]);

export const UNREGISTERED: Business = Object.freeze({
  registered: false,
  owner: '',
  team: '',
  criticality: '',
  cost_center: '',
  kpi: '',
  profile: '',
  allowed_tools: NOTHING,
  allowed_models: NOTHING,
  allowed_regions: NOTHING,
});

const KEYS = [
  'id',
  'tenant',
  'owner',
  'team',
  'criticality',
  'cost_center',
  'kpi',
  'profile',
  'allowed_tools',
  'allowed_models',
  'allowed_regions',
] as const;

const AGENT_ID = /^[A-Za-z0-9._:/-]{1,128}$/;
const TENANT_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Entries of one agent id: by tenant, and the one for all others. */
type Entries = { readonly byTenant: Map<string, Business>; everywhere: Business };

/** @throws SpineError SPINE_AGENTS_FILE with file:line, what was wanted and what was found */
export function parseAgents(value: unknown, locate: Locate): AgentRegistry {
  const read = new FileReader('SPINE_AGENTS_FILE', locate);
  const file = read.fields(value, [], ['agents']);
  const byId = new Map<string, Entries>();
  const list = read.list(file['agents'], ['agents'], 'agents');
  list.forEach((one, index) => {
    const path = ['agents', index] as const;
    const { id, tenant, business } = readAgent(read, one, path);
    const entries = byId.get(id) ?? {
      byTenant: new Map<string, Business>(),
      everywhere: UNREGISTERED,
    };
    byId.set(id, entries);
    const taken =
      tenant === '' ? entries.everywhere !== UNREGISTERED : entries.byTenant.has(tenant);
    if (taken) throw read.refuse([...path, 'id'], 'each agent once per tenant', id);
    if (tenant === '') entries.everywhere = business;
    else entries.byTenant.set(tenant, business);
  });
  return {
    size: list.length,
    businessOf: (agentId, tenantId) => {
      const entries = agentId === null ? undefined : byId.get(agentId);
      if (entries === undefined) return UNREGISTERED;
      return entries.byTenant.get(tenantId) ?? entries.everywhere;
    },
  };
}

type ReadAgent = { readonly id: string; readonly tenant: string; readonly business: Business };

function readAgent(read: FileReader, value: unknown, path: Path): ReadAgent {
  const agent = read.fields(value, path, KEYS);
  return {
    id: read.text(agent, path, 'id', AGENT_ID, 'an agent id: [A-Za-z0-9._:/-]{1,128}'),
    tenant: read.optionalText(
      agent,
      path,
      'tenant',
      TENANT_ID,
      'a tenant id: [a-z0-9][a-z0-9_-]{0,62}',
    ),
    business: Object.freeze({
      registered: true,
      owner: read.text(agent, path, 'owner'),
      team: read.optionalText(agent, path, 'team'),
      criticality: read.choice(agent, path, 'criticality', ['low', 'medium', 'high', 'critical']),
      cost_center: read.optionalText(agent, path, 'cost_center'),
      kpi: read.optionalText(agent, path, 'kpi'),
      profile: read.choice(agent, path, 'profile', ['read_only', 'read_write']),
      allowed_tools: read.texts(agent, path, 'allowed_tools'),
      allowed_models: read.texts(agent, path, 'allowed_models'),
      allowed_regions: read.texts(agent, path, 'allowed_regions'),
    }),
  };
}
