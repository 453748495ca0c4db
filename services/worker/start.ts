// Puts the worker together: raw log → journey → governed log, over ports that may be real or in
// memory.
// Guarantees: rules, prices, agents, field policy and keys are read and checked before the first
// record; waits for whatever is away and says so once. Example: const running = await
// startWorker(config, ports, around)
import type { Config } from '@agentspine/config/config-schema';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import type { Log, LogBatch } from '@agentspine/kafka/port';
import { keepTrying } from '@agentspine/observe/keep-trying';
import type { Running, Surroundings } from '@agentspine/observe/run-service';
import { createAgentEventDecoder, registeredId } from '@agentspine/wire/agent-event-codec';
import { createEncoder, type Encoder } from '@agentspine/wire/avro-encoder';
import { schemaLearner } from '@agentspine/wire/learn-schemas';
import type { Registry } from '@agentspine/wire/registry';
import { loadSchemas, SUBJECTS, subjectOf, type TopicSuffix } from '@agentspine/wire/schemas';
import type { Rulebook } from './load-rulebook.ts';
import { createBatchRunner } from './run-batch.ts';
import { bindSteps, type MadeBy } from './steps.ts';
import { violationEncoder } from './violation.ts';

export type WorkerPorts = { readonly log: Log; readonly registry: Registry };

const RETRY_PAUSE_MS = 1_000;
const DAY_US = 86_400e6;

export async function startWorker(
  config: Config,
  rulebook: Rulebook,
  ports: WorkerPorts,
  around: Surroundings,
): Promise<Running> {
  const { worker } = config;
  const { log, registry } = ports;
  const { logger, metrics, progress } = around;
  const topics = topicNames(config.topics.prefix);
  const made: MadeBy = {
    generation: worker.generation,
    policy_bundle: rulebook.policy.bundleHash,
    key_version: rulebook.keys.version,
    price_table: rulebook.priceTable,
  };
  const ask = <T>(what: string, where: string, attempt: () => Promise<T>): Promise<T> =>
    keepTrying({ what, where }, attempt, around);

  const encoders = await ask('the registry', config.registry.url, () =>
    openEncoders(registry, config.topics.prefix),
  );
  const schemas = loadSchemas();
  const decoder = createAgentEventDecoder(schemas.agentEvent);
  const learn = schemaLearner({
    ...decoder,
    ask: (id) => ask('the registry', config.registry.url, () => registry.schemaById(id)),
    nowMs: () => around.clock.now(),
  });
  const steps = bindSteps({
    decoder,
    enrich: rulebook.enrich,
    pseudonymize: (event) => rulebook.pseudonymize(event),
    judge: rulebook.policy.judge,
    encodeGoverned: encoders.governed,
    limits: {
      recordBytesMax: worker.record_bytes_max,
      futureMaxUs: worker.future_max_ms * 1000,
      pastMaxUs: worker.past_max_days * DAY_US,
    },
    made,
  });

  const reader = await log.reader({
    groupId: worker.group_id,
    topics: [topics.events],
    sessionTimeoutMs: worker.session_timeout_ms,
    heartbeatIntervalMs: worker.heartbeat_interval_ms,
    minBytes: worker.fetch_min_bytes,
    maxWaitMs: worker.fetch_max_wait_ms,
    maxBytesPerPartition: worker.fetch_max_bytes_per_partition,
    partitionsConcurrently: worker.partitions_concurrently,
  });
  const writer = await log.writer();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const lags = new Map<number, number>();
  const runner = createBatchRunner({
    reader,
    writer,
    steps,
    topics,
    generation: worker.generation,
    deadLetters: {
      topic: topics.events,
      made,
      seal: rulebook.keys.seal,
      encodeDeadLetter: encoders.deadletters,
      encodeGoverned: encoders.governed,
    },
    encodeViolation: violationEncoder(encoders.violations, {
      topic: topics.events,
      policyBundle: made.policy_bundle,
    }),
    learnSchemas: (batch: LogBatch) => learn(batch.records),
    pause: () => around.clock.sleep(RETRY_PAUSE_MS, around.signal),
    done: (batch, rows, refusals) => {
      metrics.accepted('journey', rows);
      for (const { code } of refusals) metrics.refused('journey', code);
      const lag = batch.highWatermark - (batch.records.at(-1)?.offset ?? 0) - 1;
      metrics.lag(topics.events, batch.partition, lag);
      lags.set(batch.partition, lag);
      progress.advanced();
      progress.waiting([...lags.values()].reduce((sum, behind) => sum + behind, 0));
    },
    fatal: failed.reject,
  });
  reader.onAssigned((assigned) => {
    for (const partition of lags.keys()) metrics.forgetLag(topics.events, partition);
    lags.clear();
    const partitions = (assigned.get(topics.events) ?? []).join(',');
    logger.info({ topic: topics.events, partitions }, 'assigned');
  });
  await ask('Kafka', config.kafka.brokers.join(','), () => log.ping());
  await reader.run(runner.handle);
  logger.info(
    { topic: topics.events, policy_hash: made.policy_bundle, key_version: made.key_version },
    'ready',
  );
  const stop = async (): Promise<void> => {
    await reader.stop();
    await runner.settled();
    await writer.close();
  };
  return { stop, closed: Promise.race([reader.closed(), failed.promise]) };
}

function topicNames(prefix: string): Readonly<Record<TopicSuffix, string>> {
  const suffixes = Object.keys(SUBJECTS) as TopicSuffix[];
  return Object.fromEntries(suffixes.map((suffix) => [suffix, `${prefix}.${suffix}`])) as Record<
    TopicSuffix,
    string
  >;
}

/** Looks the ids up; registering is the deployment's (`spine schemas register`). */
async function openEncoders(
  registry: Registry,
  prefix: string,
): Promise<Readonly<Record<TopicSuffix, Encoder<object>>>> {
  const schemas = loadSchemas();
  const suffixes = Object.keys(SUBJECTS) as TopicSuffix[];
  const opened = await Promise.all(
    suffixes.map(async (suffix) => {
      const schema = schemas[SUBJECTS[suffix]];
      const id = await registeredId(registry, subjectOf(prefix, suffix), schema);
      return [suffix, createEncoder<object>(schema, id)] as const;
    }),
  );
  return Object.fromEntries(opened) as Record<TopicSuffix, Encoder<object>>;
}
