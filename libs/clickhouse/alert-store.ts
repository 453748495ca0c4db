// The store of alerts in ClickHouse: tables of migration 0010.
// Guarantees: those of libs/alert/store.ts. A save is one INSERT, which is there when it resolves
// (fsync); the revision rises over restarts, also where the clock went back, so that the newest
// save counts.
// Example: const store = alertStore(ch); const stored = await store.load(nowMs)
import type { Alert } from '@agentspine/alert/alert';
import { standsOpen } from '@agentspine/alert/delivery';
import type { Acknowledgement, Silence } from '@agentspine/alert/mute';
import type { AlertStore, Stored } from '@agentspine/alert/store';
import {
  alertOf,
  alertRow,
  deliveryOf,
  deliveryRow,
  timeOf,
  type AlertRow,
  type DeliveryRow,
} from './alert-rows.ts';
import type { ClickHouse } from './connect.ts';
import { sentinelLease } from './sentinel-lease.ts';
import { signalText } from './signal-text.ts';

/** An open alert is saved in every round; one that was not for so long is nobody's any more. */
const LOOKBACK_DAYS = 45;

export function alertStore(ch: ClickHouse): AlertStore {
  let revision = 0;
  const next = async (nowMs: number): Promise<number> => {
    if (revision === 0) revision = await newestRevision(ch);
    revision = Math.max(revision + 1, nowMs * 1_000);
    return revision;
  };
  const save = async (table: string, rows: readonly object[], of: number): Promise<void> => {
    if (rows.length === 0) return;
    const token = `${table}:${of}`;
    await ch.insertJson({ table, rows: rows as readonly Record<string, unknown>[], token });
  };
  return {
    load: async (nowMs) => {
      const stored = await load(ch, nowMs);
      revision = Math.max(revision, stored.revision);
      return stored;
    },
    saveAlerts: async (alerts, nowMs) => {
      const of = await next(nowMs);
      await save(
        'alerts',
        alerts.map((alert) => alertRow(alert, of)),
        of,
      );
    },
    saveDeliveries: async (deliveries, nowMs) => {
      const of = await next(nowMs);
      await save(
        'alert_deliveries',
        deliveries.map((one) => deliveryRow(one, of)),
        of,
      );
    },
    saveSilence: async (silence) => {
      const of = await next(silence.createdAtMs);
      const { id, match, by, comment, startsAtMs, endsAtMs, createdAtMs } = silence;
      const times = { starts_at: timeOf(startsAtMs), ends_at: timeOf(endsAtMs) };
      const row = {
        id,
        revision: of,
        match,
        ...times,
        by,
        comment,
        created_at: timeOf(createdAtMs),
      };
      await save('alert_silences', [row], of);
    },
    saveAcknowledgement: async ({ key, pendingAtMs, by, comment, atMs }) => {
      const of = await next(atMs);
      const row = {
        alert_key: key,
        pending_at: timeOf(pendingAtMs),
        revision: of,
        by,
        comment,
        at: timeOf(atMs),
      };
      await save('alert_acknowledgements', [row], of);
    },
    ...sentinelLease(ch),
  };
}

async function newestRevision(ch: ClickHouse): Promise<number> {
  const [row] = await ch.query<{ newest: number }>(signalText('alert-revision'));
  return row?.newest ?? 0;
}

async function load(ch: ClickHouse, nowMs: number): Promise<Stored & { revision: number }> {
  const since = Math.floor(nowMs / 1_000) - LOOKBACK_DAYS * 86_400;
  const [deliveries, silences, acks, revision] = await Promise.all([
    ch.query<DeliveryRow & { is_newest: number }>(signalText('alert-deliveries'), { since }),
    ch.query<SilenceRow>(signalText('alert-silences'), { now: Math.floor(nowMs / 1_000) }),
    ch.query<AckRow>(signalText('alert-acknowledgements'), { since }),
    newestRevision(ch),
  ]);
  const newest = deliveries.filter((row) => row.is_newest === 1).map(deliveryOf);
  const members = [...new Set(newest.filter(standsOpen).flatMap((one) => one.members))];
  const rows = await ch.query<AlertRow>(signalText('alert-states'), { since, members });
  return {
    alerts: rows.map(alertOf) satisfies readonly Alert[],
    newest,
    unsettled: deliveries
      .filter(({ state }) => state === 'waiting' || state === 'sending')
      .map(deliveryOf),
    silences: silences.map(silenceOf),
    acknowledgements: acks.map(ackOf),
    revision,
  };
}

type SilenceRow = {
  readonly id: string;
  readonly match: Readonly<Record<string, readonly string[]>>;
  readonly starts_ms: number;
  readonly ends_ms: number;
  readonly by: string;
  readonly comment: string;
  readonly created_ms: number;
};

const silenceOf = (row: SilenceRow): Silence => ({
  id: row.id,
  match: row.match,
  startsAtMs: row.starts_ms,
  endsAtMs: row.ends_ms,
  by: row.by,
  comment: row.comment,
  createdAtMs: row.created_ms,
});

type AckRow = {
  readonly alert_key: string;
  readonly pending_ms: number;
  readonly by: string;
  readonly comment: string;
  readonly at_ms: number;
};

const ackOf = (row: AckRow): Acknowledgement => ({
  key: row.alert_key,
  pendingAtMs: row.pending_ms,
  by: row.by,
  comment: row.comment,
  atMs: row.at_ms,
});
