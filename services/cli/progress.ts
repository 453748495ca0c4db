// One line per part while the stack comes up: a live line on a terminal, milestones elsewhere.
// Example: await bringUp({ …, onProgress: progressOn(terminal) })
import type { ProgressLine } from '@agentspine/local-stack/stack';
import { duration, type Terminal } from './terminal.ts';

export function progressOn(terminal: Terminal): (line: ProgressLine) => void {
  const said = new Set<string>();
  return ({ part, step, text, ms }) => {
    const took = ms === undefined ? '' : terminal.style('dim', ` ${duration(ms * 1e6)}`);
    if (step === 'ready' || step === 'already') {
      const state = step === 'ready' ? terminal.style('green', 'ready') : 'already running';
      terminal.say(`  ${part.padEnd(24)}${state}${took}`);
    } else {
      terminal.live(
        `  ${part.padEnd(24)}${step === 'download' ? 'downloading' : 'starting'} ${text}`,
      );
      // A pipe gets each kind of wait once, so that a long download is not silence.
      const key = `${part} ${step}`;
      if (!terminal.isLive && step === 'download' && !said.has(key))
        terminal.say(`  ${part}: ${text}`);
      said.add(key);
    }
  };
}
