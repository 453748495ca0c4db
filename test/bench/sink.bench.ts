// The sink into the real engine: rows/s, and what a row costs Node against what it costs the engine
// (limit: 0.25); then, at half that load, how long from produce to queryable (limit: p99 below 2
// s), and how much memory each service holds (limit: flat, below 350 MB). npm run bench -- sink
import type { AgentEvent } from '@agentspine/event/agent-event';
import { agentEvent, producer } from '@agentspine/event/build';
import { startService } from '@agentspine/cli-service/bring-up';
import { benchStack, until, type BenchStack } from './bench-stack.ts';
import { fleetEvents } from './fleet-load.ts';
import { line, percentile } from './measure.ts';

const EVENTS = 60_000;
const WHOLE_WAY_EVENTS = 30_000;
const LATENCY_SECONDS = 20;
const PROBE_EVERY_MS = 100;

export async function bench(): Promise<void> {
  await using stack = await benchStack({ hasServices: false });
  const events = await fleetEvents(EVENTS);
  for (let at = 0; at < EVENTS; at += 2_000) await stack.publish(events.slice(at, at + 2_000));
  const started = { stateDir: stack.stateDir, cwd: process.cwd() };
  await startService('worker', started, stack.configFile);
  await until(async () => (await stack.taken('governed')) >= EVENTS);

  await throughput(stack, () => startService('sink', started, stack.configFile));
  const perSecond = await wholeWay(stack, events);
  await latency(stack, events, perSecond / 2);
}

async function throughput(stack: BenchStack, startSink: () => Promise<void>): Promise<void> {
  const engineBefore = await stack.cpuSeconds('clickhouse');
  const beginMs = performance.now();
  await startSink();
  await until(async () => (await rows(stack)) >= EVENTS, 100);
  const seconds = (performance.now() - beginMs) / 1000;
  const engine = (await stack.cpuSeconds('clickhouse')) - engineBefore;
  const node = await stack.cpuSeconds('sink');
  console.log(`${EVENTS} rows of the demo fleet, from the start of the sink to the last row`);
  line('rows/s', EVENTS / seconds);
  line('engine, µs CPU/row', (engine / EVENTS) * 1e6);
  line('sink, µs CPU/row (its start included)', (node / EVENTS) * 1e6);
  line('sink ÷ engine (limit 0.25)', node / engine);
}

/**
 * Producer, broker, worker, sink and engine side by side on this machine: what half load is half
 * of.
 */
async function wholeWay(stack: BenchStack, events: readonly AgentEvent[]): Promise<number> {
  const goal = (await rows(stack)) + WHOLE_WAY_EVENTS;
  const beginMs = performance.now();
  for (let at = 0; at < WHOLE_WAY_EVENTS; at += 2_000) {
    await stack.publish(events.slice(at, at + 2_000));
  }
  await until(async () => (await rows(stack)) >= goal, 100);
  const perSecond = WHOLE_WAY_EVENTS / ((performance.now() - beginMs) / 1000);
  console.log('\nproducer, broker, worker, sink and engine together on this machine');
  line('events/s, produced to stored', perSecond);
  return perSecond;
}

async function latency(
  stack: BenchStack,
  events: readonly AgentEvent[],
  perSecond: number,
): Promise<void> {
  const sentMs: number[] = [];
  const seenMs: number[] = [];
  const memory: Record<string, number[]> = { worker: [], sink: [] };
  const cpuBefore = await stack.cpuSeconds('worker');
  const end = performance.now() + LATENCY_SECONDS * 1000;
  const watching = (async () => {
    while (performance.now() < end || seenMs.length < sentMs.length) {
      const highest = await probesSeen(stack);
      while (seenMs.length <= highest) seenMs.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  let at = 0;
  let sent = 0;
  const begin = performance.now();
  while (performance.now() < end) {
    const due = Math.floor(((performance.now() - begin) / 1000) * perSecond) - sent;
    const batch = Array.from({ length: Math.min(due, 5_000) }, () => events[at++ % events.length]!);
    sent += batch.length;
    sentMs.push(performance.now());
    await stack.publish([...batch, probe(sentMs.length - 1)]);
    for (const part of Object.keys(memory)) memory[part]!.push(await stack.residentMb(part));
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  await watching;
  const waits = sentMs
    .map((ms, index) => (seenMs[index] ?? Infinity) - ms)
    .toSorted((a, b) => a - b);
  console.log(
    `\nproduce to queryable at half load: ${Math.round(perSecond)} events/s for ${LATENCY_SECONDS} s, ${waits.length} probes`,
  );
  line('p50, ms', percentile(waits, 0.5));
  line('p99, ms (limit 2,000)', percentile(waits, 0.99));
  line(
    'worker, µs CPU/event at this load',
    (((await stack.cpuSeconds('worker')) - cpuBefore) / sent) * 1e6,
  );
  for (const [part, samples] of Object.entries(memory)) {
    const half = samples.slice(samples.length >> 1);
    line(`${part}, resident MB: first, last, max`, samples[0]!, half.at(-1)!, Math.max(...samples));
  }
}

async function rows(stack: BenchStack): Promise<number> {
  const [row] = await stack.opened
    .clickHouse()
    .query<{ n: number }>('SELECT count() AS n FROM events');
  return row?.n ?? 0;
}

/** Highest probe that a query sees; -1 for none. */
async function probesSeen(stack: BenchStack): Promise<number> {
  const [row] = await stack.opened
    .clickHouse()
    .query<{ n: number }>(
      "SELECT if(count() = 0, -1, max(seq)) AS n FROM events WHERE tenant_id = 'probe'",
    );
  return row?.n ?? -1;
}

function probe(seq: number): AgentEvent {
  return agentEvent({
    event_id: `00000000-0000-7000-8000-${String(seq).padStart(12, '0')}`,
    tenant_id: 'probe',
    kind: 'step',
    event_time: Date.now() * 1000,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
    run_id: 'probe',
    producer: producer({ service: 'bench' }),
    seq,
  });
}
