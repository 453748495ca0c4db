// Gets an environment ready for the services: topics, subjects, tables. Everything may be repeated.
// Guarantees: topics are created with the configs of infra/kafka/topics.yaml and never changed;
// only here are schemas registered.
// Example: const topics = await createTopics(opened); await registerSchemas(opened); await
// migrateTables(opened)
import { readFileSync } from 'node:fs';
import { migrate } from '@agentspine/clickhouse/migrate';
import {
  applyRetention,
  type Retention,
  type RetentionClass,
} from '@agentspine/clickhouse/retention';
import type { Config } from '@agentspine/config/config-schema';
import { readYaml } from '@agentspine/config/read-yaml';
import type { TopicSpec } from '@agentspine/kafka/port';
import { loadSchemas, SUBJECTS, subjectOf, type TopicSuffix } from '@agentspine/wire/schemas';
import type { Opened } from './open.ts';

const TOPICS_FILE = new URL('../../infra/kafka/topics.yaml', import.meta.url);
const DEDUPLICATION_WINDOW = 10_000;

type TopicsFile = {
  readonly topics: Readonly<
    Record<string, { readonly config?: Readonly<Record<string, string | number>> }>
  >;
};

/**
 * The topics of the configuration: prefix, partitions and replication from it, the rest from
 * topics.yaml.
 */
export function topicSpecs(config: Config): TopicSpec[] {
  const { prefix, partitions, replication } = config.topics;
  const file = readYaml(readFileSync(TOPICS_FILE, 'utf8'), 'infra/kafka/topics.yaml');
  return Object.entries((file.value as TopicsFile).topics).map(([suffix, topic]) => ({
    name: `${prefix}.${suffix}`,
    partitions,
    replication,
    config: Object.fromEntries(
      Object.entries(topic.config ?? {}).map(([key, value]) => [key, String(value)]),
    ),
  }));
}

/** Creates what is missing and returns its names. */
export async function createTopics(opened: Opened): Promise<readonly string[]> {
  const admin = await opened.log().admin();
  try {
    return await admin.createTopics(topicSpecs(opened.config));
  } finally {
    await admin.close();
  }
}

export type Registered = { readonly subject: string; readonly id: number };

export async function registerSchemas(opened: Opened): Promise<readonly Registered[]> {
  const schemas = loadSchemas();
  const registry = opened.registry();
  const registered: Registered[] = [];
  for (const [suffix, key] of Object.entries(SUBJECTS)) {
    const subject = subjectOf(opened.config.topics.prefix, suffix as TopicSuffix);
    registered.push({ subject, id: await registry.register(subject, schemas[key]) });
  }
  return registered;
}

/** Applies what is missing, brings the tables to the retention asked for, and names both. */
export async function migrateTables(opened: Opened): Promise<readonly string[]> {
  const ch = opened.clickHouse();
  const applied = await migrate(ch, { window: DEDUPLICATION_WINDOW });
  const changed = await applyRetention(ch, retentionOf(opened.config));
  return [
    ...applied,
    ...changed.map(({ table, column }) => `retention of ${table}${column && `.${column}`}`),
  ];
}

function retentionOf({ retention }: Config): Retention {
  return {
    days: {
      bodies: retention.bodies_days,
      events: retention.events_days,
      rollups: retention.rollups_days,
      findings: retention.findings_days,
    },
    tenants: retention.tenants.map((text) => {
      const [tenant = '', of = '', days = ''] = text.split(/[:=]/);
      return { tenant, of: of as RetentionClass, days: Number(days) };
    }),
  };
}
