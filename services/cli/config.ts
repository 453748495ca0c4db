// spine config: the configuration in force, secrets masked, with where each value comes from.
// Example: spine config --json
import { configHash, describeConfig } from '@agentspine/config/describe-config';
import { open } from './open.ts';
import { EXIT, flags, type Command } from './shell.ts';

export const config: Command = async (shell) => {
  const { values } = flags(shell, {});
  await using spine = open(shell, values);
  const rows = describeConfig(spine.loaded);
  const { terminal } = shell;
  if (values.json) {
    terminal.json({ file: spine.configFile ?? null, hash: configHash(spine.config), keys: rows });
    return EXIT.ok;
  }
  terminal.line(
    `${spine.configFile ?? 'no file: defaults and environment'}  (${configHash(spine.config)})`,
  );
  terminal.table(
    ['key', 'value', 'from'],
    rows.map((row) => [row.key, row.value, row.origin]),
  );
  return EXIT.ok;
};
