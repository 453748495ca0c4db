// A partition that went to another member leaves no trace in metrics or health.
import { expect, it } from 'vitest';
import { trackProgress } from './health.ts';
import { createMetrics } from './metrics.ts';
import { trackLag } from './track-lag.ts';

it('tells the lag of each partition, and forgets the ones handed on', async () => {
  let nowMs = 0;
  const metrics = createMetrics('sink', { process: false });
  const progress = trackProgress({ nowMs: () => nowMs, stalledAfterMs: 1_000 });
  const lag = trackLag({ metrics, progress }, 'agent.governed');

  lag.finished(0, 0);
  lag.finished(3, 120);
  expect(await metrics.text()).toMatch(/spine_lag_records\{[^}]*partition="3"[^}]*\} 120/);
  nowMs = 1_500;
  expect(progress.status()).toEqual({
    ok: false,
    reason: '120 records wait and none was finished for 2 s',
  });

  lag.reassigned();
  expect(await metrics.text()).not.toContain('partition="3"');
  lag.finished(0, 0);
  expect(progress.status().ok).toBe(true);
});
