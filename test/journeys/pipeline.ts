// A pipeline of its own for one test file: topics, subjects, database, keyring, and the services as
// real processes.
// Example: await using pipeline = await startPipeline('import'); await pipeline.publish(events);
// await pipeline.stored(n)
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit, type Audit } from '@agentspine/cli-service/audit';
import { SERVICES, startService, type ServiceName } from '@agentspine/cli-service/bring-up';
import { open, type Opened } from '@agentspine/cli-service/open';
import { createTopics, migrateTables, registerSchemas } from '@agentspine/cli-service/prepare';
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { OutRecord } from '@agentspine/kafka/port';
import { createKeyring } from '@agentspine/keys/keyring-file';
import { readPart, stopPart } from '@agentspine/local-stack/part';
import { tailLog } from '@agentspine/local-stack/part-log';
import { isAlive, signal } from '@agentspine/local-stack/process-identity';
import { keyOf } from '@agentspine/sdk/kafka-transport';
import { partitionOf } from '@agentspine/sdk/murmur2';
import { createAgentEventEncoder } from '@agentspine/wire/agent-event-codec';
import { expect, inject, vi } from 'vitest';

export type Pipeline = {
  readonly opened: Opened;
  readonly prefix: string;
  readonly configFile: string;
  readonly stateDir: string;
  start(service: ServiceName): Promise<void>;
  stop(service: ServiceName): Promise<void>;
  /** kill -9, at once; resolves when the process is gone. */
  kill(service: ServiceName): Promise<void>;
  publish(events: readonly AgentEvent[]): Promise<void>;
  /** Publishes raw values to a partition of agent.events. */
  publishRaw(values: readonly (Buffer | null)[], partition?: number): Promise<void>;
  /** Waits until so many records have a fate in the store, and returns the audit. */
  stored(records: number, timeoutMs?: number): Promise<Audit>;
  rows<T>(sql: string): Promise<T[]>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type PipelineOptions = {
  readonly partitions?: number;
  readonly services?: readonly ServiceName[];
  /** Lines of YAML added to the configuration. */
  readonly config?: string;
};

export async function startPipeline(
  name: string,
  options: PipelineOptions = {},
): Promise<Pipeline> {
  const prefix = `${name}-${randomBytes(4).toString('hex')}`;
  const stateDir = await mkdtemp(join(tmpdir(), `spine-${name}-`));
  const keyFile = createKeyring(join(stateDir, 'keys.json'), new Date());
  const configFile = join(stateDir, 'spine.yaml');
  await writeFile(configFile, configOf(prefix, keyFile, options));
  const opened = open({ cwd: stateDir, env: {} }, { config: configFile, state: stateDir });
  await createTopics(opened);
  await registerSchemas(opened);
  await migrateTables(opened);
  const writer = await opened.log().writer();
  const encode = await createAgentEventEncoder(opened.registry(), prefix);
  const { partitions } = opened.config.topics;
  const started = { stateDir, cwd: process.cwd() };
  const send = (records: readonly OutRecord[]): Promise<void> => writer.send(records);

  const pipeline: Pipeline = {
    opened,
    prefix,
    configFile,
    stateDir,
    start: (service) => startService(service, started, configFile),
    stop: async (service) => void (await stopPart(stateDir, service)),
    kill: async (service) => {
      const part = await readPart(stateDir, service);
      if (part === undefined) return;
      await signal(part, 'SIGKILL');
      const isGone = async (): Promise<void> => expect(await isAlive(part)).toBe(false);
      await vi.waitFor(isGone, { timeout: 10_000, interval: 10 });
    },
    publish: async (events) => {
      const records = events.map((event) => {
        const key = keyOf(event);
        const partition = partitionOf(key, partitions);
        return { topic: `${prefix}.events`, partition, key, value: encode(event) };
      });
      for (let at = 0; at < records.length; at += 2_000) await send(records.slice(at, at + 2_000));
    },
    publishRaw: (values, partition = 0) =>
      send(
        values.map((value) => ({
          topic: `${prefix}.events`,
          partition,
          key: null,
          value: value as Buffer,
        })),
      ),
    stored: async (records, timeoutMs = 120_000) => {
      try {
        return await waitStored(opened, records, timeoutMs);
      } catch (cause) {
        // The state folder goes with the test; what the services said last is the only trace.
        const said = await Promise.all(SERVICES.map((service) => tailLog(stateDir, service, 8)));
        throw new Error([String(cause), ...said.flat()].join('\n'), { cause });
      }
    },
    rows: (sql) => opened.clickHouse().query(sql),
    close: async () => {
      await Promise.all(SERVICES.map((service) => stopPart(stateDir, service)));
      await writer.close();
      await opened
        .clickHouse()
        .command(`DROP DATABASE IF EXISTS ${opened.config.clickhouse.database}`);
      await opened.close();
      await rm(stateDir, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: () => pipeline.close(),
  };
  try {
    await Promise.all((options.services ?? ['worker', 'sink']).map((one) => pipeline.start(one)));
  } catch (error) {
    await pipeline.close();
    throw error;
  }
  return pipeline;
}

async function waitStored(opened: Opened, records: number, timeoutMs: number): Promise<Audit> {
  const whole = async (): Promise<Audit> => {
    const report = await audit(opened);
    const pending = report.partitions.reduce((sum, one) => sum + one.pending, 0);
    const known = report.rows + report.deadLetters;
    if (known >= records && pending === 0 && report.isSettled) return report;
    throw new Error(`${known} of ${records} stored, ${pending} pending`);
  };
  return vi.waitFor(whole, { timeout: timeoutMs, interval: 200 });
}

function configOf(
  prefix: string,
  keyFile: string,
  { partitions = 4, config }: PipelineOptions,
): string {
  return [
    'kafka:',
    `  brokers: ${JSON.stringify(inject('brokers'))}`,
    'topics:',
    `  prefix: ${prefix}`,
    `  partitions: ${partitions}`,
    'registry:',
    `  url: ${inject('registryUrl')}`,
    'clickhouse:',
    `  url: ${inject('clickhouseUrl')}`,
    `  database: ${prefix.replaceAll('-', '_')}`,
    'privacy:',
    `  key_file: ${keyFile}`,
    config ??
      [
        // Short sessions, so that a killed member's partitions move on soon.
        'worker:',
        `  group_id: ${prefix}-worker`,
        '  session_timeout_ms: 6000',
        '  heartbeat_interval_ms: 1000',
        'sink:',
        `  group_id: ${prefix}-sink`,
        '  session_timeout_ms: 6000',
        '  heartbeat_interval_ms: 1000',
        '  insert_timeout_ms: 5000',
        '  batch_wait_ms: 200',
      ].join('\n'),
    '',
  ].join('\n');
}
