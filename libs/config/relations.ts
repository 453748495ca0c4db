// Limits that must fit each other, each with the reason. A single range cannot see these.
// Guarantees: every relation holds for the defaults; a broken one names both keys, both values and
// why it matters.
// Example: sink.insert_timeout_ms 40000, must be below sink.session_timeout_ms (30000): …
import type { Config } from './config-schema.ts';

export type Broken = {
  /** The key to change first. */
  readonly key: string;
  readonly other: string;
  readonly wanted: string;
  readonly found: string;
};

type Relation = {
  readonly key: string;
  readonly other: string;
  readonly holds: (config: Config) => boolean;
  readonly wanted: (config: Config) => string;
  readonly found: (config: Config) => string;
};

const heartbeats = (service: 'worker' | 'sink'): Relation => ({
  key: `${service}.heartbeat_interval_ms`,
  other: `${service}.session_timeout_ms`,
  holds: (config) =>
    config[service].heartbeat_interval_ms * 3 <= config[service].session_timeout_ms,
  wanted: (config) =>
    `at most a third of ${service}.session_timeout_ms (${config[service].session_timeout_ms}), ` +
    'so that two lost heartbeats do not cost the membership',
  found: (config) => String(config[service].heartbeat_interval_ms),
});

const RELATIONS: readonly Relation[] = [
  heartbeats('worker'),
  heartbeats('sink'),
  {
    key: 'sink.insert_timeout_ms',
    other: 'sink.session_timeout_ms',
    holds: (config) => config.sink.insert_timeout_ms < config.sink.session_timeout_ms,
    wanted: (config) =>
      `less than sink.session_timeout_ms (${config.sink.session_timeout_ms}), ` +
      'so that a sink that lost its partition cannot insert after the next one began',
    found: (config) => String(config.sink.insert_timeout_ms),
  },
  {
    key: 'retention.bodies_days',
    other: 'retention.events_days',
    holds: (config) => config.retention.bodies_days <= config.retention.events_days,
    wanted: (config) =>
      `at most retention.events_days (${config.retention.events_days}), ` +
      'because a body goes with its event',
    found: (config) => String(config.retention.bodies_days),
  },
  {
    key: 'worker.fetch_max_wait_ms',
    other: 'worker.session_timeout_ms',
    holds: (config) => config.worker.fetch_max_wait_ms < config.worker.session_timeout_ms,
    wanted: (config) =>
      `less than worker.session_timeout_ms (${config.worker.session_timeout_ms}), ` +
      'because heartbeats are sent between fetches',
    found: (config) => String(config.worker.fetch_max_wait_ms),
  },
  {
    key: 'sink.batch_wait_ms',
    other: 'sink.session_timeout_ms',
    holds: (config) => config.sink.batch_wait_ms < config.sink.session_timeout_ms,
    wanted: (config) =>
      `less than sink.session_timeout_ms (${config.sink.session_timeout_ms}), ` +
      'because a batch that waits longer belongs to no member any more',
    found: (config) => String(config.sink.batch_wait_ms),
  },
  {
    key: 'sink.batch_bytes_max',
    other: 'worker.record_bytes_max',
    holds: (config) => config.sink.batch_bytes_max >= config.worker.record_bytes_max * 2,
    wanted: (config) =>
      `at least twice worker.record_bytes_max (${config.worker.record_bytes_max}), ` +
      'so that the largest governed record fits into one INSERT',
    found: (config) => String(config.sink.batch_bytes_max),
  },
  {
    key: 'sink.group_id',
    other: 'worker.group_id',
    holds: (config) => config.sink.group_id !== config.worker.group_id,
    wanted: () => 'another group than worker.group_id, because their commits hold different states',
    found: (config) => `"${config.sink.group_id}"`,
  },
  {
    key: 'sentinel.lease_ms',
    other: 'sentinel.interval_ms',
    holds: (config) => config.sentinel.lease_ms >= config.sentinel.interval_ms * 3,
    wanted: (config) =>
      `at least three times sentinel.interval_ms (${config.sentinel.interval_ms}), ` +
      'so that a slow round does not cost the lease',
    found: (config) => String(config.sentinel.lease_ms),
  },
  {
    key: 'sentinel.delay_max_ms',
    other: 'sentinel.delay_min_ms',
    holds: (config) => config.sentinel.delay_max_ms >= config.sentinel.delay_min_ms,
    wanted: (config) =>
      `at least sentinel.delay_min_ms (${config.sentinel.delay_min_ms}), ` +
      'because it bounds the same delay from above',
    found: (config) => String(config.sentinel.delay_max_ms),
  },
  {
    key: 'kafka.sasl.mechanism',
    other: 'kafka.ssl',
    holds: (config) => config.kafka.sasl?.mechanism !== 'plain' || config.kafka.ssl,
    wanted: () =>
      'scram-sha-256 or scram-sha-512, or kafka.ssl: true, because plain sends the password in clear',
    found: () => 'plain without TLS',
  },
];

/** The relations that a configuration breaks. */
export function brokenRelations(config: Config): readonly Broken[] {
  return RELATIONS.filter((relation) => !relation.holds(config)).map((relation) => ({
    key: relation.key,
    other: relation.other,
    wanted: relation.wanted(config),
    found: relation.found(config),
  }));
}
