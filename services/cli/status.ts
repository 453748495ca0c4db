// spine status: what runs, where, since when, with what memory; a crashed part with the last lines
// of its log. Exit code 0 when all that was started runs, 1 otherwise.
// Guarantees: running means that a round trip to it succeeded just now; changes nothing.
// Example: spine status --json
import { stackStatus } from '@agentspine/local-stack/stack';
import { stateDirOf } from './open.ts';
import { EXIT, flags, type Command } from './shell.ts';
import { uptime } from './terminal.ts';

const COLOURS = { running: 'green', starting: 'yellow', crashed: 'red', stopped: 'dim' } as const;

export const status: Command = async (shell) => {
  const { values } = flags(shell, {});
  const { terminal } = shell;
  const stateDir = stateDirOf(shell, values);
  const parts = await stackStatus(stateDir);
  const isWell = parts.every((part) => part.status === 'running');
  if (values.json) {
    terminal.json({ stateDir, parts });
    return isWell ? EXIT.ok : EXIT.failed;
  }
  if (parts.every((part) => part.status === 'stopped')) {
    terminal.line(`Nothing runs in ${stateDir}. \`spine up\` starts it.`);
    return EXIT.failed;
  }
  terminal.table(
    ['part', 'status', 'pid', 'up', 'memory', 'where'],
    parts.map((part) => [
      part.name,
      terminal.style(COLOURS[part.status], part.status),
      part.pid === undefined ? '' : String(part.pid),
      part.uptimeMs === undefined ? '' : uptime(part.uptimeMs),
      part.residentBytes === undefined ? '' : `${Math.round(part.residentBytes / 1e6)} MB`,
      part.url ?? '',
    ]),
    terminal.isLive ? terminal.width : undefined,
  );
  for (const part of parts) {
    if (part.status === 'crashed') {
      terminal.line(`\n${part.name} ended by itself. The last lines of ${part.logFile}:`);
      for (const line of part.lastLines ?? []) terminal.line(`  │ ${line}`);
    } else if (part.problem !== undefined && part.status !== 'stopped') {
      terminal.line(`\n${part.name}: ${part.problem}`);
    }
  }
  if (!isWell) terminal.line('\n`spine up` starts what does not run.');
  return isWell ? EXIT.ok : EXIT.failed;
};
