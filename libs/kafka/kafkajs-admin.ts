// Topics, offsets and commits over kafkajs's admin client. Connects on first use and again after
// the broker was away.
// Guarantees: topics that exist are left as they are; a commit's metadata comes back exactly as
// written; every failure is a SpineError.
// Example: await admin.offsets('agent.events') → [{ partition: 0, low: 0, high: 42 }] or null.
import type { Admin, Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { isSpineError } from '@agentspine/outcome/errors';
import { brokerAnswer, mapError } from './map-error.ts';
import type { Committed, LogAdmin, TopicOffsets, TopicSpec } from './port.ts';

export interface KafkaAdmin extends LogAdmin {
  /** A real round trip to a broker. */
  ping(): Promise<void>;
}

export function createKafkaAdmin(kafka: Kafka): KafkaAdmin {
  let connected: Promise<Admin> | null = null;

  async function connect(): Promise<Admin> {
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  }

  /**
   * Runs on the open connection; a broken one is dropped and the request tried once more on a new
   * one.
   */
  async function ask<T>(where: string, request: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const connecting = (connected ??= connect());
      try {
        return await request(await connecting);
      } catch (error) {
        const mapped = mapError(error, { where, wanted: 'an answer from the broker' });
        if (mapped.code !== 'SPINE_KAFKA_UNREACHABLE') throw mapped;
        if (connected === connecting) connected = null;
        void connecting.then((admin) => admin.disconnect()).catch(() => undefined);
        if (attempt === 2) throw mapped;
      }
    }
  }

  return {
    createTopics: (specs) => ask('create topics', (admin) => createMissing(admin, specs)),
    offsets: async (topic) => {
      try {
        const rows = await ask(topic, (admin) => admin.fetchTopicOffsets(topic));
        return rows.map(toOffsets).toSorted((a, b) => a.partition - b.partition);
      } catch (error) {
        if (isSpineError(error) && error.code === 'SPINE_KAFKA_TOPIC') return null;
        throw error;
      }
    },
    committed: async (groupId, topic) => {
      const [found] = await ask(`${groupId} ${topic}`, (admin) =>
        admin.fetchOffsets({ groupId, topics: [topic] }),
      );
      const rows = (found?.partitions ?? []).map((row): [number, Committed] => [
        row.partition,
        toCommitted(row.offset, row.metadata),
      ]);
      return new Map(rows.toSorted(([a], [b]) => a - b));
    },
    ping: async () => {
      await ask('ping', (admin) => admin.describeCluster());
    },
    close: async () => {
      const closing = connected;
      connected = null;
      await closing?.then((admin) => admin.disconnect()).catch(() => undefined);
    },
  };
}

function toOffsets(row: { partition: number; low: string; high: string }): TopicOffsets {
  return { partition: row.partition, low: Number(row.low), high: Number(row.high) };
}

function toCommitted(offset: string, metadata: string | null): Committed {
  return Number(offset) < 0 ? null : { offset: Number(offset), metadata: metadata ?? '' };
}

async function createMissing(admin: Admin, specs: readonly TopicSpec[]): Promise<string[]> {
  const present = new Set(await admin.listTopics());
  const created: string[] = [];
  for (const { name, partitions, replication, config } of specs) {
    if (present.has(name)) continue;
    try {
      await admin.createTopics({
        // kafkajs's own wait gives up when a broker has not heard of the topic yet; ours is below.
        waitForLeaders: false,
        topics: [
          {
            topic: name,
            numPartitions: partitions,
            replicationFactor: replication,
            configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
          },
        ],
      });
      created.push(name);
    } catch (error) {
      // Another process may have been quicker.
      if (!isAlreadyThere(error)) throw error;
    }
    await untilLed(admin, name, partitions);
  }
  return created;
}

/**
 * Returns when every partition of a new topic has a leader, so that whoever comes next can use it.
 */
async function untilLed(admin: Admin, topic: string, partitions: number): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const offsets = await admin.fetchTopicOffsets(topic).catch((error: unknown) => {
      if (tries >= LEADER_TRIES) throw error;
      return [];
    });
    if (offsets.length >= partitions) return;
    await delay(LEADER_PAUSE_MS);
  }
}

const LEADER_TRIES = 100;
const LEADER_PAUSE_MS = 100;

function isAlreadyThere(error: unknown): boolean {
  const parts = error instanceof Error && 'errors' in error ? (error.errors as unknown[]) : [error];
  return parts.every((part) => brokerAnswer(part)?.type === 'TOPIC_ALREADY_EXISTS');
}
