// What the demo sends: a week of a seeded fleet, a few records no pipeline should take, then the
// fleet live.
// Guarantees: every record is counted once Kafka has acknowledged it; what the fleet planted is
// remembered here alone, never read back from the pipeline. Example: const load = await
// openLoad(opened); await load.history({ seed: 7, runs: 600 })
import type { AgentEvent } from '@agentspine/event/agent-event';
import { generateFleet } from '@agentspine/fleet/generate-fleet';
import { startLive } from '@agentspine/fleet/live';
import { malformed } from '@agentspine/fleet/malformed';
import type { Planted } from '@agentspine/fleet/planted';
import { SpineError } from '@agentspine/outcome/errors';
import { kafkaTransport } from '@agentspine/sdk/kafka-transport';
import type { Transport } from '@agentspine/sdk/transport';
import { createAgentEventEncoder } from '@agentspine/wire/agent-event-codec';
import type { Opened } from './open.ts';

export type Load = {
  /** Acknowledged by Kafka. */
  produced(): number;
  byKind(): ReadonlyMap<string, number>;
  runs(): number;
  planted(): readonly Planted[];
  /** An event that held personal values in its content, as the agent sent it. */
  sample(): AgentEvent | undefined;
  history(options: { seed: number; runs: number; now: Date; onBatch: () => void }): Promise<void>;
  broken(seed: number): Promise<number>;
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
  const kinds = new Map<string, number>();
  const runs = new Set<string>();
  const counted: Transport = {
    send: async (events) => {
      await inner.send(events);
      produced += events.length;
      for (const event of events) {
        kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
        runs.add(event.run_id);
      }
    },
    close: async () => undefined,
  };
  return {
    produced: () => produced,
    byKind: () => kinds,
    runs: () => runs.size,
    planted: () => planted,
    sample: () => sample,
    history: async ({ seed, runs: cases, now, onBatch }) => {
      const fleet = generateFleet({ seed, runs: cases, now });
      for await (const events of fleet.events()) {
        await counted.send(events);
        sample = richest(sample, events, fleet.planted());
        onBatch();
      }
      planted = [...planted, ...fleet.planted()];
    },
    broken: async (seed) => {
      const records = malformed({ seed, now: new Date(), encode });
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
      const live = startLive({ seed, ratePerSecond, signal, transport: counted });
      await live.done;
      planted = [...planted, ...live.planted()];
    },
    close: () => writer.close(),
  };
}

/**
 * The event whose content shows most kinds of planted values, preferring short ones that fit a
 * screen.
 */
function richest(
  best: AgentEvent | undefined,
  events: readonly AgentEvent[],
  planted: readonly Planted[],
): AgentEvent | undefined {
  if (best !== undefined) return best;
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
