// Which notifications are due, from alerts, what was sent before, and the clock.
// Guarantees: pure, and a fixed point: with its own result in the outbox it plans nothing more.
// Per receiver and group at most one delivery is under way; an incident is opened once and resolved
// once; a resolve follows every open that may have arrived, whatever was silenced since; what was
// never sent is dropped, not sent late.
// Example: planDeliveries({ alerts, newest, routing, … }) → [{ action: 'open', … }]
import { isOpen, type Alert } from './alert.ts';
import {
  deliveryId,
  groupKey,
  incidentId,
  isSettled,
  standsOpen,
  type Action,
  type Delivery,
  type Notification,
} from './delivery.ts';
import { labelsOf } from './matcher.ts';
import { isAcknowledged, type Acknowledgement } from './mute.ts';
import { NOBODY, routesFor, type ReceiverSpec, type Route, type Routing } from './routes.ts';
import { titleOf, worst } from './title.ts';

export type PlanInput = {
  /** Open alerts, and those that are over but belong to an open incident. */
  readonly alerts: readonly Alert[];
  /** Keys of alerts that are not told now. */
  readonly muted: ReadonlySet<string>;
  /** Newest delivery of each receiver and group, by `receiver/group`. */
  readonly newest: ReadonlyMap<string, Delivery>;
  readonly routing: Routing;
  readonly acknowledgements: readonly Acknowledgement[];
  readonly linkOf: (alert: Alert) => string;
  readonly nowMs: number;
};

type Group = {
  readonly receiver: string;
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly route: Route | undefined;
  readonly alerts: Alert[];
};

const TOLD_MAX = 20;

/** New deliveries, and old ones whose state changes (dropped). */
export function planDeliveries(input: PlanInput): readonly Delivery[] {
  const groups = groupsOf(input);
  for (const [place, newest] of input.newest) {
    if (groups.has(place) || (isSettled(newest) && !standsOpen(newest))) continue;
    // Everything in it is over, or its route is gone.
    groups.set(place, {
      receiver: newest.receiver,
      key: newest.group,
      labels: newest.notification.group,
      route: undefined,
      alerts: [],
    });
  }
  return [...groups].flatMap(([place, group]) => planGroup(group, input.newest.get(place), input));
}

function groupsOf({ alerts, routing }: PlanInput): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const alert of alerts) {
    if (!isOpen(alert)) continue;
    const labels = labelsOf(alert);
    for (const route of routesFor(routing.route, labels)) {
      const spec = routing.receivers.get(route.receiver);
      if (route.receiver === NOBODY || spec === undefined) continue;
      const group = groupLabels(route, labels, spec, alert);
      const key = groupKey(route.path, group);
      const place = `${route.receiver}/${key}`;
      const known = groups.get(place);
      if (known === undefined) {
        const { receiver } = route;
        groups.set(place, {
          receiver,
          key,
          labels: group,
          route: timed(route, spec),
          alerts: [alert],
        });
      } else known.alerts.push(alert);
    }
  }
  return groups;
}

/** Alertmanager groups and waits by itself: it is given each alert alone, and at once. */
function groupLabels(
  route: Route,
  labels: Readonly<Record<string, string>>,
  { kind }: ReceiverSpec,
  { key }: Alert,
): Readonly<Record<string, string>> {
  if (kind === 'alertmanager') return { alert: key };
  return Object.fromEntries(
    route.groupBy.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])),
  );
}

function timed(route: Route, { kind }: ReceiverSpec): Route {
  if (kind !== 'alertmanager') return route;
  return {
    ...route,
    groupWaitMs: 0,
    groupIntervalMs: 0,
    repeatIntervalMs: Number.MAX_SAFE_INTEGER,
  };
}

