// spine alerts: what fires, what was told to whom; try rules and receivers; silence and
// acknowledge; what would have fired.
// Guarantees: only `silence` and `ack` change anything, only `test --receiver` sends anything.
// Example: spine alerts list --all --since 7d
import { nearest } from '@agentspine/config/nearest';
import { SpineError } from '@agentspine/outcome/errors';
import type { Command } from './shell.ts';

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  list: async () => (await import('./alerts-list.ts')).list,
  test: async () => (await import('./alerts-test.ts')).test,
  silence: async () => (await import('./alerts-change.ts')).silence,
  ack: async () => (await import('./alerts-change.ts')).acknowledge,
  backtest: async () => (await import('./alerts-backtest.ts')).backtest,
};

export const alerts: Command = async (shell) => {
  const [name = 'list', ...rest] = shell.args;
  const isFlag = name.startsWith('-');
  const load = COMMANDS[isFlag ? 'list' : name];
  if (load === undefined) {
    const near = nearest(name, Object.keys(COMMANDS));
    throw new SpineError('SPINE_CLI_USAGE', {
      where: 'spine alerts',
      wanted: `one of ${Object.keys(COMMANDS).join(', ')}`,
      found: name,
      ...(near !== undefined && { hint: `Did you mean \`spine alerts ${near}\`?` }),
    });
  }
  return (await load())({ ...shell, args: isFlag ? shell.args : rest });
};
