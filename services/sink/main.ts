// The sink process: stores the governed log in ClickHouse, exactly once.
//   node services/sink/main.ts [--config FILE] [--check]
// --check loads the configuration and ends: 0 when it is sound, 1 with the reason when it is not.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { connectClickHouse } from '@agentspine/clickhouse/connect';
import { loadConfig } from '@agentspine/config/load-config';
import { connectKafka } from '@agentspine/kafka/kafkajs-log';
import { runService } from '@agentspine/observe/run-service';
import { isSpineError } from '@agentspine/outcome/errors';
import { connectRegistry } from '@agentspine/wire/registry';
import { startSink } from './start.ts';

try {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, check: { type: 'boolean', default: false } },
  });
  const config = loadConfig({
    file: values.config,
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  if (values.check) {
    process.stdout.write('configuration is sound\n');
  } else {
    await runService({
      service: 'sink',
      level: config.observe.log_level,
      httpPort: config.sink.http_port,
      httpHost: config.observe.http_host,
      start: async (around) => {
        const { url, database, username, password } = config.clickhouse;
        const { brokers, client_id: clientId, ssl, sasl } = config.kafka;
        const log = connectKafka({
          brokers,
          clientId: `${clientId}-sink`,
          ssl,
          logger: around.logger,
          ...(sasl !== null && { sasl }),
        });
        const clickHouse = connectClickHouse({ url, database, username, password });
        const registry = connectRegistry(config.registry);
        const running = await startSink(config, { log, registry, clickHouse }, around);
        const stop = async (): Promise<void> => {
          await running.stop();
          await log.close();
          await clickHouse.close();
        };
        return { stop, closed: running.closed };
      },
    });
  }
} catch (error) {
  const words = isSpineError(error) ? `${error.message}\n  ${error.hint}` : String(error);
  process.stderr.write(`${words}\n`);
  process.exitCode = 1;
}
