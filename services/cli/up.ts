// spine up: the local stack and the services, ready after a real round trip.
// Example: spine up --stack-only
import { bringUp } from './bring-up.ts';
import { progressOn } from './progress.ts';
import { EXIT, flags, type Command } from './shell.ts';
import { stateDirOf } from './open.ts';

export const up: Command = async (shell) => {
  const { values } = flags(shell, { 'stack-only': { type: 'boolean', default: false } });
  const { terminal } = shell;
  const stateDir = stateDirOf(shell, values);
  const { stack, configFile, opened } = await bringUp({
    stateDir,
    cwd: shell.cwd,
    env: shell.env,
    hasServices: !values['stack-only'],
    onProgress: progressOn(terminal),
  });
  const database = opened.config.clickhouse.database;
  await opened.close();
  const { brokers, registryUrl, clickhouseUrl } = stack;
  if (values.json) {
    terminal.json({ brokers, registryUrl, clickhouseUrl, database, configFile, stateDir });
    return EXIT.ok;
  }
  terminal.line();
  terminal.table(
    [],
    [
      ['Kafka', brokers.join(', ')],
      ['schema registry', registryUrl],
      ['ClickHouse', `${clickhouseUrl} (database ${database})`],
      ['configuration', configFile],
    ],
  );
  terminal.line();
  terminal.line(
    'Next: `npm run spine -- import FILE…`, or point the SDK at the broker (docs/start.md).',
  );
  return EXIT.ok;
};
