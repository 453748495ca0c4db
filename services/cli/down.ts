// spine down: ends the services and the stack of the state folder; leaves no process and no port.
// Data stays.
// Example: spine down
import { stopStack } from '@agentspine/local-stack/stack';
import { stateDirOf } from './open.ts';
import { EXIT, flags, type Command } from './shell.ts';

export const down: Command = async (shell) => {
  const { values } = flags(shell, {});
  const { stopped } = await stopStack(stateDirOf(shell, values));
  if (values.json) shell.terminal.json({ stopped });
  else
    shell.terminal.line(
      stopped.length === 0 ? 'nothing was running' : `stopped ${stopped.join(', ')}`,
    );
  return EXIT.ok;
};
