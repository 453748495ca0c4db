// spine status: what runs, where, since when, with what memory; a crashed part with the last lines
// of its log. Exit code 0 when all that was started runs, 1 otherwise. Example: spine status --json
import { stackStatus } from '@agentspine/local-stack/stack';
import { stateDirOf } from './open.ts';
import { EXIT, flags, type Command } from './shell.ts';
import { duration } from './terminal.ts';

export const status: Command = async (shell) => {
  const { values } = flags(shell, {});
  const { terminal } = shell;
  const parts = await stackStatus(stateDirOf(shell, values));
  const isWell = parts.every((part) => part.status === 'running');
  if (values.json) {
    terminal.json({ parts });
    return isWell ? EXIT.ok : EXIT.failed;
  }
  terminal.table(
    ['part', 'status', 'where', 'pid', 'up', 'memory'],
    parts.map((part) => [
      part.name,
      part.status === 'running'
        ? terminal.style('green', part.status)
        : terminal.style('red', part.status),
      part.url ?? '',
      part.pid === undefined ? '' : String(part.pid),
      part.uptimeMs === undefined ? '' : duration(Math.round(part.uptimeMs / 1000) * 1e9),
      part.residentBytes === undefined ? '' : `${Math.round(part.residentBytes / 1e6)} MB`,
    ]),
  );
  for (const part of parts) {
    if (part.problem !== undefined && part.status !== 'stopped')
      terminal.line(`\n${part.name}: ${part.problem}`);
    for (const line of part.lastLines ?? []) terminal.line(`  │ ${line}`);
  }
  return isWell ? EXIT.ok : EXIT.failed;
};
