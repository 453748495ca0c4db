// One notification on its way to one receiver: what the outbox holds.
// Guarantees: written before it is sent; its id is the idempotency key, made of receiver, incident,
// action and number alone, so that the same decision after a crash has the same id; the incident is
// the same from open to resolve.
//   waiting → sending → sent | waiting (again, later) | dead        waiting → dropped
// Example: incidentId('pager', group, openedAtMs); deliveryId(incident, 'open', 1)
import { createHash } from 'node:crypto';
import type { Alert } from './alert.ts';
import type { Severity } from './rule.ts';

export const ACTIONS = ['open', 'update', 'resolve'] as const;
export type Action = (typeof ACTIONS)[number];

export const DELIVERY_STATES = ['waiting', 'sending', 'sent', 'dead', 'dropped'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** An alert as it is told: with all of its labels and where to look. */
export type ToldAlert = Alert & { readonly link: string };

/** What a receiver is given, in no receiver's own words. */
export type Notification = {
  /** Idempotency key. */
  readonly id: string;
  /** Deduplication key at the receiver, from open to resolve. */
  readonly incident: string;
  readonly action: Action;
  readonly reason: 'new' | 'changed' | 'repeat' | 'resolved';
  readonly atMs: number;
  readonly severity: Severity;
  readonly title: string;
  readonly group: Readonly<Record<string, string>>;
  readonly alerts: readonly ToldAlert[];
  /** Alerts of the group that are not among `alerts`, for size. */
  readonly left: number;
};

export type Delivery = {
  readonly id: string;
  readonly receiver: string;
  readonly group: string;
  readonly incident: string;
  readonly action: Action;
  /** 1 for the open of an incident, then counting. */
  readonly sequence: number;
  /** Keys of the alerts that were firing. */
  readonly members: readonly string[];
  readonly notification: Notification;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Not before. */
  readonly dueAtMs: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Code and words of the last failure. */
  readonly error: string;
};

const hashed = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

export function groupKey(path: string, group: Readonly<Record<string, string>>): string {
  return hashed([path, Object.entries(group).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

export const incidentId = (receiver: string, group: string, openedAtMs: number): string =>
  hashed([receiver, group, openedAtMs]);

export const deliveryId = (incident: string, action: Action, sequence: number): string =>
  hashed([incident, action, sequence]);

export const isSettled = ({ state }: Delivery): boolean =>
  state !== 'waiting' && state !== 'sending';

/** The incident stands open at the receiver, or may. */
export function standsOpen(newest: Delivery | undefined): newest is Delivery {
  if (newest === undefined || newest.action === 'resolve') return false;
  if (newest.action === 'update') return true;
  return newest.state !== 'dead' && newest.state !== 'dropped';
}
