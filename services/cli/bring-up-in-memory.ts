// The same services in this process over the in-memory log and registry: for a machine without a
// JVM. The store is the real ClickHouse engine. Guarantees: the same code from the journey to the
// tables; nothing outlives the process but the tables.
// Example: const { opened, stop } = await bringUpInMemory({ stateDir, cwd, env })
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { surroundings } from '@agentspine/observe/run-service';
import { createMemoryLog } from '@agentspine/kafka/memory-log';
import { startStack } from '@agentspine/local-stack/stack';
import { startSink } from '@agentspine/sink-service/start';
import { createMemoryRegistry } from '@agentspine/wire/memory-registry';
import { loadRulebook } from '@agentspine/worker-service/load-rulebook';
import { startWorker } from '@agentspine/worker-service/start';
import { writeStackConfig, type BringUpOptions } from './bring-up.ts';
import { open, stackConfigFile, type Opened } from './open.ts';
import { createTopics, migrateTables, registerSchemas } from './prepare.ts';

export async function bringUpInMemory(
  options: BringUpOptions,
): Promise<{ readonly opened: Opened; stop(): Promise<void> }> {
  const { stateDir, cwd, env, onProgress } = options;
  // A log that starts empty needs tables that do.
  await rm(join(stateDir, 'clickhouse'), { recursive: true, force: true });
  const stack = await startStack({
    stateDir,
    parts: ['clickhouse'],
    ...(onProgress && { onProgress }),
  });
  const configFile = stackConfigFile(stateDir);
  await writeStackConfig(
    { ...stack, brokers: ['127.0.0.1:9092'], registryUrl: 'http://127.0.0.1:8081' },
    configFile,
    options,
  );
  const log = createMemoryLog();
  const registry = createMemoryRegistry();
  const connected = open({ cwd, env }, { config: configFile, state: stateDir });
  const opened: Opened = { ...connected, log: () => log, registry: () => registry };
  await createTopics(opened);
  await registerSchemas(opened);
  await migrateTables(opened);
  const ending = new AbortController();
  const { config } = opened;
  const worker = await startWorker(
    config,
    loadRulebook(config),
    { log, registry },
    surroundings('worker', 'warn', ending.signal),
  );
  const sink = await startSink(
    config,
    { log, registry, clickHouse: opened.clickHouse() },
    surroundings('sink', 'warn', ending.signal),
  );
  return {
    opened,
    stop: async () => {
      ending.abort(new Error('ending'));
      await worker.stop();
      await sink.stop();
    },
  };
}
