// Which alarm found which of the stories that the fleet was made to tell.
// Guarantees: an alarm counts for a story only where it is about the same agent and the thing that
// moved; of several, the one that names the cause comes first, then the plainest. Pure.
// Example: matchStories(stories, alarms)[0] → { story, alarm, namesCause: true, others: 2 }
import type { Story } from '@agentspine/fleet/stories';

export type Alarm = {
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly rule_id: string;
  readonly kind: string;
  readonly severity: string;
  readonly summary: string;
  readonly cause: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly example_runs: readonly string[];
};

export type Match = {
  readonly story: Story;
  /** Undefined where nothing was found. */
  readonly alarm: Alarm | undefined;
  readonly namesCause: boolean;
  /** Further alarms on the same agent: what the same thing moved as well. */
  readonly others: number;
};

const GRAVEST_FIRST = ['critical', 'high', 'medium', 'low', 'info'];

/**
 * What tells of a story, the plainest first: dimensions of the drift watch, rules of infra/alerts.
 */
const SIGNS: Readonly<Record<Story['dimension'], readonly string[]>> = {
  tool: ['drift of tool', 'drift of prompt'],
  confidence: ['drift of confidence', 'OVERCONFIDENT'],
  latency: ['drift of latency_ns', 'TOOL-SLOW'],
  cost: ['drift of cost_nano_usd', 'RETRY-WASTE', 'drift of input_tokens'],
  kpi: ['REFUND-MARGIN-FALLS', 'drift of decision'],
};

export function matchStories(
  stories: readonly Story[],
  alarms: readonly Alarm[],
): readonly Match[] {
  return stories.map((story) => {
    const own = alarms.filter(
      ({ tenant_id, agent_id }) => tenant_id === story.tenantId && agent_id === story.agentId,
    );
    const [alarm] = own
      .filter((one) => isSign(story, one))
      .toSorted((left, right) => rank(story, left) - rank(story, right));
    const namesCause = alarm !== undefined && named(story, alarm);
    return { story, alarm, namesCause, others: own.length - (alarm === undefined ? 0 : 1) };
  });
}

function signOf({ kind, rule_id: rule, labels }: Alarm): string {
  return kind === 'drift' ? `drift of ${labels['dimension'] ?? ''}` : rule;
}

function isSign({ dimension }: Story, alarm: Alarm): boolean {
  return SIGNS[dimension].includes(signOf(alarm));
}

/** Those that name the cause before all others, then by what they tell of, then the gravest. */
function rank(story: Story, alarm: Alarm): number {
  const severity = GRAVEST_FIRST.indexOf(alarm.severity);
  const sign = SIGNS[story.dimension].indexOf(signOf(alarm));
  return (named(story, alarm) ? 0 : 100) + 10 * sign + severity;
}

function named({ cause: { value } }: Story, { cause, summary, labels }: Alarm): boolean {
  return [cause, summary, ...Object.values(labels)].some((text) => text.includes(value));
}
