// Alerts and deliveries as rows of ClickHouse, and back.
// Guarantees: fromRow(toRow(x)) is x, to the millisecond; a time that has not come is 1970-01-01; a
// number that is not known is NaN.
// Example: ch.insertJson({ table: 'alerts', rows: [alertRow(alert, revision)], token })
import type { Alert, AlertState } from '@agentspine/alert/alert';
import type { Action, Delivery, DeliveryState, Notification } from '@agentspine/alert/delivery';
import type { Severity } from '@agentspine/alert/rule';
import type { KeptAlert } from '@agentspine/alert/store';

type Row = Readonly<Record<string, unknown>>;

/** 'YYYY-MM-DD hh:mm:ss.fff' in UTC. */
export const timeOf = (ms: number): string =>
  new Date(Math.max(0, ms)).toISOString().slice(0, 23).replace('T', ' ');

/** JSON has no NaN; null takes the column's default, which is NaN. */
const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function alertRow(alert: KeptAlert, revision: number): Row {
  const { business, labels } = alert;
  return {
    tenant_id: labels['tenant'] ?? '',
    alert_key: alert.key,
    pending_at: timeOf(alert.pendingAtMs),
    state: alert.state,
    revision,
    rule_id: alert.ruleId,
    rule_name: alert.name,
    kind: alert.kind,
    severity: alert.severity,
    started_at: timeOf(alert.startedAtMs),
    broken_at: timeOf(alert.brokenAtMs),
    no_data_at: timeOf(alert.noDataAtMs),
    resolved_at: timeOf(alert.resolvedAtMs),
    updated_at: timeOf(alert.updatedAtMs),
    value: known(alert.value),
    threshold: known(alert.threshold),
    n: Math.max(0, Math.round(alert.n)),
    window_ms: alert.windowMs,
    summary: alert.summary,
    cause: alert.cause,
    agent_id: labels['agent'] ?? '',
    agent_versions: alert.agentVersions,
    policy_bundles: alert.policyBundles,
    labels,
    example_runs: alert.exampleRuns,
    owner: business.owner,
    team: business.team,
    criticality: business.criticality,
    cost_center: business.costCenter,
    kpi: business.kpi,
    advice: alert.advice,
    runbook: alert.runbook,
    muted_by: alert.mutedBy,
  };
}

export type AlertRow = {
  readonly alert_key: string;
  readonly pending_ms: number;
  readonly state: string;
  readonly rule_id: string;
  readonly rule_name: string;
  readonly kind: string;
  readonly severity: string;
  readonly started_ms: number;
  readonly broken_ms: number;
  readonly no_data_ms: number;
  readonly resolved_ms: number;
  readonly updated_ms: number;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly n: number;
  readonly window_ms: number;
  readonly summary: string;
  readonly cause: string;
  readonly agent_versions: readonly string[];
  readonly policy_bundles: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly example_runs: readonly string[];
  readonly owner: string;
  readonly team: string;
  readonly criticality: string;
  readonly cost_center: string;
  readonly kpi: string;
  readonly advice: string;
  readonly runbook: string;
  readonly revision: number;
};

export function alertOf(row: AlertRow): Alert {
  return {
    key: row.alert_key,
    ruleId: row.rule_id,
    name: row.rule_name,
    kind: row.kind,
    severity: row.severity as Severity,
    labels: row.labels,
    state: row.state as AlertState,
    pendingAtMs: row.pending_ms,
    startedAtMs: row.started_ms,
    brokenAtMs: row.broken_ms,
    noDataAtMs: row.no_data_ms,
    resolvedAtMs: row.resolved_ms,
    updatedAtMs: row.updated_ms,
    value: row.value ?? Number.NaN,
    threshold: row.threshold ?? Number.NaN,
    n: row.n,
    windowMs: row.window_ms,
    summary: row.summary,
    cause: row.cause,
    exampleRuns: row.example_runs,
    agentVersions: row.agent_versions,
    policyBundles: row.policy_bundles,
    business: {
      owner: row.owner,
      team: row.team,
      criticality: row.criticality,
      costCenter: row.cost_center,
      kpi: row.kpi,
    },
    advice: row.advice,
    runbook: row.runbook,
  };
}

export function deliveryRow(delivery: Delivery, revision: number): Row {
  return {
    receiver: delivery.receiver,
    group_key: delivery.group,
    incident: delivery.incident,
    sequence: delivery.sequence,
    revision,
    delivery_id: delivery.id,
    action: delivery.action,
    state: delivery.state,
    attempts: delivery.attempts,
    due_at: timeOf(delivery.dueAtMs),
    created_at: timeOf(delivery.createdAtMs),
    updated_at: timeOf(delivery.updatedAtMs),
    error: delivery.error,
    members: delivery.members,
    notification: JSON.stringify(delivery.notification),
  };
}

export type DeliveryRow = {
  readonly receiver: string;
  readonly group_key: string;
  readonly incident: string;
  readonly sequence: number;
  readonly delivery_id: string;
  readonly action: string;
  readonly state: string;
  readonly attempts: number;
  readonly due_ms: number;
  readonly created_ms: number;
  readonly updated_ms: number;
  readonly error: string;
  readonly members: readonly string[];
  readonly notification: string;
  readonly revision: number;
};

export function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.delivery_id,
    receiver: row.receiver,
    group: row.group_key,
    incident: row.incident,
    action: row.action as Action,
    sequence: row.sequence,
    members: row.members,
    notification: withNumbers(JSON.parse(row.notification) as Notification),
    state: row.state as DeliveryState,
    attempts: row.attempts,
    dueAtMs: row.due_ms,
    createdAtMs: row.created_ms,
    updatedAtMs: row.updated_ms,
    error: row.error,
  };
}

/** JSON made null of NaN. */
function withNumbers(notification: Notification): Notification {
  return {
    ...notification,
    alerts: notification.alerts.map((alert) => ({
      ...alert,
      value: (alert.value as number | null) ?? Number.NaN,
      threshold: (alert.threshold as number | null) ?? Number.NaN,
    })),
  };
}
