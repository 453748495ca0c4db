// Every key of the configuration with its default, range and meaning. docs/config.md lists the same
// keys, and test/contracts/config-doc.test.ts holds the two together.
// Guarantees: an empty file is a whole configuration (a local stack on the usual ports); no key
// outside this file exists.
// Example: type Rows = Config['sink']['batch_rows_max'];
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { analytics } from './analytics-section.ts';
import { enrich } from './enrich-section.ts';
import {
  choice,
  flag,
  HTTP_URL,
  list,
  NAME,
  needed,
  neededChoice,
  path,
  pathOrNone,
  text,
  whole,
  wholeOrOff,
} from './field.ts';
import { retention } from './retention-section.ts';
import { sentinel } from './sentinel-section.ts';

const infra = (name: string): string =>
  fileURLToPath(new URL(`../../infra/${name}`, import.meta.url));

const kafka = z.strictObject({
  brokers: list({
    fallback: ['127.0.0.1:9092'],
    pattern: /^(?:[^\s:,]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/u,
    wanted: 'a list of host:port',
    unit: 'host:port',
    means: 'Brokers asked first for the rest of the cluster.',
  }),
  client_id: text({
    ...NAME,
    fallback: 'agentspine',
    means: 'Name shown in the logs of the broker.',
  }),
  ssl: flag({ fallback: false, means: 'Speak TLS to the brokers.' }),
  sasl: z
    .strictObject({
      mechanism: neededChoice(['plain', 'scram-sha-256', 'scram-sha-512'], {
        means: 'How to log in. plain only with kafka.ssl.',
      }),
      username: needed({ means: 'Name to log in with.' }),
      password: needed({ secret: true, means: 'Password to log in with.' }),
    })
    .nullable()
    .default(null),
});

const topics = z.strictObject({
  prefix: text({
    ...NAME,
    pattern: /^[A-Za-z0-9._-]{1,100}$/u,
    wanted: '1 to 100 letters, digits, dots, dashes or underscores',
    fallback: 'agent',
    means:
      'First part of every topic: agent.events, agent.governed, agent.deadletters, agent.violations.',
  }),
  partitions: whole({
    min: 1,
    max: 10_000,
    fallback: 4,
    unit: 'partitions',
    means:
      'Partitions of agent.events and agent.governed when they are created. Never changed afterwards.',
  }),
  replication: whole({
    min: 1,
    max: 32_767,
    fallback: 1,
    unit: 'replicas',
    means: 'Copies of every partition when the topics are created. 3 in production.',
  }),
});

const registry = z.strictObject({
  url: text({
    ...HTTP_URL,
    fallback: 'http://127.0.0.1:8081',
    means: 'Schema registry that speaks the Confluent API.',
  }),
  username: text({ fallback: '', means: 'Name for basic authentication; empty for none.' }),
  password: text({ fallback: '', secret: true, means: 'Password for basic authentication.' }),
});

const clickhouse = z.strictObject({
  url: text({
    ...HTTP_URL,
    fallback: 'http://127.0.0.1:8123',
    means: 'HTTP interface of ClickHouse.',
  }),
  database: text({
    pattern: /^[A-Za-z_][A-Za-z0-9_]{0,63}$/u,
    wanted: 'a letter or underscore, then at most 63 letters, digits or underscores',
    unit: 'name',
    fallback: 'agentspine',
    means: 'Database of all tables and views.',
  }),
  username: text({ fallback: 'default', means: 'User that inserts and migrates.' }),
  password: text({ fallback: '', secret: true, means: 'Password of that user.' }),
});

const membership = (group: string) => ({
  group_id: text({
    ...NAME,
    fallback: group,
    means: 'Consumer group. Its commits hold the state of delivery.',
  }),
  generation: whole({
    min: 1,
    max: 65_535,
    fallback: 1,
    unit: 'number',
    means:
      'Raised to process everything again on purpose; part of every row and of every deduplication token.',
  }),
  session_timeout_ms: whole({
    min: 1_000,
    max: 1_800_000,
    fallback: 30_000,
    unit: 'ms',
    means: 'Silence after which the group hands the partitions on.',
  }),
  heartbeat_interval_ms: whole({
    min: 100,
    max: 600_000,
    fallback: 3_000,
    unit: 'ms',
    means: 'Time between heartbeats. At most a third of the session timeout.',
  }),
});

const httpPort = wholeOrOff({
  min: 0,
  max: 65_535,
  unit: 'port',
  means: 'Port of /livez, /readyz and /metrics. null is off, 0 takes a free one.',
});

const worker = z.strictObject({
  ...membership('agentspine-worker'),
  fetch_min_bytes: whole({
    min: 1,
    max: 104_857_600,
    fallback: 1,
    unit: 'bytes',
    means: 'The broker answers a fetch once this much is there.',
  }),
  fetch_max_wait_ms: whole({
    min: 1,
    max: 60_000,
    fallback: 100,
    unit: 'ms',
    means: 'The broker answers a fetch after this long in any case.',
  }),
  fetch_max_bytes_per_partition: whole({
    min: 16_384,
    max: 268_435_456,
    fallback: 1_048_576,
    unit: 'bytes',
    means: 'Most that one fetch takes from one partition; bounds the memory of the worker.',
  }),
  partitions_concurrently: whole({
    min: 1,
    max: 256,
    fallback: 4,
    unit: 'partitions',
    means: 'Partitions worked on side by side.',
  }),
  record_bytes_max: whole({
    min: 1_024,
    max: 67_108_864,
    fallback: 1_048_576,
    unit: 'bytes',
    means: 'A larger record becomes a dead letter (SPINE_RECORD_TOO_LARGE).',
  }),
  future_max_ms: whole({
    min: 0,
    max: 31_536_000_000,
    fallback: 86_400_000,
    unit: 'ms',
    means: 'An event further ahead of the broker’s clock becomes a dead letter (SPINE_EVENT_TIME).',
  }),
  past_max_days: whole({
    min: 1,
    max: 20_000,
    fallback: 3_650,
    unit: 'days',
    means: 'An event further back becomes a dead letter (SPINE_EVENT_TIME).',
  }),
  http_port: httpPort,
});

const sink = z.strictObject({
  ...membership('agentspine-sink'),
  batch_rows_max: whole({
    min: 1,
    max: 500_000,
    fallback: 50_000,
    unit: 'rows',
    means:
      'Most rows of one INSERT, which is one block. Far below the 1,048,449 at which ClickHouse splits.',
  }),
  batch_bytes_max: whole({
    min: 65_536,
    max: 134_217_728,
    fallback: 16_777_216,
    unit: 'bytes',
    means: 'Most Avro bytes of one INSERT. Far below the 256 MiB at which ClickHouse splits.',
  }),
  batch_wait_ms: whole({
    min: 1,
    max: 60_000,
    fallback: 1_000,
    unit: 'ms',
    means: 'A batch is inserted after this long even if it is small.',
  }),
  insert_timeout_ms: whole({
    min: 100,
    max: 1_800_000,
    fallback: 20_000,
    unit: 'ms',
    means: 'An INSERT without an answer for this long is asked again with the same token.',
  }),
  http_port: httpPort,
});

const privacy = z.strictObject({
  key_file: pathOrNone({
    means: 'Keyring for pseudonyms and seals. `spine up` makes one for a local stack.',
  }),
  field_policy: path({
    fallback: infra('privacy/field-policy.yaml'),
    means:
      'What to do with each field: keep, drop, truncate, mask, generalise, pseudonymise, seal or scan.',
  }),
});

const policy = z.strictObject({
  files: list({
    fallback: [infra('policies')],
    pattern: /./u,
    wanted: 'a list of paths, relative to the file that names them',
    unit: 'paths',
    path: true,
    means:
      'Policy files, all in force together. A folder stands for every .yaml file in it, by name.',
  }),
});

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

const observe = z.strictObject({
  log_level: choice(LOG_LEVELS, {
    fallback: 'info',
    means:
      'Least severe line that is written. A healthy service writes a few lines at info, then none.',
  }),
  http_host: text({
    pattern: /^\S+$/u,
    wanted: 'an address to listen on',
    unit: 'host',
    fallback: '127.0.0.1',
    means: 'Address of /livez, /readyz and /metrics. 0.0.0.0 inside a container.',
  }),
});

export const configSchema = z.strictObject({
  kafka: kafka.prefault({}),
  topics: topics.prefault({}),
  registry: registry.prefault({}),
  clickhouse: clickhouse.prefault({}),
  worker: worker.prefault({}),
  sink: sink.prefault({}),
  sentinel: sentinel.prefault({}),
  privacy: privacy.prefault({}),
  policy: policy.prefault({}),
  enrich: enrich.prefault({}),
  analytics: analytics.prefault({}),
  retention: retention.prefault({}),
  observe: observe.prefault({}),
});

/** The whole configuration, checked; paths are absolute. Keys are spelled as in the file. */
export type Config = Readonly<z.output<typeof configSchema>>;
