// The sentinel process: looks at the tables in rounds and tells people what they should know.
//   node services/sentinel/main.ts [--config FILE] [--check]
// --check loads configuration and ends: 0 when it is sound, 1 with the reason when it is not.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { connectClickHouse } from '@agentspine/clickhouse/connect';
import { loadConfig } from '@agentspine/config/load-config';
import { runService } from '@agentspine/observe/run-service';
import { isSpineError } from '@agentspine/outcome/errors';
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
  if (values.check) {
    process.stdout.write('configuration is sound\n');
  } else {
    await runService({
      service: 'sentinel',
      level: config.observe.log_level,
      httpPort: config.sentinel.http_port,
      httpHost: config.observe.http_host,
      start: async (around) => {
        const { url, database, username, password } = config.clickhouse;
        const clickHouse = connectClickHouse({ url, database, username, password });
        const running = await startSentinel(config, { clickHouse }, around);
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
