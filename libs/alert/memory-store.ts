// The store of alerts in memory: the twin of libs/clickhouse/alert-store.ts for tests and for
// trying rules.
// Guarantees: those of store.ts; what was saved survives whoever saved it.
// Example: const store = memoryStore(); await store.saveAlerts(alerts, nowMs)
import { standsOpen, type Delivery } from './delivery.ts';
import type { Acknowledgement, Silence } from './mute.ts';
import type { AlertStore, KeptAlert } from './store.ts';

export type MemoryStore = AlertStore & {
  /** All deliveries in their newest state, oldest first. */
  readonly deliveries: () => readonly Delivery[];
  /** All alerts in their newest state. */
  readonly alerts: () => readonly KeptAlert[];
};

export function memoryStore(): MemoryStore {
  const alerts = new Map<string, KeptAlert>();
  const deliveries = new Map<string, Delivery>();
  const silences = new Map<string, Silence>();
  const acks = new Map<string, Acknowledgement>();
  let holder = '';
  const ordered = (): readonly Delivery[] =>
    [...deliveries.values()].toSorted(
      (a, b) => a.createdAtMs - b.createdAtMs || a.sequence - b.sequence,
    );
  const newestOf = (): readonly Delivery[] => [
    ...new Map(ordered().map((one) => [`${one.receiver}/${one.group}`, one])).values(),
  ];
  return {
    load: async (nowMs) => {
      const newest = newestOf();
      const members = new Set(newest.filter(standsOpen).flatMap((one) => one.members));
      return {
        alerts: [...alerts.values()].filter(
          ({ key, resolvedAtMs }) => resolvedAtMs === 0 || members.has(key),
        ),
        newest,
        unsettled: ordered().filter(({ state }) => state === 'waiting' || state === 'sending'),
        silences: [...silences.values()].filter(({ endsAtMs }) => endsAtMs > nowMs),
        acknowledgements: [...acks.values()],
      };
    },
    saveAlerts: async (saved) => {
      for (const alert of saved) alerts.set(alert.key, alert);
    },
    saveDeliveries: async (saved) => {
      for (const delivery of saved) deliveries.set(delivery.id, delivery);
    },
    saveSilence: async (silence) => {
      silences.set(silence.id, silence);
    },
    saveAcknowledgement: async (ack) => {
      acks.set(`${ack.key}/${ack.pendingAtMs}`, ack);
    },
    lease: async (asker, forMs) => {
      if (holder === '') holder = asker;
      return { isHeld: holder === asker, holder, leftMs: forMs };
    },
    release: async (asker) => {
      if (holder === asker) holder = '';
    },
    deliveries: ordered,
    alerts: () => [...alerts.values()],
  };
}
