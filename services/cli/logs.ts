// spine logs: the last lines of a part's log, or a few of every part's; --follow goes on until
// Ctrl-C.
// Guarantees: reads files alone, so it works where nothing runs; the end of a long log is read, not
// all of it.
// Example: spine logs worker --lines 50 --follow
import { followLog, tailLog } from '@agentspine/local-stack/part-log';
import { stackStatus } from '@agentspine/local-stack/stack';
import { nearest } from '@agentspine/config/nearest';
import { SpineError } from '@agentspine/outcome/errors';
import { SERVICES } from './bring-up.ts';
import { stateDirOf } from './open.ts';
import { EXIT, flags, wholeFlag, type Command, type Shell } from './shell.ts';

const LINES = 20;
const LINES_OF_EACH = 5;

export const logs: Command = async (shell) => {
  const { values, positionals } = flags(
    shell,
    { lines: { type: 'string' }, follow: { type: 'boolean', default: false } },
    1,
  );
  const { terminal } = shell;
  const stateDir = stateDirOf(shell, values);
  const known = (await stackStatus(stateDir)).map((part) => part.name);
  const names = [...new Set([...known, ...SERVICES])];
  const part = positionals[0];
  if (part === undefined && !values.follow) {
    const lines = wholeFlag('lines', values.lines, LINES_OF_EACH);
    return lastOfEach(shell, stateDir, names, lines, values.json);
  }
  if (part === undefined || !names.includes(part)) {
    const near = part === undefined ? undefined : nearest(part, names);
    throw new SpineError('SPINE_CLI_USAGE', {
      where: 'spine logs PART',
      wanted: `one of ${names.join(', ')}`,
      found: part ?? 'none',
      ...(near !== undefined && { hint: `Did you mean \`spine logs ${near}\`?` }),
    });
  }
  const lines = wholeFlag('lines', values.lines, LINES);
  if (values.follow) {
    for await (const line of followLog(stateDir, part, { lines, signal: shell.signal }))
      terminal.line(values.json ? JSON.stringify({ part, line }) : line);
    return EXIT.ok;
  }
  const last = await tailLog(stateDir, part, lines);
  if (values.json) terminal.json({ part, lines: last });
  else if (last.length === 0) terminal.say(`${part} has written nothing in ${stateDir}`);
  else last.forEach((line) => terminal.line(line));
  return EXIT.ok;
};

async function lastOfEach(
  { terminal }: Shell,
  stateDir: string,
  names: readonly string[],
  lines: number,
  isJson: boolean,
): Promise<number> {
  const parts = await Promise.all(
    names.map(async (part) => ({ part, lines: await tailLog(stateDir, part, lines) })),
  );
  if (isJson) {
    terminal.json({ parts });
    return EXIT.ok;
  }
  for (const { part, lines: last } of parts) {
    terminal.line(terminal.style('bold', part));
    if (last.length === 0) terminal.line('  nothing yet');
    last.forEach((line) => terminal.line(`  ${line}`));
  }
  return EXIT.ok;
}
