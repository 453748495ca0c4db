// What the demo sends: a week of a seeded fleet, a few records no pipeline should take, then the
// fleet live.
// Guarantees: every record is counted once Kafka has acknowledged it; what the fleet planted is
// remembered here alone, never read back from the pipeline. Example: const load = await
// openLoad(opened); await load.history({ seed: 7, runs: 9600 })
import type { AgentEvent } from '@agentspine/event/agent-event';
import { generateFleet, type Fleet } from '@agentspine/fleet/generate-fleet';
import { startLive } from '@agentspine/fleet/live';
import { malformed } from '@agentspine/fleet/malformed';
import type { Planted } from '@agentspine/fleet/planted';
import type { Story } from '@agentspine/fleet/stories';
import { SpineError } from '@agentspine/outcome/errors';
import { kafkaTransport } from '@agentspine/sdk/kafka-transport';
import type { Transport } from '@agentspine/sdk/transport';
import { createAgentEventEncoder } from '@agentspine/wire/agent-event-codec';
import type { Opened } from './open.ts';

/** Cases under way at the end have so long to come to theirs. */
const LIVE = { graceMs: 2_500, everydayPerCase: 3, withStories: true };
/** So many runs of a week are whole cases; what is beyond is short everyday work. */
const CASES_MAX = 600;

export type Load = {
  /** Acknowledged by Kafka. */
  produced(): number;
  runs(): number;
  agents(): number;
  tenants(): number;
  planted(): readonly Planted[];
  /** What was made to go wrong in the week. */
  stories(): readonly Story[];
  /** An event that held personal values in its content, as the agent sent it. */
  sample(): AgentEvent | undefined;
  history(options: {
    seed: number;
    runs: number;
    now: Date;
    signal?: AbortSignal;
    onBatch: () => void;
  }): Promise<void>;
  broken(seed: number, now: Date): Promise<number>;
  live(options: { seed: number; ratePerSecond: number; signal: AbortSignal }): Promise<void>;
  close(): Promise<void>;
};

export async function openLoad(opened: Opened): Promise<Load> {
  const { prefix } = opened.config.topics;
  const topic = `${prefix}.events`;
  const admin = await opened.log().admin();
  const partitions = (await admin.offsets(topic))?.length ?? 0;
  await admin.close();
  if (partitions === 0)
    throw new SpineError('SPINE_KAFKA_TOPIC', { where: topic, wanted: 'the topic', found: 'none' });
  const writer = await opened.log().writer();
  const encode = await createAgentEventEncoder(opened.registry(), prefix);
  const inner = kafkaTransport({ writer, encode, partitions, topic });
  let produced = 0;
  let sample: AgentEvent | undefined;
  let planted: Planted[] = [];
  let stories: readonly Story[] = [];
  const runs = new Set<string>();
  const agents = new Set<string>();
  const tenants = new Set<string>();
  const counted: Transport = {
    send: async (events) => {
      await inner.send(events);
      produced += events.length;
      for (const event of events) {
        runs.add(event.run_id);
        tenants.add(event.tenant_id);
        if (event.agent?.id) agents.add(event.agent.id);
      }
    },
    close: async () => undefined,
  };
  return {
    produced: () => produced,
    runs: () => runs.size,
    agents: () => agents.size,
    tenants: () => tenants.size,
    planted: () => planted,
    stories: () => stories,
    sample: () => sample,
    history: async ({ seed, runs: wanted, now, signal, onBatch }) => {
      const fleet = weekOf({ seed, wanted, now });
      stories = fleet.stories();
      for await (const events of fleet.events()) {
        if (signal?.aborted === true) break;
        await counted.send(events);
        sample ??= richest(events, fleet.planted());
        onBatch();
      }
      planted = [...planted, ...fleet.planted()];
    },
    broken: async (seed, now) => {
      const records = malformed({ seed, now, encode });
      await writer.send(
        records.map(({ key, value }, index) => ({
          topic,
          partition: index % partitions,
          key,
          value,
        })),
      );
      produced += records.length;
      return records.length;
    },
    live: async ({ seed, ratePerSecond, signal }) => {
      const live = startLive({ ...LIVE, seed, ratePerSecond, signal, transport: counted });
      await live.done;
      planted = [...planted, ...live.planted()];
    },
    close: () => writer.close(),
  };
}

function weekOf({ seed, wanted, now }: { seed: number; wanted: number; now: Date }): Fleet {
  const runs = Math.min(wanted, CASES_MAX);
  return generateFleet({ seed, runs, everyday: wanted - runs, withStories: true, now });
}

/**
 * The event whose content shows most kinds of planted values, preferring short ones that fit a
 * screen.
 */
function richest(
  events: readonly AgentEvent[],
  planted: readonly Planted[],
): AgentEvent | undefined {
  let best: AgentEvent | undefined;
  const values = planted.slice(-400);
  let bestKinds = 1;
  for (const event of events) {
    const text = event.input?.inline ?? '';
    if (text.length > 420) continue;
    const kinds = new Set(
      values.filter(({ value }) => text.includes(value)).map(({ type }) => type),
    );
    if (kinds.size > bestKinds) {
      bestKinds = kinds.size;
      best = event;
    }
  }
  return best;
}
