// Puts the worker together: raw log → journey → governed log, over ports that may be real or in
// memory.
// Guarantees: rules, prices, agents, field policy and keys were read and checked before; waits for
// whatever is away and says so once.
// Example: const running = await startWorker(config, rulebook, ports, around)
import type { Config } from '@agentspine/config/config-schema';
import type { Log, LogBatch, ReaderOptions } from '@agentspine/kafka/port';
import { keepTrying } from '@agentspine/observe/keep-trying';
import type { Running, Surroundings } from '@agentspine/observe/run-service';
import { trackLag } from '@agentspine/observe/track-lag';
import { createAgentEventDecoder } from '@agentspine/wire/agent-event-codec';
import { schemaLearner } from '@agentspine/wire/learn-schemas';
import type { Registry } from '@agentspine/wire/registry';
import { loadSchemas } from '@agentspine/wire/schemas';
import { counted, timed } from './count-batches.ts';
import type { Rulebook } from './load-rulebook.ts';
import { openEncoders, topicNames } from './open-encoders.ts';
import { createBatchRunner } from './run-batch.ts';
import { bindSteps, type MadeBy, type StepParts } from './steps.ts';
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
  const { logger } = around;
  const topics = topicNames(config.topics.prefix);
  const made = madeBy(config, rulebook);
  const ask = <T>(what: string, where: string, attempt: () => Promise<T>): Promise<T> =>
    keepTrying({ what, where }, attempt, around);

  const encoders = await ask('the registry', config.registry.url, () =>
    openEncoders(registry, config.topics.prefix),
  );
  const decoder = createAgentEventDecoder(loadSchemas().agentEvent);
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
    limits: limitsOf(worker),
    made,
  });

  const lag = trackLag(around, topics.events);
  const reader = await log.reader(readerOptions(worker, topics.events));
  const writer = await log.writer();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const { seal } = rulebook.keys;
  const [encodeDeadLetter, encodeGoverned] = [encoders.deadletters, encoders.governed];
  const policyBundle = made.policy_bundle;
  const runner = createBatchRunner({
    reader,
    writer,
    steps,
    topics,
    generation: worker.generation,
    deadLetters: { topic: topics.events, made, seal, encodeDeadLetter, encodeGoverned },
    encodeViolation: violationEncoder(encoders.violations, { topic: topics.events, policyBundle }),
    learnSchemas: (batch: LogBatch) => learn(batch.records),
    pause: () => around.clock.sleep(RETRY_PAUSE_MS, around.signal),
    done: counted(around, lag),
    fatal: failed.reject,
  });
  reader.onAssigned((assigned) => {
    lag.reassigned();
    const partitions = (assigned.get(topics.events) ?? []).join(',');
    logger.info({ topic: topics.events, partitions }, 'assigned');
  });
  await ask('Kafka', config.kafka.brokers.join(','), () => log.ping());
  await reader.run(timed(runner.handle, around));
  logger.info(
    { topic: topics.events, policy_hash: policyBundle, key_version: made.key_version },
    'ready',
  );
  const stop = async (): Promise<void> => {
    await reader.stop();
    await runner.settled();
    await writer.close();
  };
  return { stop, closed: Promise.race([reader.closed(), failed.promise]) };
}

function madeBy({ worker }: Config, { policy, keys, priceTable }: Rulebook): MadeBy {
  return {
    generation: worker.generation,
    policy_bundle: policy.bundleHash,
    key_version: keys.version,
    price_table: priceTable,
  };
}

function limitsOf(worker: Config['worker']): StepParts['limits'] {
  return {
    recordBytesMax: worker.record_bytes_max,
    futureMaxUs: worker.future_max_ms * 1000,
    pastMaxUs: worker.past_max_days * DAY_US,
  };
}

function readerOptions(worker: Config['worker'], topic: string): ReaderOptions {
  return {
    groupId: worker.group_id,
    topics: [topic],
    sessionTimeoutMs: worker.session_timeout_ms,
    heartbeatIntervalMs: worker.heartbeat_interval_ms,
    minBytes: worker.fetch_min_bytes,
    maxWaitMs: worker.fetch_max_wait_ms,
    maxBytesPerPartition: worker.fetch_max_bytes_per_partition,
    partitionsConcurrently: worker.partitions_concurrently,
  };
}
