// What every signal needs: the text of its .sql file, its time, its scope as parameters, its
// labels.
// Guarantees: each text is read once; values go in as bound parameters.
// Example: const rows = await askSignal<Row>(ch, 'totals', rule, { since, until })
import { readFileSync } from 'node:fs';
import type { Labels, Rule } from '@agentspine/alert/rule';
import type { ClickHouse, QueryParams } from './connect.ts';

/** The dimensions of a row, as the .sql files name them. */
export type Scoped = {
  readonly tenant: string;
  readonly agent: string;
  readonly version?: string;
  readonly environment_?: string;
  readonly kind_?: string;
  readonly subject_?: string;
};

const LAG_WINDOW_S = 900;

/** p99 of ingested_at minus event_time of what came lately; 0 where nothing came. */
export async function ingestLagMs(ch: ClickHouse, nowMs: number): Promise<number> {
  const [row] = await ch.query<{ lag_ms: number }>(signalText('ingest-lag'), {
    now: seconds(nowMs),
    window_s: LAG_WINDOW_S,
  });
  return row?.lag_ms ?? 0;
}

/** The dimensions of the rule, as labels. */
export function scopeLabels(rule: Rule, row: Scoped): Labels {
  const all: Readonly<Record<string, string | undefined>> = {
    tenant: row.tenant,
    agent: row.agent,
    version: row.version,
    environment: row.environment_,
    kind: row.kind_,
    subject: row.subject_,
  };
  return Object.fromEntries(rule.scope.by.map((name) => [name, all[name] ?? '']));
}

export function askSignal<T>(
  ch: ClickHouse,
  signal: string,
  rule: Rule,
  params: QueryParams,
): Promise<T[]> {
  const { by, where } = rule.scope;
  const {
    tenant = '',
    agent = '',
    version = '',
    environment = '',
    kind = '',
    subject = '',
  } = where;
  const scope = { by, tenant, agent, version, environment, kind, subject };
  return ch.query<T>(signalText(signal), { ...scope, ...params });
}

export const seconds = (timeMs: number): number => Math.max(0, Math.floor(timeMs / 1_000));

/** 'YYYY-MM-DD hh:mm:ss' in UTC. */
export const wholeSeconds = (timeMs: number): string =>
  new Date(Math.max(0, timeMs)).toISOString().slice(0, 19).replace('T', ' ');

const texts = new Map<string, string>();

export function signalText(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`./signals/${name}.sql`, import.meta.url), 'utf8');
  texts.set(name, text);
  return text;
}
