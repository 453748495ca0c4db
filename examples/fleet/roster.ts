// Who is in the fleet: two tenants, their agents, what each may do. The same facts, as the agent
// registry file has them, are in infra/ for the worker to enrich with; here the agents use them to
// behave, or to misbehave on purpose.
// Example: ROSTER['support-concierge'].tools → ['lookup_order', …]
import type { AgentFields } from '@agentspine/sdk/fields';

export type AgentId =
  | 'support-concierge'
  | 'human-desk'
  | 'ops-runbook'
  | 'claims-adjuster'
  | 'fraud-screener';

export type TenantId = 'acme-retail' | 'northwind-insurance';

export type Registered = {
  readonly id: AgentId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly version: string;
  readonly framework: string;
  readonly promptVersion: string;
  readonly tools: readonly string[];
  readonly models: readonly string[];
  /** Where its data may be processed, as region prefixes. */
  readonly regions: readonly string[];
  readonly profile: 'read_only' | 'read_write';
  readonly owner: string;
  readonly team: string;
  readonly criticality: 'low' | 'medium' | 'high' | 'critical';
  readonly costCenter: string;
  readonly kpi: string;
};

export const ROSTER: Readonly<Record<AgentId, Registered>> = {
  'support-concierge': {
    id: 'support-concierge',
    tenantId: 'acme-retail',
    name: 'Support concierge',
    version: '3.4.1',
    framework: 'langgraph',
    promptVersion: '2026-02-11',
    tools: ['lookup_order', 'search_kb', 'issue_refund', 'send_email'],
    models: ['claude-sonnet-4-5', 'claude-haiku-4-5'],
    regions: ['us-', 'eu-'],
    profile: 'read_write',
    owner: 'support-platform',
    team: 'customer-care',
    criticality: 'high',
    costCenter: 'cc-4100',
    kpi: 'resolution',
  },
  'human-desk': {
    id: 'human-desk',
    tenantId: 'acme-retail',
    name: 'Human desk assistant',
    version: '1.2.0',
    framework: 'openai-agents',
    promptVersion: '2026-01-20',
    tools: ['lookup_order', 'issue_refund'],
    models: ['gpt-4.1-mini'],
    regions: ['us-', 'eu-'],
    profile: 'read_write',
    owner: 'support-platform',
    team: 'customer-care',
    criticality: 'medium',
    costCenter: 'cc-4100',
    kpi: 'handling_minutes',
  },
  'ops-runbook': {
    id: 'ops-runbook',
    tenantId: 'acme-retail',
    name: 'Operations runbook',
    version: '0.9.3',
    framework: 'openai-agents',
    promptVersion: '2026-02-02',
    tools: ['read_metrics', 'restart_service', 'run_query', 'page_oncall'],
    models: ['gpt-4.1', 'gpt-4.1-mini'],
    regions: ['us-', 'eu-'],
    profile: 'read_write',
    owner: 'site-reliability',
    team: 'platform',
    criticality: 'critical',
    costCenter: 'cc-7020',
    kpi: 'minutes_to_restore',
  },
  'claims-adjuster': {
    id: 'claims-adjuster',
    tenantId: 'northwind-insurance',
    name: 'Claims adjuster',
    version: '2.0.5',
    framework: 'semantic-kernel',
    promptVersion: '2026-02-18',
    tools: ['read_policy', 'assess_damage', 'search_precedents', 'approve_payout', 'send_letter'],
    models: ['claude-sonnet-4-5', 'gpt-4.1'],
    regions: ['eu-'],
    profile: 'read_write',
    owner: 'claims-automation',
    team: 'claims',
    criticality: 'critical',
    costCenter: 'cc-2200',
    kpi: 'claim_leakage',
  },
  'fraud-screener': {
    id: 'fraud-screener',
    tenantId: 'northwind-insurance',
    name: 'Fraud screener',
    version: '1.7.2',
    framework: 'semantic-kernel',
    promptVersion: '2025-12-09',
    tools: ['read_claim_history', 'match_devices'],
    models: ['claude-haiku-4-5'],
    regions: ['eu-'],
    profile: 'read_only',
    owner: 'special-investigations',
    team: 'claims',
    criticality: 'high',
    costCenter: 'cc-2210',
    kpi: 'fraud_caught',
  },
};

export const AGENT_IDS = Object.keys(ROSTER) as AgentId[];

export function agentFields(agent: Registered): AgentFields {
  return {
    id: agent.id,
    name: agent.name,
    version: agent.version,
    framework: agent.framework,
    promptName: `${agent.id}-system`,
    promptVersion: agent.promptVersion,
  };
}
