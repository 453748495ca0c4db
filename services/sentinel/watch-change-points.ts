// Change points of error rate and confidence in the last hours, to the minute, for one agent.
// Guarantees: what is usual comes from the hours before the stretch, never from the stretch itself.
// Example: changePointsOf(agent, minutes, { rule, nowMs, streamEndMs, streamMs })
import type { DriftResult, MinuteRow } from '@agentspine/clickhouse/drift-store';
import { judgeStream, type StreamFinding } from '@agentspine/drift/judge-stream';
import type { Rule } from '@agentspine/drift/rule';
import { usualLevel } from '@agentspine/drift/usual-level';
import type { AgentRows } from './drift-rows.ts';

export type StreamOptions = {
  readonly rule: Rule;
  readonly nowMs: number;
  readonly streamEndMs: number;
  readonly streamMs: number;
};

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;

export function changePointsOf(
  agent: AgentRows,
  all: readonly MinuteRow[],
  options: StreamOptions,
): readonly DriftResult[] {
  // Minutes are kept per tenant; over all tenants the sum of a minute would need whole runs again.
  if (agent.tenantId === '') return [];
  const minutes = all.filter(
    ({ tenant_id, agent_id }) => tenant_id === agent.tenantId && agent_id === agent.agentId,
  );
  return (['error_rate', 'confidence'] as const).map((dimension) =>
    changePointOf(agent, minutes, dimension, options),
  );
}

function changePointOf(
  agent: AgentRows,
  minutes: readonly MinuteRow[],
  dimension: 'error_rate' | 'confidence',
  { rule, nowMs, streamEndMs, streamMs }: StreamOptions,
): DriftResult {
  const isRate = dimension === 'error_rate';
  const beforeMs = Math.floor((streamEndMs - streamMs) / HOUR_MS) * HOUR_MS;
  const rows = agent.observations.filter((row) => row.dimension === dimension);
  const usual = usualLevel(rows, { kind: isRate ? 'rate' : 'confidence', beforeMs });
  const found = judgeStream({
    minutes: minutes.map(({ minute_s, runs, failures, confident, confidence }) => ({
      minuteMs: minute_s * 1_000,
      n: isRate ? runs : confident,
      sum: isRate ? failures : confidence,
    })),
    usual,
    runsMin: rule.currentMin,
  });
  const sinceMs = found.sinceMs ?? streamEndMs - streamMs;
  const after = minutes.filter(({ minute_s }) => minute_s * 1_000 >= sinceMs);
  const examples = after.flatMap((row) => (isRate ? row.failed_runs : row.some_runs));
  const isChange = found.state === 'warn' || found.state === 'alert';
  return {
    computed_at_ms: nowMs,
    tenant_id: agent.tenantId,
    agent_id: agent.agentId,
    agent_version: '',
    dimension,
    method: 'change_point',
    reference: 'trailing',
    window_start_s: sinceMs / 1_000,
    window_end_s: streamEndMs / 1_000,
    reference_start_s: (beforeMs - WEEK_MS) / 1_000,
    reference_end_s: beforeMs / 1_000,
    n_current: found.n,
    n_reference: rows.reduce(
      (sum, { hourMs, n }) => sum + (hourMs < beforeMs && hourMs >= beforeMs - WEEK_MS ? n : 0),
      0,
    ),
    effect_name: 'mean',
    effect: found.after,
    threshold: found.before,
    p_value: Number.NaN,
    p_corrected: Number.NaN,
    js_distance: Number.NaN,
    linf: Number.NaN,
    state: found.state,
    words: `${dimension}: ${wordsOf(found, isRate)}`,
    contributors: [],
    causes: [],
    example_runs: isChange ? examples.slice(0, 5) : [],
  };
}

function wordsOf(
  { state, sinceMs, before, after, n, lack }: StreamFinding,
  isRate: boolean,
): string {
  if (state === 'insufficient_data') return lack;
  if (sinceMs === undefined) return `no change point in ${n} runs of the last hours`;
  const value = (x: number): string => (isRate ? `${(100 * x).toFixed(1)} %` : x.toFixed(2));
  const at = new Date(sinceMs).toISOString().slice(0, 16).replace('T', ' ');
  return `${value(before)} → ${value(after)} since ${at} UTC`;
}
