// A partition that went to another member leaves no trace in metrics or health.
import { expect, it } from 'vitest';
import { trackProgress } from './health.ts';
import { createMetrics } from './metrics.ts';
import { trackLag } from './track-lag.ts';

it('tells the lag of each partition, and forgets the ones handed on', async () => {
  let nowMs = 0;
  const metrics = createMetrics('sink', { process: false });
  const progress = trackProgress({ nowMs: () => nowMs, stalledAfterMs: 1_000 });
  const clock = { now: () => 1_700_000_000_500 + nowMs };
  const lag = trackLag({ metrics, progress, clock }, 'agent.governed');

  lag.finished(0, 0, 1_700_000_000_500);
  lag.finished(3, 120, 1_700_000_000_000);
  const text = await metrics.text();
  const of3 = 'topic="agent.governed",partition="3",service="sink"';
  expect(text).toContain(`spine_lag_records{${of3}} 120\n`);
  expect(text).toContain(`spine_lag_seconds{${of3}} 0.5\n`);
  expect(text).toContain(`spine_finished_timestamp_seconds{${of3}} 1700000000.5\n`);
  nowMs = 1_500;
  expect(progress.status()).toEqual({
    ok: false,
    reason: '120 records wait and none was finished for 2 s',
  });

  lag.reassigned();
  expect(await metrics.text()).not.toContain('partition="3"');
  // A broker whose clock is ahead gives no negative wait.
  lag.finished(0, 0, clock.now() + 5_000);
  expect(await metrics.text()).toMatch(/spine_lag_seconds\{[^}]*partition="0"[^}]*\} 0\n/u);
  expect(progress.status().ok).toBe(true);
});
