// Promise 5: a slow or broken downstream pauses the pipeline and never drops; order within a run is
// kept. The engine is stopped (SIGSTOP) for longer than an insert may take, then goes on.
import { generateFleet } from '@agentspine/fleet/generate-fleet';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { readPart } from '@agentspine/local-stack/part';
import { expect, inject, test } from 'vitest';
import { elapse } from './elapse.ts';
import { startPipeline } from './pipeline.ts';

test('a store that stands still pauses the pipeline; nothing is dropped, runs stay in order', async () => {
  await using pipeline = await startPipeline('paused');
  const engine = await readPart(inject('stackStateDir'), 'clickhouse');
  if (engine === undefined) throw new Error('the stack has no engine');
  const events: AgentEvent[] = [];
  const fleet = generateFleet({ seed: 5, runs: 120, now: new Date() });
  process.kill(engine.pid, 'SIGSTOP');
  try {
    for await (const batch of fleet.events()) {
      await pipeline.publish(batch);
      events.push(...batch);
    }
    await elapse(7_000, 'longer than insert_timeout_ms: the sink must ask again, same token');
  } finally {
    process.kill(engine.pid, 'SIGCONT');
  }
  const audit = await pipeline.stored(events.length);
  expect(audit).toMatchObject({ ok: true, rows: events.length, deadLetters: 0 });

  const stored = await pipeline.rows<{ run_id: string; ids: string[] }>(
    'SELECT run_id, groupArray(event_id) AS ids FROM (SELECT run_id, event_id FROM events ORDER BY source_offset) GROUP BY run_id',
  );
  const sent = new Map<string, string[]>();
  for (const { run_id: run, event_id: id } of events) sent.set(run, [...(sent.get(run) ?? []), id]);
  expect(new Map(stored.map(({ run_id: run, ids }) => [run, ids]))).toEqual(sent);
});
