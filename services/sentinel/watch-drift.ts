// The drift watch: fills the hours that are over, judges every agent, finds causes and examples for
// what it found, writes the results.
// Guarantees: decided from the tables and nowMs alone, so that a round may be repeated: its results
// replace each other. Hours that received late events are filled again first. Events of the future
// wait until their hour is over.
// Example: const results = await watchDrift({ clickHouse }, { nowMs })
import type { ClickHouse } from '@agentspine/clickhouse/connect';
import {
  activeAgents,
  baselinesOf,
  type BaselineRow,
  type DriftResult,
  dueHours,
  fillHours,
  type IncidentRow,
  incidentsOf,
  minutesOf,
  observationsOf,
  oldestHours,
  writeResults,
} from '@agentspine/clickhouse/drift-store';
import { correction } from '@agentspine/drift/corrections';
import { judgeAgent } from '@agentspine/drift/judge-agent';
import { DEFAULT_RULE, type Rule } from '@agentspine/drift/rule';
import { agentDataOf, type AgentRows, rowsByAgent } from './drift-rows.ts';
import { changePointsOf } from './watch-change-points.ts';
import { explain } from './explain-drift.ts';
import { resultOf } from './drift-result.ts';

export type DriftPorts = { readonly clickHouse: ClickHouse };

export type DriftOptions = {
  readonly nowMs: number;
  /** An hour counts as over this long after its end. Default 300,000. */
  readonly delayMs?: number;
  readonly rule?: Rule;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DELAY_MS = 300_000;
/** Hours of tenants filled in one round; the rest waits for the next. */
const HOURS_PER_ROUND = 50_000;
/** Agents in memory at once. */
const AGENTS_PER_READ = 25;
/** Change points are sought in the last six hours. */
const STREAM_MS = 6 * HOUR_MS;

export async function watchDrift(
  { clickHouse }: DriftPorts,
  { nowMs, delayMs = DELAY_MS, rule = DEFAULT_RULE }: DriftOptions,
): Promise<readonly DriftResult[]> {
  const endMs = Math.floor((nowMs - delayMs) / HOUR_MS) * HOUR_MS;
  const span = { sinceMs: endMs - (rule.calibrationDays + 2) * DAY_MS, untilMs: endMs };
  await fillHours(clickHouse, await dueHours(clickHouse, span, HOURS_PER_ROUND));
  const floors = { current: rule.currentMin, reference: rule.referenceMin };
  const agents = await activeAgents(clickHouse, span, floors);
  const correct = correction(agents.reduce((sum, { tests }) => sum + tests, 0));
  const about: About = {
    span,
    incidents: await incidentsOf(clickHouse, span),
    baselines: await baselinesOf(clickHouse),
    oldest: new Map(
      (await oldestHours(clickHouse)).map(({ tenant_id, hour_s }) => [tenant_id, hour_s * 1_000]),
    ),
  };
  const streamEndMs = Math.floor((nowMs - delayMs) / 60_000) * 60_000;
  const minutes = await minutesOf(clickHouse, {
    sinceMs: streamEndMs - STREAM_MS,
    untilMs: streamEndMs,
  });
  const results: DriftResult[] = [];
  const ids = [...new Set(agents.map(({ agent_id }) => agent_id))];
  for (let at = 0; at < ids.length; at += AGENTS_PER_READ) {
    const some = ids.slice(at, at + AGENTS_PER_READ);
    for (const agent of await readAgents(clickHouse, some, about)) {
      const data = agentDataOf(agent, about);
      for (const finding of judgeAgent(data, { endMs, rule, correct })) {
        results.push(resultOf(agent, finding, nowMs));
      }
      results.push(
        ...changePointsOf(agent, minutes, { rule, nowMs, streamEndMs, streamMs: STREAM_MS }),
      );
    }
  }
  const explained = await explain(clickHouse, results);
  await writeResults(clickHouse, explained);
  return explained;
}

export type About = {
  readonly span: { readonly sinceMs: number; readonly untilMs: number };
  readonly incidents: readonly IncidentRow[];
  readonly baselines: readonly BaselineRow[];
  /** The oldest filled hour by tenant. */
  readonly oldest: ReadonlyMap<string, number>;
};

/**
 * The default of the pinned week is the oldest one, once it lies wholly before the trailing one.
 */
const PINNED_MS = 7 * DAY_MS;
const PINNED_AGE_MS = 15 * DAY_MS;

async function readAgents(
  clickHouse: ClickHouse,
  ids: readonly string[],
  about: About,
): Promise<readonly AgentRows[]> {
  const agents = rowsByAgent(await observationsOf(clickHouse, about.span, ids));
  const pinned = new Map<string, AgentRows['pinned']>();
  const spans = Map.groupBy(agents, (agent) => JSON.stringify(pinnedSpan(agent, about)));
  for (const [key, members] of spans) {
    if (key === 'null') continue;
    const [sinceMs, untilMs] = JSON.parse(key) as [number, number];
    const names = [...new Set(members.map(({ agentId }) => agentId))];
    const rows = rowsByAgent(await observationsOf(clickHouse, { sinceMs, untilMs }, names));
    for (const { tenantId, agentId, observations } of rows) {
      pinned.set(`${tenantId}\n${agentId}\n${key}`, observations);
    }
  }
  return agents.map((agent) => {
    const key = JSON.stringify(pinnedSpan(agent, about));
    return { ...agent, pinned: pinned.get(`${agent.tenantId}\n${agent.agentId}\n${key}`) ?? [] };
  });
}

function pinnedSpan(
  { tenantId, agentId }: AgentRows,
  about: About,
): readonly [number, number] | null {
  const set = about.baselines.find(
    (each) =>
      each.agent_id === agentId &&
      each.tenant_id === tenantId &&
      each.dimension === '' &&
      each.pinned_end_s > each.pinned_start_s,
  );
  if (set !== undefined) return [set.pinned_start_s * 1_000, set.pinned_end_s * 1_000];
  const known = [...about.oldest].filter(([tenant]) => tenantId === '' || tenant === tenantId);
  const oldest = Math.min(...known.map(([, ms]) => ms));
  const start = Math.ceil(oldest / DAY_MS) * DAY_MS;
  if (!Number.isFinite(start) || about.span.untilMs - start < PINNED_AGE_MS) return null;
  return [start, start + PINNED_MS];
}
