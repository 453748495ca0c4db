// Tells receivers that would let go of an alert that it still fires: Alertmanager resolves what it
// has not heard of for a while.
// Guarantees: only alerts of incidents that were opened there and are not over; idempotent, so it
// is not in the outbox.
// Example: await refresh(ports, round, nowMs)
import { isOpen } from '@agentspine/alert/alert';
import { standsOpen } from '@agentspine/alert/delivery';
import type { Sent } from '@agentspine/notify/receiver';
import type { Round, SentinelPorts } from './evaluate-once.ts';

/** What each said, by its id. */
export async function refresh(
  { receivers, alerting }: SentinelPorts,
  { alerts, newest }: Pick<Round, 'alerts' | 'newest'>,
  nowMs: number,
): Promise<ReadonlyMap<string, Sent>> {
  const byKey = new Map(alerts.filter(isOpen).map((alert) => [alert.key, alert]));
  const answers = await Promise.all(
    [...receivers.values()].map(async (receiver) => {
      if (receiver.refresh === undefined) return [];
      const keys = [...newest.values()]
        .filter((one) => one.receiver === receiver.id && standsOpen(one) && one.state === 'sent')
        .flatMap(({ members }) => members);
      const open = [...new Set(keys)].flatMap((key) => byKey.get(key) ?? []);
      if (open.length === 0) return [];
      const told = open.map((alert) => ({ ...alert, link: alerting.linkOf(alert) }));
      return [[receiver.id, await receiver.refresh(told, { nowMs })] as const];
    }),
  );
  return new Map(answers.flat());
}