function planGroup(
  group: Group,
  newest: Delivery | undefined,
  input: PlanInput,
): readonly Delivery[] {
  const { nowMs, muted } = input;
  const told = group.alerts.filter(({ key }) => !muted.has(key));
  if (newest !== undefined && !isSettled(newest)) {
    // Nobody knows of it yet, and it is over or hidden: it need not be sent at all.
    const isUnseen =
      newest.action === 'open' && newest.attempts === 0 && newest.state === 'waiting';
    if (isUnseen && told.length === 0) return [{ ...newest, state: 'dropped', updatedAtMs: nowMs }];
    const isOver = newest.action !== 'resolve' && group.alerts.length === 0;
    if (!isOver || newest.state === 'sending') return [];
    const dropped: Delivery = { ...newest, state: 'dropped', updatedAtMs: nowMs };
    return [dropped, ...resolveOf(group, newest, input)];
  }
  if (!standsOpen(newest)) return openOf(group, told, newest, input);
  if (group.alerts.length === 0) return resolveOf(group, newest, input);
  return updateOf(group, told, newest, input);
}

function openOf(
  group: Group,
  told: readonly Alert[],
  newest: Delivery | undefined,
  input: PlanInput,
): readonly Delivery[] {
  const { nowMs } = input;
  const { route } = group;
  if (route === undefined || told.length === 0) return [];
  const firstMs = Math.min(...told.map(({ startedAtMs }) => startedAtMs));
  if (nowMs < firstMs + route.groupWaitMs) return [];
  // A receiver that could not be told is asked again as often as it would be reminded.
  const isDead = newest?.state === 'dead' && newest.action === 'open';
  if (isDead && nowMs < newest.updatedAtMs + route.repeatIntervalMs) return [];
  const incident = incidentId(group.receiver, group.key, nowMs);
  return [deliveryOf(group, incident, 'open', 1, 'new', told, input)];
}

function updateOf(
  group: Group,
  told: readonly Alert[],
  newest: Delivery,
  input: PlanInput,
): readonly Delivery[] {
  const { nowMs, acknowledgements } = input;
  const { route } = group;
  if (route === undefined || told.length === 0) return [];
  const keys = told.map(({ key }) => key).toSorted();
  const isChanged = keys.join() !== newest.members.toSorted().join();
  const sinceMs = nowMs - newest.updatedAtMs;
  const next = (reason: 'changed' | 'repeat') => [
    deliveryOf(group, newest.incident, 'update', newest.sequence + 1, reason, told, input),
  ];
  if (isChanged) return sinceMs >= route.groupIntervalMs ? next('changed') : [];
  if (sinceMs < route.repeatIntervalMs) return [];
  return told.every((alert) => isAcknowledged(alert, acknowledgements)) ? [] : next('repeat');
}

function resolveOf(group: Group, newest: Delivery, input: PlanInput): readonly Delivery[] {
  const spec = input.routing.receivers.get(group.receiver);
  // A receiver that is gone from the file cannot be told.
  if (spec === undefined) return [];
  const over = new Map(input.alerts.map((alert) => [alert.key, alert]));
  const { nowMs } = input;
  const last = newest.notification.alerts.map((told) => {
    const now = over.get(told.key);
    if (now !== undefined && now.resolvedAtMs > 0) return now;
    return { ...told, state: 'resolved' as const, resolvedAtMs: nowMs, updatedAtMs: nowMs };
  });
  const { incident, sequence } = newest;
  const made = deliveryOf(group, incident, 'resolve', sequence + 1, 'resolved', last, input);
  if (spec.sendsResolved) return [made];
  return [{ ...made, state: 'dropped' }];
}

function deliveryOf(
  group: Group,
  incident: string,
  action: Action,
  sequence: number,
  reason: Notification['reason'],
  alerts: readonly Alert[],
  { linkOf, nowMs }: PlanInput,
): Delivery {
  const id = deliveryId(incident, action, sequence);
  const sorted = alerts.toSorted(
    (a, b) => a.startedAtMs - b.startedAtMs || (a.key < b.key ? -1 : 1),
  );
  const notification: Notification = {
    id,
    incident,
    action,
    reason,
    atMs: nowMs,
    severity: worst(sorted),
    title: titleOf(action, sorted),
    group: group.labels,
    alerts: sorted.slice(0, TOLD_MAX).map((alert) => ({ ...alert, link: linkOf(alert) })),
    left: Math.max(0, sorted.length - TOLD_MAX),
  };
  return {
    id,
    receiver: group.receiver,
    group: group.key,
    incident,
    action,
    sequence,
    members: action === 'resolve' ? [] : sorted.map(({ key }) => key),
    notification,
    state: 'waiting',
    attempts: 0,
    dueAtMs: nowMs,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    error: '',
  };
}
