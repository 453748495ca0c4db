// What alert rules look at: one .sql file per signal, asked for all tenants and agents at once.
// Guarantees: values go in as bound parameters; a signal answers for thousands of agents in one
// query.
// Example: const lagMs = await ingestLagMs(ch, nowMs)
import { readFileSync } from 'node:fs';
import type { ClickHouse } from './connect.ts';

const LAG_WINDOW_S = 900;

/** p99 of ingested_at minus event_time of what came lately; 0 where nothing came. */
export async function ingestLagMs(ch: ClickHouse, nowMs: number): Promise<number> {
  const [row] = await ch.query<{ lag_ms: number }>(textOf('ingest-lag'), {
    now: Math.floor(nowMs / 1_000),
    window_s: LAG_WINDOW_S,
  });
  return row?.lag_ms ?? 0;
}

const texts = new Map<string, string>();

function textOf(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`./signals/${name}.sql`, import.meta.url), 'utf8');
  texts.set(name, text);
  return text;
}
