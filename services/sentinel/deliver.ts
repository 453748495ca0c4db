// Sends what is due, receiver by receiver: mark it as being sent, send it, write what became of it.
// Guarantees: nothing is sent that is not stored; of one receiver one at a time and in order, of
// several side by side, so that a slow one holds up no other; retried with growing pauses within
// the receiver's bounds, then a dead letter; at most rate_per_minute to each.
// Example: const sent = await deliver(ports, round.deliveries, { nowMs, rate })
import type { Delivery } from '@agentspine/alert/delivery';
import type { ReceiverSpec, Routing } from '@agentspine/alert/routes';
import type { Receiver, Sent } from '@agentspine/notify/receiver';
import type { SentinelPorts } from './evaluate-once.ts';
import type { RateLimit } from './rate-limit.ts';

export type DeliverOptions = {
  readonly nowMs: () => number;
  readonly rate: RateLimit;
  /** False ends the sending: somebody else may hold the lease now. */
  readonly mayBegin?: () => boolean;
};

const FIRST_PAUSE_MS = 5_000;
const PAUSE_MAX_MS = 300_000;

/** What became of those that were due. The others wait. */
export async function deliver(
  ports: SentinelPorts,
  deliveries: readonly Delivery[],
  options: DeliverOptions,
): Promise<readonly Delivery[]> {
  const due = deliveries
    .filter(({ state, dueAtMs }) => state === 'waiting' && dueAtMs <= options.nowMs())
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || a.sequence - b.sequence);
  const byReceiver = Map.groupBy(due, ({ receiver }) => receiver);
  const done = await Promise.all(
    [...byReceiver].map(([id, own]) => deliverTo(ports, id, own, options)),
  );
  return done.flat();
}

async function deliverTo(
  { store, receivers, alerting }: SentinelPorts,
  id: string,
  due: readonly Delivery[],
  { nowMs, rate, mayBegin = () => true }: DeliverOptions,
): Promise<readonly Delivery[]> {
  const receiver = receivers.get(id);
  const spec = alerting.routing.receivers.get(id);
  const done: Delivery[] = [];
  for (const one of due) {
    if (!mayBegin()) break;
    const atMs = nowMs();
    if (receiver === undefined || spec === undefined) {
      const gone = { ...one, state: 'dead' as const, updatedAtMs: atMs };
      done.push({ ...gone, error: 'SPINE_NOTIFY_REFUSED the receiver is not in the routes file' });
      await store.saveDeliveries(done.slice(-1), atMs);
      continue;
    }
    if (!rate.take(id, spec.ratePerMinute, atMs)) break;
    const begun: Delivery = {
      ...one,
      state: 'sending',
      attempts: one.attempts + 1,
      updatedAtMs: atMs,
    };
    await store.saveDeliveries([begun], atMs);
    const sent = await receiver.send(one.notification, { nowMs: atMs });
    const after = afterSend(begun, sent, spec, nowMs());
    await store.saveDeliveries([after], nowMs());
    done.push(after);
    // The next would meet the same; it waits for its own time.
    if (after.state === 'waiting') break;
  }
  return done;
}

/** Sent, to be tried again, or a dead letter. Pure. */
export function afterSend(
  begun: Delivery,
  sent: Sent,
  { attemptsMax, giveUpAfterMs }: ReceiverSpec,
  nowMs: number,
): Delivery {
  if (sent.ok) return { ...begun, state: 'sent', updatedAtMs: nowMs, error: '' };
  const error = `${sent.code} ${sent.words}`;
  const failed = { ...begun, updatedAtMs: nowMs, error };
  const dueAtMs = nowMs + Math.max(pauseMs(begun), sent.afterMs);
  const isOver =
    !sent.retry || begun.attempts >= attemptsMax || dueAtMs - begun.createdAtMs > giveUpAfterMs;
  return isOver ? { ...failed, state: 'dead' } : { ...failed, state: 'waiting', dueAtMs };
}

/** 5 s, 10 s, 20 s … 5 min, each up to a fifth longer, by the id: receivers are not hit in step. */
function pauseMs({ attempts, id }: Delivery): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20), PAUSE_MAX_MS);
  return Math.round(pause * (1 + (Number.parseInt(id.slice(0, 4), 16) / 0xffff) * 0.2));
}

/**
 * Deliveries that were being sent when the process ended: nobody knows whether they arrived. Where
 * the receiver deduplicates they are sent again; elsewhere as its on_doubt says. Pure.
 */
export function settleDoubts(
  unsettled: readonly Delivery[],
  routing: Routing,
  receivers: ReadonlyMap<string, Receiver>,
  nowMs: number,
): readonly Delivery[] {
  return unsettled
    .filter(({ state }) => state === 'sending')
    .map((one) => {
      const spec = routing.receivers.get(one.receiver);
      const repeats =
        receivers.get(one.receiver)?.deduplicates === true || spec?.onDoubt !== 'drop';
      const error = 'it is not known whether it arrived';
      return repeats
        ? { ...one, state: 'waiting' as const, dueAtMs: nowMs, updatedAtMs: nowMs, error }
        : { ...one, state: 'sent' as const, updatedAtMs: nowMs, error };
    });
}
