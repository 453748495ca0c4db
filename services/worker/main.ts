// The worker process: takes raw events through the journey to the governed log.
//   node services/worker/main.ts [--config FILE] [--check]
// --check loads the configuration, rules, prices, agents, fields and keys and ends: 0 when all is
// sound, 1 with the reason.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadConfig } from '@agentspine/config/load-config';
import { connectKafka } from '@agentspine/kafka/kafkajs-log';
import { runService } from '@agentspine/observe/run-service';
import { isSpineError } from '@agentspine/outcome/errors';
import { connectRegistry } from '@agentspine/wire/registry';
import { loadRulebook } from './load-rulebook.ts';
import { startWorker } from './start.ts';

try {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, check: { type: 'boolean', default: false } },
  });
  const config = loadConfig({
    file: values.config,
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  const rulebook = loadRulebook(config);
  if (values.check) {
    const { policy, priceTable, keys } = rulebook;
    process.stdout.write(
      `${policy.rules.length} rules (bundle ${policy.bundleHash}), prices ${priceTable}, keys ${keys.version}: all sound\n`,
    );
  } else {
    await runService({
      service: 'worker',
      level: config.observe.log_level,
      httpPort: config.worker.http_port,
      httpHost: config.observe.http_host,
      start: async (around) => {
        const { brokers, client_id: clientId, ssl, sasl } = config.kafka;
        const log = connectKafka({
          brokers,
          clientId: `${clientId}-worker`,
          ssl,
          logger: around.logger,
          ...(sasl !== null && { sasl }),
        });
        const registry = connectRegistry(config.registry);
        const running = await startWorker(config, rulebook, { log, registry }, around);
        const stop = async (): Promise<void> => {
          await running.stop();
          await log.close();
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
