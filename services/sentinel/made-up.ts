// A made-up alert and its end, to try a receiver with: it says of itself that it is a test.
// Guarantees: open and resolve of one day and receiver have one incident key.
// Example: await receiver.send(madeUp('open', 'pager', nowMs), { nowMs })
import { NO_BUSINESS } from '@agentspine/alert/alert';
import { deliveryId, incidentId, type Notification } from '@agentspine/alert/delivery';

const DAY_MS = 86_400_000;

export function madeUp(
  action: Notification['action'],
  receiver: string,
  nowMs: number,
): Notification {
  const incident = incidentId(receiver, 'test', nowMs - (nowMs % DAY_MS));
  const isOver = action === 'resolve';
  return {
    id: deliveryId(incident, action, nowMs),
    incident,
    action,
    reason: isOver ? 'resolved' : 'new',
    atMs: nowMs,
    severity: 'info',
    title: `${isOver ? 'RESOLVED' : 'INFO'} This is a test of AgentSpine's alerts`,
    group: { rule: 'TEST' },
    alerts: [
      {
        key: incident,
        ruleId: 'TEST',
        name: "This is a test of AgentSpine's alerts",
        kind: 'threshold',
        severity: 'info',
        labels: { tenant: 'test', agent: 'test' },
        state: isOver ? 'resolved' : 'firing',
        pendingAtMs: nowMs,
        startedAtMs: nowMs,
        brokenAtMs: nowMs,
        noDataAtMs: 0,
        resolvedAtMs: isOver ? nowMs : 0,
        updatedAtMs: nowMs,
        value: 1,
        threshold: 0,
        n: 1,
        windowMs: 0,
        summary: 'nothing is wrong; `spine alerts test --receiver` was run',
        cause: '',
        exampleRuns: [],
        agentVersions: [],
        policyBundles: [],
        business: NO_BUSINESS,
        advice: 'Nothing to do.',
        runbook: 'docs/alerts.md#receivers',
        link: '',
      },
    ],
    left: 0,
  };
}
