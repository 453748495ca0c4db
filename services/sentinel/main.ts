// The sentinel process: looks at the tables in rounds and tells people what they should know.
//   node services/sentinel/main.ts [--config FILE] [--check]
// --check loads configuration, rules (and runs their tests), routes and secrets, and ends: 0 when
// all is sound, 1 with the reason when it is not.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { alertStore } from '@agentspine/clickhouse/alert-store';
import { connectClickHouse } from '@agentspine/clickhouse/connect';
import { clickHouseSignals } from '@agentspine/clickhouse/signals';
import { loadConfig } from '@agentspine/config/load-config';
import { openReceivers } from '@agentspine/notify/open-receivers';
import { runService } from '@agentspine/observe/run-service';
import { isSpineError } from '@agentspine/outcome/errors';
import { identityOf } from './identity.ts';
import { loadAlerting } from './load-alerting.ts';
import { startSentinel } from './start.ts';

try {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, check: { type: 'boolean', default: false } },
  });
  const config = loadConfig({
    file: values.config,
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  const alerting = loadAlerting(config);
  const receivers = openReceivers(alerting.routing.receivers, {
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  if (values.check) {
    const { rules, tests } = alerting;
    const found = `${rules.length} rules, ${tests.length} tests, ${receivers.size} receivers`;
    process.stdout.write(`${found}: all sound\n`);
  } else {
    await runService({
      service: 'sentinel',
      level: config.observe.log_level,
      httpPort: config.sentinel.http_port,
      httpHost: config.observe.http_host,
      start: async (around) => {
        const { url, database, username, password } = config.clickhouse;
        const clickHouse = connectClickHouse({ url, database, username, password });
        const signals = clickHouseSignals(clickHouse);
        const store = alertStore(clickHouse);
        const ports = { clickHouse, signals, store, alerting, receivers };
        const identity = identityOf(hostname(), process.pid, Date.now());
        const running = await startSentinel(config, ports, identity, around);
        const stop = async (): Promise<void> => {
          await running.stop();
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
