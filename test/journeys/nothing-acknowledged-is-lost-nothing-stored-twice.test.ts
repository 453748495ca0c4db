// Promise 1: nothing that Kafka acknowledged is lost, and nothing is stored twice — with the worker
// and the sink killed (-9) five times each at random moments under load. Counted by the auditor,
// and by the events themselves.
import { generateFleet } from '@agentspine/fleet/generate-fleet';
import { malformed } from '@agentspine/fleet/malformed';
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { ServiceName } from '@agentspine/cli-service/bring-up';
import { createAgentEventEncoder } from '@agentspine/wire/agent-event-codec';
import { expect, test } from 'vitest';
import { elapse } from './elapse.ts';
import { startPipeline, type Pipeline } from './pipeline.ts';

const SEED = 20_260_105;
const KILLS_EACH = 5;

/** Small deterministic generator, so that a failing run can be repeated. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function killRepeatedly(
  pipeline: Pipeline,
  service: ServiceName,
  roll: () => number,
): Promise<number> {
  let killed = 0;
  for (; killed < KILLS_EACH; killed++) {
    await elapse(300 + roll() * 1_500, 'kills meet the work at moments spread over it');
    await pipeline.kill(service);
    await pipeline.start(service);
  }
  return killed;
}

test('kill -9 of worker and sink, five times each under load: every record has exactly one fate', async () => {
  await using pipeline = await startPipeline('killed');
  const roll = dice(SEED);
  const events: AgentEvent[] = [];
  const fleet = generateFleet({ seed: SEED, runs: 400, now: new Date() });
  const killing = { isOver: false };
  const publishing = (async () => {
    for await (const batch of fleet.events()) {
      await pipeline.publish(batch);
      events.push(...batch);
      if (!killing.isOver) await elapse(400, 'load lasts as long as the kills do');
    }
  })();
  const kills = await Promise.all([
    killRepeatedly(pipeline, 'worker', roll),
    killRepeatedly(pipeline, 'sink', roll),
  ]);
  killing.isOver = true;
  await publishing;
  const encode = await createAgentEventEncoder(pipeline.opened.registry(), pipeline.prefix);
  const broken = malformed({ seed: SEED, now: new Date(), encode });
  await pipeline.publishRaw(broken.map(({ value }) => value));

  const audit = await pipeline.stored(events.length + broken.length);
  expect(kills).toEqual([KILLS_EACH, KILLS_EACH]);
  expect(audit).toMatchObject({
    ok: true,
    produced: events.length + broken.length,
    rows: events.length,
    deadLetters: broken.length,
  });
  const stored = await pipeline.rows<{ event_id: string; copies: number }>(
    'SELECT event_id, count() AS copies FROM events GROUP BY event_id',
  );
  expect(stored.filter(({ copies }) => copies !== 1)).toEqual([]);
  expect(new Set(stored.map(({ event_id }) => event_id))).toEqual(
    new Set(events.map(({ event_id }) => event_id)),
  );
  // What is derived from the rows by materialized views agrees with them.
  const [derived] = await pipeline.rows<{ events: number; verdicts: number }>(
    `SELECT (SELECT sum(t.events) FROM trace_index AS t) AS events,
            (SELECT count() FROM violations) AS verdicts`,
  );
  const [direct] = await pipeline.rows<{ events: number; verdicts: number }>(
    'SELECT count() AS events, sum(length(verdicts)) AS verdicts FROM events',
  );
  expect(derived).toEqual(direct);
});
