// spine logs PART: the last lines of a part's log; --follow goes on until Ctrl-C.
// Example: spine logs worker --lines 50 --follow
import { followLog, tailLog } from '@agentspine/local-stack/part-log';
import { stackStatus } from '@agentspine/local-stack/stack';
import { SpineError } from '@agentspine/outcome/errors';
import { stateDirOf } from './open.ts';
import { EXIT, flags, wholeFlag, type Command } from './shell.ts';

export const logs: Command = async (shell) => {
  const { values, positionals } = flags(shell, {
    lines: { type: 'string' },
    follow: { type: 'boolean', default: false },
  });
  const { terminal } = shell;
  const stateDir = stateDirOf(shell, values);
  const names = (await stackStatus(stateDir)).map((part) => part.name);
  const part = positionals[0];
  if (part === undefined || !names.includes(part)) {
    throw new SpineError('SPINE_CLI_USAGE', {
      where: 'spine logs PART',
      wanted: `one of ${names.join(', ')}`,
      found: part ?? 'none',
    });
  }
  const lines = wholeFlag('lines', values.lines, 20);
  if (values.follow) {
    for await (const line of followLog(stateDir, part, { lines, signal: shell.signal }))
      terminal.line(line);
  } else {
    const last = await tailLog(stateDir, part, lines);
    if (values.json) terminal.json({ part, lines: last });
    else last.forEach((line) => terminal.line(line));
  }
  return EXIT.ok;
};
