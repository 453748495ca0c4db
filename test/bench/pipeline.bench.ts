// Kafka to Kafka on the real broker: the worker, whole, against a copier that reads and writes the
// same records through the same port and does nothing else. npm run bench -- pipeline
import { loadRulebook } from '@agentspine/worker-service/load-rulebook';
import { startWorker } from '@agentspine/worker-service/start';
import { surroundings } from '@agentspine/observe/run-service';
import { readerOptions } from '@agentspine/kafka/options';
import { benchStack, until, type BenchStack } from './bench-stack.ts';
import { fleetEvents } from './fleet-load.ts';
import { line, median } from './measure.ts';

const EVENTS = 40_000;
const ROUNDS = 3;

type Run = { readonly cpuUs: number; readonly perSecond: number };

export async function bench(): Promise<void> {
  await using stack = await benchStack({ hasServices: false });
  const events = await fleetEvents(EVENTS);
  const copies: Run[] = [];
  const works: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let at = 0; at < EVENTS; at += 2_000) await stack.publish(events.slice(at, at + 2_000));
    works.push(await timed(stack, 'governed', round, () => runWorker(stack)));
    copies.push(await timed(stack, 'violations', round, () => runCopier(stack, round)));
  }
  console.log(
    `${EVENTS} events of the demo fleet, 4 partitions, idempotent, acks=all; median of ${ROUNDS} rounds`,
  );
  line('', 'events/s', 'µs CPU/event');
  line('worker: Kafka to Kafka', middle(works, 'perSecond'), middle(works, 'cpuUs'));
  line('copier: the same, no journey', middle(copies, 'perSecond'), middle(copies, 'cpuUs'));
  line('worker ÷ copier (CPU)', middle(works, 'cpuUs') / middle(copies, 'cpuUs'));
}

async function timed(
  stack: BenchStack,
  suffix: 'governed' | 'violations',
  round: number,
  start: () => Promise<{ stop(): Promise<void> }>,
): Promise<Run> {
  const goal = suffix === 'governed' ? EVENTS * (round + 1) : (await stack.taken(suffix)) + EVENTS;
  const running = await start();
  const first = await stack.taken(suffix);
  const beginMs = performance.now();
  const cpu = process.cpuUsage();
  await until(async () => (await stack.taken(suffix)) >= goal);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - beginMs) / 1000;
  const done = (await stack.taken(suffix)) - first;
  await running.stop();
  return { cpuUs: (user + system) / done, perSecond: done / seconds };
}

function runWorker({ opened }: BenchStack): Promise<{ stop(): Promise<void> }> {
  const { config } = opened;
  const around = surroundings('worker', 'error', new AbortController().signal);
  return startWorker(
    config,
    loadRulebook(config),
    { log: opened.log(), registry: opened.registry() },
    around,
  );
}

/**
 * Reads agent.events and writes the same bytes to agent.violations, whose readers are none here.
 */
async function runCopier(
  { opened }: BenchStack,
  round: number,
): Promise<{ stop(): Promise<void> }> {
  const { prefix } = opened.config.topics;
  const groupId = `copier-${round}`;
  const topic = `${prefix}.events`;
  const { worker } = opened.config;
  const reader = await opened.log().reader(
    readerOptions({
      groupId,
      topics: [topic],
      minBytes: worker.fetch_min_bytes,
      maxWaitMs: worker.fetch_max_wait_ms,
      maxBytesPerPartition: worker.fetch_max_bytes_per_partition,
    }),
  );
  const writer = await opened.log().writer();
  // Only this round's records, which are the last ones of each partition.
  const admin = await opened.log().admin();
  const offsets = (await admin.offsets(topic)) ?? [];
  await admin.close();
  const from = new Map(
    offsets.map(({ partition, high }) => [partition, (high / (round + 1)) * round]),
  );
  await reader.run(async ({ partition, records }) => {
    const fresh = records.filter(({ offset }) => offset >= (from.get(partition) ?? 0));
    if (fresh.length > 0) {
      await writer.send(
        fresh.map(({ key, value }) => {
          return { topic: `${prefix}.violations`, partition, key, value: value as Buffer };
        }),
      );
    }
  });
  return {
    stop: async () => {
      await reader.stop();
      await writer.close();
    },
  };
}

function middle(runs: readonly Run[], key: keyof Run): number {
  return median(runs.map((run) => run[key]).toSorted((a, b) => a - b));
}
