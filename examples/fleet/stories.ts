// What goes wrong in the demo's week, one thing per agent, each with its ground truth: what moves,
// since when, and why. The agents read it to behave so; tests and the demo's last screen compare
// with it what was found.
// Guarantees: an agent is in one story at most; a story that has begun goes on until now.
// Example: storiesUntil(nowUs)[0] → { name: 'prompt-change', agentId: 'support-concierge', … }
import type { AgentFields } from '@agentspine/sdk/fields';
import { ROSTER, type AgentId, type TenantId } from './roster.ts';

export type StoryName =
  | 'prompt-change'
  | 'overconfident-model'
  | 'slow-tool'
  | 'retry-leak'
  | 'costly-refunds';

/** What an analysis should name as the cause: a dimension of the events and its value. */
export type Cause = { readonly dimension: string; readonly value: string };

export type Story = {
  readonly name: StoryName;
  /** In a few words, for people. */
  readonly tells: string;
  readonly tenantId: TenantId;
  readonly agentId: AgentId;
  readonly since: Date;
  /** What moves: the share of a tool, a duration, a cost, a KPI. */
  readonly dimension: 'tool' | 'confidence' | 'latency' | 'cost' | 'kpi';
  /** The value of the dimension that moves most, where it has values; otherwise empty. */
  readonly subject: string;
  readonly cause: Cause;
};

type Plan = Omit<Story, 'since' | 'tenantId'> & {
  readonly hoursAgo: number;
  /** What the agent says of itself from then on. */
  readonly agent?: AgentFields;
};

/** The last day is inside every story, whole; the days before it are, but for hours, as ever. */
const PLANS: readonly Plan[] = [
  {
    name: 'prompt-change',
    tells: 'a new prompt looks up articles instead of orders',
    agentId: 'support-concierge',
    hoursAgo: 30,
    dimension: 'tool',
    subject: 'search_kb',
    cause: { dimension: 'prompt_version', value: '2026-02-28' },
    agent: { promptVersion: '2026-02-28' },
  },
  {
    name: 'overconfident-model',
    tells: 'a model is surer than before, not better',
    agentId: 'claims-adjuster',
    hoursAgo: 28,
    dimension: 'confidence',
    subject: '',
    cause: { dimension: 'model', value: 'gpt-4.1' },
  },
  {
    name: 'slow-tool',
    tells: 'a tool takes three times as long',
    agentId: 'fraud-screener',
    hoursAgo: 26,
    dimension: 'latency',
    subject: '',
    cause: { dimension: 'tool', value: 'match_devices' },
  },
  {
    name: 'retry-leak',
    tells: 'answers that do not parse are asked for again',
    agentId: 'ops-runbook',
    hoursAgo: 27,
    dimension: 'cost',
    subject: '',
    cause: { dimension: 'error_type', value: 'malformed_output' },
  },
  {
    name: 'costly-refunds',
    tells: 'a new version refunds in full too often',
    agentId: 'human-desk',
    hoursAgo: 30,
    dimension: 'kpi',
    subject: 'refund_margin',
    cause: { dimension: 'agent_version', value: '1.3.0' },
    agent: { version: '1.3.0' },
  },
];

export function storiesUntil(nowUs: number): readonly Story[] {
  return PLANS.map(({ name, tells, agentId, hoursAgo, dimension, subject, cause }) => {
    const since = new Date(nowUs / 1000 - hoursAgo * 3_600_000);
    const { tenantId } = ROSTER[agentId];
    return { name, tells, tenantId, agentId, since, dimension, subject, cause };
  });
}

/** What the agent of a story says of itself that it did not before. */
export function agentIn(story: StoryName): AgentFields {
  return PLANS.find(({ name }) => name === story)?.agent ?? {};
}
