// Opens what a command needs: the configuration in force, and connections that are closed when the
// command ends. The configuration is the one of --config, else SPINE_CONFIG, else ./spine.yaml,
// else that of the local stack.
// Example: await using spine = await open(shell, values); await spine.clickHouse().query('SELECT
// 1')
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connectClickHouse, type ClickHouse } from '@agentspine/clickhouse/connect';
import type { Config } from '@agentspine/config/config-schema';
import { loadConfigWithOrigins, type LoadedConfig } from '@agentspine/config/load-config';
import { connectKafka, type KafkaOptions } from '@agentspine/kafka/kafkajs-log';
import { silentLogger } from '@agentspine/kafka/logger';
import type { Log } from '@agentspine/kafka/port';
import { connectRegistry, type Registry } from '@agentspine/wire/registry';
import type { Shell } from './shell.ts';

export type Places = { readonly config?: string | undefined; readonly state?: string | undefined };

export type Opened = {
  readonly config: Config;
  readonly loaded: LoadedConfig;
  readonly configFile: string | undefined;
  readonly stateDir: string;
  clickHouse(): ClickHouse;
  log(): Log;
  registry(): Registry;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export function stateDirOf(shell: Pick<Shell, 'cwd' | 'env'>, places: Places): string {
  return resolve(shell.cwd, places.state ?? shell.env['SPINE_STATE_DIR'] ?? '.spine');
}

/** Where the local stack keeps the configuration it was started with. */
export function stackConfigFile(stateDir: string): string {
  return join(stateDir, 'spine.yaml');
}

export function open(shell: Pick<Shell, 'cwd' | 'env'>, places: Places): Opened {
  const stateDir = stateDirOf(shell, places);
  const configFile = findConfig(shell, places, stateDir);
  const loaded = loadConfigWithOrigins({
    file: configFile,
    env: shell.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    cwd: shell.cwd,
  });
  return connections(loaded, configFile, stateDir);
}

export function findConfig(
  shell: Pick<Shell, 'cwd' | 'env'>,
  places: Places,
  stateDir: string,
): string | undefined {
  if (places.config !== undefined) return resolve(shell.cwd, places.config);
  if (shell.env['SPINE_CONFIG']) return resolve(shell.cwd, shell.env['SPINE_CONFIG']);
  return [join(shell.cwd, 'spine.yaml'), stackConfigFile(stateDir)].find((file) =>
    existsSync(file),
  );
}

function connections(
  loaded: LoadedConfig,
  configFile: string | undefined,
  stateDir: string,
): Opened {
  const { config } = loaded;
  let clickHouse: ClickHouse | undefined;
  let log: Log | undefined;
  let registry: Registry | undefined;
  const close = async (): Promise<void> => {
    await log?.close();
    await clickHouse?.close();
    log = undefined;
    clickHouse = undefined;
  };
  return {
    config,
    loaded,
    configFile,
    stateDir,
    clickHouse: () => {
      const { url, database, username, password } = config.clickhouse;
      return (clickHouse ??= connectClickHouse({ url, database, username, password }));
    },
    log: () => (log ??= connectKafka(kafkaOptions(config))),
    registry: () => (registry ??= connectRegistry(config.registry)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

export function kafkaOptions(config: Config): KafkaOptions {
  const { brokers, client_id: clientId, ssl, sasl } = config.kafka;
  return {
    brokers,
    clientId: `${clientId}-cli`,
    ssl,
    logger: silentLogger,
    ...(sasl !== null && { sasl: sasl }),
  };
}
