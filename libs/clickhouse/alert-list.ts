// Lists for people: alerts, deliveries and silences as they stand.
// Guarantees: values go in as bound parameters; times are milliseconds since 1970, 0 where they
// have not come.
// Example: const open = await listAlerts(ch, { sinceMs: 0, hasClosed: false, limit: 100 })
import type { ClickHouse } from './connect.ts';
import { seconds, signalText } from './signal-text.ts';

export type ListedAlert = {
  readonly alert_key: string;
  readonly rule_id: string;
  readonly rule_name: string;
  readonly severity: string;
  readonly state: string;
  readonly tenant_id: string;
  readonly agent_id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly cause: string;
  readonly example_runs: readonly string[];
  readonly agent_version: string;
  readonly advice: string;
  readonly runbook: string;
  readonly muted_by: string;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly n: number;
  readonly pending_ms: number;
  readonly started_ms: number;
  readonly resolved_ms: number;
  readonly updated_ms: number;
};

export type ListOptions = {
  readonly sinceMs: number;
  /** Those that are over, too. */
  readonly hasClosed: boolean;
  readonly tenant?: string;
  readonly agent?: string;
  /** The beginning of a key. */
  readonly key?: string;
  readonly limit: number;
};

export function listAlerts(ch: ClickHouse, options: ListOptions): Promise<ListedAlert[]> {
  const { sinceMs, hasClosed, tenant = '', agent = '', key = '', limit } = options;
  return ch.query<ListedAlert>(signalText('alert-list'), {
    since: seconds(sinceMs),
    closed: hasClosed ? 1 : 0,
    tenant,
    agent,
    key,
    limit,
  });
}

export type ListedDelivery = {
  readonly receiver: string;
  readonly action: string;
  readonly state: string;
  readonly attempts: number;
  readonly title: string;
  readonly error: string;
  readonly incident: string;
  readonly created_ms: number;
  readonly updated_ms: number;
};

export function listDeliveries(
  ch: ClickHouse,
  sinceMs: number,
  limit: number,
): Promise<ListedDelivery[]> {
  return ch.query<ListedDelivery>(signalText('alert-delivery-list'), {
    since: seconds(sinceMs),
    limit,
  });
}
