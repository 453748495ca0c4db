// A finding of the drift rule as a row of drift_results.
// Guarantees: nothing is decided here; causes and examples are added later, for what was found.
// Example: resultOf(agent, finding, nowMs).words
import type { DriftResult } from '@agentspine/clickhouse/drift-store';
import type { AgentFinding } from '@agentspine/drift/judge-agent';
import type { AgentRows } from './drift-rows.ts';

export function resultOf(
  { tenantId, agentId }: Pick<AgentRows, 'tenantId' | 'agentId'>,
  { dimension, method, reference, version, window, behind, finding }: AgentFinding,
  nowMs: number,
): DriftResult {
  const base = {
    computed_at_ms: nowMs,
    tenant_id: tenantId,
    agent_id: agentId,
    agent_version: version,
    dimension,
    method,
    reference,
    window_start_s: window.startMs / 1_000,
    window_end_s: window.endMs / 1_000,
    reference_start_s: behind.startMs / 1_000,
    reference_end_s: behind.endMs / 1_000,
    state: finding.state,
    words: finding.words,
    causes: [],
    example_runs: [],
  };
  if ('values' in finding) {
    return {
      ...base,
      n_current: finding.nCurrent,
      n_reference: finding.nReference,
      effect_name: 'unseen_runs',
      effect: finding.values.reduce((sum, { n }) => sum + n, 0),
      threshold: 1,
      p_value: finding.p,
      p_corrected: finding.pCorrected,
      js_distance: Number.NaN,
      linf: Number.NaN,
      contributors: finding.values.slice(0, 5).map(({ value, n }) => ({
        value,
        reference_share: 0,
        current_share: n / Math.max(1, finding.nCurrent),
      })),
    };
  }
  const { comparison } = finding;
  return {
    ...base,
    n_current: comparison.nCurrent,
    n_reference: comparison.nReference,
    effect_name: finding.effectName,
    effect: finding.effect,
    threshold: finding.threshold,
    p_value: finding.p,
    p_corrected: finding.pCorrected,
    js_distance: comparison.jsDistance,
    linf: comparison.linf,
    contributors: finding.contributors.map(({ value, referenceShare, currentShare }) => ({
      value,
      reference_share: referenceShare,
      current_share: currentShare,
    })),
  };
}
