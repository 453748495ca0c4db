// What an alert that fires now should carry: who answers for the agent, releases, policy bundles,
// runs to look at.
// Guarantees: asked once, when it fires, in one query for all of them; what the signal said itself
// stays; a context that cannot be had delays no alert.
// Example: const alerts = await addContext(ports, found, nowMs)
import { NO_BUSINESS, type Alert } from '@agentspine/alert/alert';
import type { AgentContext } from '@agentspine/alert/signals';
import { isSpineError } from '@agentspine/outcome/errors';
import type { SentinelPorts } from './evaluate-once.ts';

const LEAST_MS = 900_000;

export async function addContext(
  { signals, alerting }: Pick<SentinelPorts, 'signals' | 'alerting'>,
  alerts: readonly Alert[],
  nowMs: number,
): Promise<readonly Alert[]> {
  const fresh = alerts.filter(
    (alert) => alert.state === 'firing' && alert.startedAtMs === nowMs && alert.labels['agent'],
  );
  if (fresh.length === 0) return alerts;
  const windowMs = Math.max(LEAST_MS, ...fresh.map((alert) => alert.windowMs));
  let contexts: ReadonlyMap<string, AgentContext> = new Map();
  try {
    contexts = await signals.context({
      tenants: unique(fresh, 'tenant'),
      agents: unique(fresh, 'agent'),
      sinceMs: nowMs - Math.min(windowMs, 86_400_000),
      untilMs: nowMs,
    });
  } catch (error) {
    if (!isSpineError(error)) throw error;
  }
  return alerts.map((alert) => {
    if (!fresh.includes(alert)) return alert;
    const { tenant = '', agent = '' } = alert.labels;
    const found = contexts.get(`${tenant}/${agent}`);
    const business = agent === '' ? NO_BUSINESS : alerting.businessOf(agent, tenant);
    return { ...alert, business, ...(found !== undefined && merged(alert, found)) };
  });
}

function merged(alert: Alert, { versions, bundles, runs }: AgentContext): Partial<Alert> {
  const exampleRuns = alert.exampleRuns.length > 0 ? alert.exampleRuns : runs[worstBy(alert)];
  const agentVersions = alert.agentVersions.length > 0 ? alert.agentVersions : versions;
  return { exampleRuns, agentVersions, policyBundles: bundles };
}

/** Runs are worst by what the alert is about. */
function worstBy({ kind, summary }: Alert): keyof AgentContext['runs'] {
  if (kind === 'budget' || /cost|tokens|\$/u.test(summary)) return 'byCost';
  return /slow|duration|first token/u.test(summary) ? 'byDuration' : 'byErrors';
}

const unique = (alerts: readonly Alert[], label: string): readonly string[] => [
  ...new Set(alerts.map((alert) => alert.labels[label] ?? '')),
];
