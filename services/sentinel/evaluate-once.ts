// One round of the sentinel: samples, states, who is to be told. Nothing is sent here (deliver.ts).
// Guarantees: decided from the stores and nowMs alone, so that a round may be repeated after a
// crash at any point; what is decided is stored before it is told; a rule whose signal fails leaves
// its alerts as they are and the other rules alone; data that are still on their way are not
// judged.
// Example: const round = await evaluateOnce(ports, { nowMs: Date.now() })
import type { Alert } from '@agentspine/alert/alert';
import type { Delivery } from '@agentspine/alert/delivery';
import { evaluateRule, orphaned, type RuleRound } from '@agentspine/alert/evaluate-rule';
import { mutedBy } from '@agentspine/alert/mute';
import { planDeliveries } from '@agentspine/alert/plan-deliveries';
import type { Rule } from '@agentspine/alert/rule';
import type { Signals } from '@agentspine/alert/signals';
import type { AlertStore, KeptAlert, Stored } from '@agentspine/alert/store';
import type { Receiver } from '@agentspine/notify/receiver';
import { isSpineError, type SpineError } from '@agentspine/outcome/errors';
import { addContext } from './add-context.ts';
import type { Alerting } from './load-alerting.ts';
import { settleDoubts } from './deliver.ts';

export type SentinelPorts = {
  readonly signals: Signals;
  readonly store: AlertStore;
  readonly alerting: Alerting;
  readonly receivers: ReadonlyMap<string, Receiver>;
};

export type RoundOptions = {
  readonly nowMs: number;
  /** True: looks and decides, but stores nothing and plans nothing for receivers. */
  readonly isDry?: boolean;
  /** Bounds of the evaluation delay; by default a minute and a quarter of an hour. */
  readonly delayMinMs?: number;
  readonly delayMaxMs?: number;
};

export type Round = {
  readonly nowMs: number;
  /** The end of the windows that were judged. */
  readonly untilMs: number;
  readonly ingestLagMs: number;
  readonly rules: readonly RuleRound[];
  /** Rules whose signal could not be asked. */
  readonly failed: readonly { readonly ruleId: string; readonly error: SpineError }[];
  /** Alerts that are not over, and those that are since this round. */
  readonly alerts: readonly KeptAlert[];
  /** Deliveries to send, old ones first. */
  readonly deliveries: readonly Delivery[];
  /** Newest delivery of each receiver and group, with those of this round. */
  readonly newest: ReadonlyMap<string, Delivery>;
};

const BUCKET_MS = 300_000;
const RULES_AT_ONCE = 4;

export async function evaluateOnce(ports: SentinelPorts, options: RoundOptions): Promise<Round> {
  const { nowMs, delayMinMs = 60_000, delayMaxMs = 900_000, isDry = false } = options;
  const { signals, store, alerting } = ports;
  const { rules } = alerting;
  const lagMs = await signals.lagMs(nowMs);
  const delayMs = Math.min(Math.max(delayMinMs, lagMs), delayMaxMs);
  // Never the open five minutes: a bucket that is still filling looks like a fall.
  const untilMs = Math.floor((nowMs - delayMs) / BUCKET_MS) * BUCKET_MS;
  const stored = await store.load(nowMs);
  const open = stored.alerts.filter(({ resolvedAtMs }) => resolvedAtMs === 0);
  const judged = await judgeAll(ports, rules, open, { nowMs, untilMs });
  const failed = new Set(judged.failed.map(({ ruleId }) => ruleId));
  const alerts = [
    ...judged.rounds.flatMap((round) => round.alerts),
    ...open.filter(({ ruleId }) => failed.has(ruleId)),
    ...orphaned(open, rules, nowMs),
  ];
  const told = await addContext(ports, alerts, nowMs);
  const kept = told.map((alert) => ({
    ...alert,
    mutedBy: muteOf(alert, told, stored, ports, nowMs),
  }));
  const result = {
    nowMs,
    untilMs,
    ingestLagMs: lagMs,
    rules: judged.rounds,
    failed: judged.failed,
  };
  if (isDry) return { ...result, alerts: kept, deliveries: [], newest: new Map() };
  await store.saveAlerts(kept, nowMs);
  const { deliveries, newest } = await plan(ports, stored, kept, nowMs);
  return { ...result, alerts: kept, deliveries, newest };
}

function muteOf(
  alert: Alert,
  all: readonly Alert[],
  { silences }: Stored,
  { alerting }: SentinelPorts,
  nowMs: number,
): string {
  return mutedBy(alert, silences, alerting.routing.inhibitions, all, nowMs);
}

async function judgeAll(
  { signals }: SentinelPorts,
  rules: readonly Rule[],
  open: readonly Alert[],
  time: { readonly nowMs: number; readonly untilMs: number },
) {
  const rounds: RuleRound[] = [];
  const failed: { ruleId: string; error: SpineError }[] = [];
  const queue = [...rules];
  const work = async (): Promise<void> => {
    for (let rule = queue.shift(); rule !== undefined; rule = queue.shift()) {
      const { id } = rule;
      const own = open
        .filter(({ ruleId }) => ruleId === id)
        .map((alert) => [alert.key, alert] as const);
      try {
        const samples = await signals.samples(rule, time);
        rounds.push(evaluateRule(rule, samples, new Map(own), time.nowMs));
      } catch (error) {
        // A store that is away is waited for by the caller; one rule's mistake is its own.
        if (!isSpineError(error) || error.code === 'SPINE_CLICKHOUSE_UNREACHABLE') throw error;
        failed.push({ ruleId: id, error });
      }
    }
  };
  await Promise.all(Array.from({ length: RULES_AT_ONCE }, work));
  const place = new Map(rules.map(({ id }, at) => [id, at]));
  rounds.sort((a, b) => (place.get(a.ruleId) ?? 0) - (place.get(b.ruleId) ?? 0));
  return { rounds, failed };
}

async function plan(
  { store, alerting, receivers }: SentinelPorts,
  stored: Stored,
  kept: readonly KeptAlert[],
  nowMs: number,
): Promise<Pick<Round, 'deliveries' | 'newest'>> {
  const settled = settleDoubts(stored.unsettled, alerting.routing, receivers, nowMs);
  const changed = new Map(settled.map((one) => [one.id, one]));
  const newest = new Map(
    stored.newest.map((one) => [placeOf(one), changed.get(one.id) ?? one] as const),
  );
  const known = new Set(kept.map(({ key }) => key));
  // Alerts of an open incident that were over before this round tell how they ended.
  const earlier = stored.alerts.filter(({ key }) => !known.has(key));
  const planned = planDeliveries({
    alerts: [...kept, ...earlier],
    muted: new Set(kept.filter((one) => one.mutedBy !== '').map(({ key }) => key)),
    newest,
    routing: alerting.routing,
    acknowledgements: stored.acknowledgements,
    linkOf: alerting.linkOf,
    nowMs,
  });
  await store.saveDeliveries([...settled, ...planned], nowMs);
  for (const one of planned) newest.set(placeOf(one), one);
  const current = new Map<string, Delivery>();
  for (const one of [...stored.unsettled, ...settled, ...planned]) current.set(one.id, one);
  const deliveries = [...current.values()].filter(({ state }) => state === 'waiting');
  return { deliveries, newest };
}

export const placeOf = ({ receiver, group }: Delivery): string => `${receiver}/${group}`;
