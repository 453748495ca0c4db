// The broker of the local stack: Apache Kafka in KRaft mode, one node, from Maven's jars.
// Guarantees: listens on loopback alone, makes no topics by itself, keeps its data under
// <state>/kafka/data across restarts.
// Example: const spec = await kafkaPart({ stateDir, cacheDir, port: 9092, controllerPort: 9093,
// readyTimeoutMs, say });

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SpineError } from '@agentspine/outcome/errors';
import { cached, exclusively } from './cache.ts';
import { DEPENDENCY_PLUGIN, mavenProgress, runClient } from './download.ts';
import { probeKafka } from './kafka-probe.ts';
import type { PartSpec } from './part.ts';
import { javaCommand, wantJava, wantMaven } from './tools.ts';

export const KAFKA_VERSION = '4.3.0';
export const KAFKA_PORT = 9092;
const LOG4J_VERSION = '2.25.4';

export type KafkaWish = {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly readyTimeoutMs: number;
  say(text: string): void;
};

/**
 * The jars in the cache, downloaded where they are not there. Throws SPINE_STACK_JAVA, _MAVEN,
 * _DOWNLOAD, _DISK.
 */
export async function fetchKafka(cacheDir: string, say: (text: string) => void): Promise<string> {
  return cached({
    cacheDir,
    name: `kafka-${KAFKA_VERSION}`,
    needsBytes: 200e6,
    onWait: () => {
      say('another process downloads it');
    },
    fill: async (dir) => {
      await wantMaven();
      await writeFile(join(dir, 'pom.xml'), POM);
      const goal = `${DEPENDENCY_PLUGIN}:copy-dependencies`;
      const args = ['-B', '-C', goal, '-DincludeScope=runtime', '-DoutputDirectory=jars'];
      const what = `Apache Kafka ${KAFKA_VERSION}`;
      // Maven's local repository is not made for two writers
      await exclusively(cacheDir, 'maven', () =>
        runClient('mvn', args, { cwd: dir, what, onLine: mavenProgress(say) }),
      );
    },
  });
}

/** Writes the configuration, formats the storage the first time. */
export async function kafkaPart(wish: KafkaWish): Promise<PartSpec> {
  await wantJava();
  const home = await fetchKafka(wish.cacheDir, wish.say);
  const dir = join(wish.stateDir, 'kafka');
  const data = join(dir, 'data');
  const properties = join(dir, 'server.properties');
  const logging = join(dir, 'log4j2.properties');
  await mkdir(data, { recursive: true });
  await writeFile(properties, serverProperties(wish, data));
  await writeFile(logging, LOGGING);
  const jvm = [
    '-XX:+UseSerialGC',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${logging}`,
  ];
  const classPath = ['-cp', join(home, 'jars', '*')];
  if (!existsSync(join(data, 'meta.properties'))) {
    await format([...jvm, '-XX:TieredStopAtLevel=1', ...classPath], properties);
  }
  const clusterId = await readClusterId(join(data, 'meta.properties'));
  return {
    name: 'kafka',
    command: javaCommand(),
    args: ['-Xms128m', '-Xmx512m', ...jvm, ...classPath, 'kafka.Kafka', properties],
    cwd: dir,
    port: wish.port,
    url: `127.0.0.1:${wish.port}`,
    identity: clusterId,
    ready: () => probeKafka('127.0.0.1', wish.port, clusterId),
    readyTimeoutMs: wish.readyTimeoutMs,
  };
}

async function readClusterId(path: string): Promise<string> {
  return /^cluster\.id=(.*)$/m.exec(await readFile(path, 'utf8'))?.[1]?.trim() ?? '';
}

async function format(jvm: readonly string[], properties: string): Promise<void> {
  // Kafka's cluster id is a UUID in URL-safe base64; a leading '-' would be read as an option
  const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
  const args = [...jvm, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
  try {
    await promisify(execFile)(javaCommand(), args);
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() || String(error);
    throw new SpineError('SPINE_STACK_CRASHED', {
      wanted: "Kafka's storage to be formatted",
      found: said.split('\n').slice(-5).join(' | '),
      where: properties,
      cause: error,
    });
  }
}

function serverProperties(wish: KafkaWish, data: string): string {
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${wish.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${wish.port},CONTROLLER://127.0.0.1:${wish.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${wish.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    // backslashes and blanks as java.util.Properties reads them
    'log.dirs': data.replaceAll('\\', '\\\\'),
    'auto.create.topics.enable': 'false',
    'message.max.bytes': 20 * 1024 * 1024,
    'replica.fetch.max.bytes': 20 * 1024 * 1024,
    'log.message.timestamp.type': 'LogAppendTime',
    'log.segment.bytes': 64 * 1024 * 1024,
    // one broker holds the only copy of everything
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    // a lone member need not wait for company
    'group.initial.rebalance.delay.ms': 0,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

const LOGGING = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS} %p %m (%c{1})%n%rEx{3}
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
`;

// kafka logs through slf4j; without a binding its reasons for ending would be lost
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>agentspine</groupId>
  <artifactId>local-kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;
