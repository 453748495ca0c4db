// A small fleet for questions whose answers are counted by hand: rows so many seconds after the
// start of an hour, four hours ago, so that steps of an hour fall where the numbers say.
// Example: at(10, 'f-1', { ...PAY, ...failed('timeout') })
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { governedLog } from './governed-rows.ts';

const HOUR_MS = 3_600_000;
const nowMs = Date.now();
/** The start of an hour, so that steps of an hour fall where the numbers say. */
const H0_MS = Math.floor(nowMs / HOUR_MS) * HOUR_MS - 4 * HOUR_MS;
export const hours = (from: number, to: number) => ({
  since: new Date(H0_MS + from * HOUR_MS),
  until: new Date(H0_MS + to * HOUR_MS),
});
export const range = hours(0, 4);

const log = governedLog({ nowMs });

/** A row so many seconds after H0; its run is named, its trace is the run's. */
export function at(seconds: number, run_id: string, row: Partial<GovernedRow>): GovernedRow {
  const event_time = H0_MS * 1000 + seconds * 1e6;
  const start_time = event_time - Math.round((row.duration_ns ?? 0) / 1000);
  const trace_id = run_id.padEnd(32, '0');
  return log.row({ run_id, trace_id, event_time, start_time, ingest_lag_us: 200_000, ...row });
}

export const failed = (failure_mode: string, error_type = '') =>
  ({ status: 'error', failure_mode, error_type }) as const;
export const PAY = { kind: 'tool_call', phase: 'end', tool_name: 'pay' } as const;
export const ASK = {
  kind: 'model_call',
  phase: 'end',
  request_model: 'm-1',
  usage_scope: 'own',
} as const;
export const verdict = (rule_id: string, severity: string, status: string, action = 'flag') => ({
  rule_id,
  rule_version: 1,
  severity,
  status,
  action,
  message: `${rule_id} matched`,
});

/** The hour of a step, as it stands in a time. */
export function hourOf(step: number): string {
  return new Date(H0_MS + step * HOUR_MS).toISOString().slice(11, 13);
}
