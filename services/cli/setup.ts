// spine topics create, spine migrate: one-shot steps of a deployment. Both may be repeated.
// Example: spine topics create && spine schemas register && spine migrate
import { SpineError } from '@agentspine/outcome/errors';
import { open } from './open.ts';
import { createTopics, migrateTables } from './prepare.ts';
import { EXIT, flags, type Command } from './shell.ts';

export const topics: Command = async (shell) => {
  const { values, positionals } = flags(shell, {}, 1);
  if (positionals[0] !== 'create') {
    throw new SpineError('SPINE_CLI_USAGE', {
      wanted: 'spine topics create',
      found: positionals[0] ?? 'nothing',
    });
  }
  await using spine = open(shell, values);
  const created = await createTopics(spine);
  if (values.json) shell.terminal.json({ created });
  else
    shell.terminal.line(
      created.length === 0 ? 'all topics are there' : `created ${created.join(', ')}`,
    );
  return EXIT.ok;
};

export const migrate: Command = async (shell) => {
  const { values } = flags(shell, {});
  await using spine = open(shell, values);
  const applied = await migrateTables(spine);
  if (values.json) shell.terminal.json({ applied });
  else
    shell.terminal.line(
      applied.length === 0 ? 'all tables are there' : `applied ${applied.join(', ')}`,
    );
  return EXIT.ok;
};
