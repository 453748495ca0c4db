// spine demo: the stack comes up, a seeded fleet works through a week and then live, and the last
// screen says what happened and that the counts agree. Exit code 0 only when they do.
// Example: spine demo --seed 7 --runs 600
import { stopStack } from '@agentspine/local-stack/stack';
import { checkTools } from '@agentspine/local-stack/tools';
import { audit, type Audit } from './audit.ts';
import { bringUp } from './bring-up.ts';
import { bringUpInMemory } from './bring-up-in-memory.ts';
import { openLoad, type Load } from './demo-load.ts';
import { agreement, summary, tryNext, type DemoFacts } from './demo-summary.ts';
import { stateDirOf, type Opened } from './open.ts';
import { progressOn } from './progress.ts';
import { EXIT, flags, wholeFlag, type Command, type Shell } from './shell.ts';
import { grouped } from './terminal.ts';

const RATE_PER_SECOND = 40;
const STORED_TIMEOUT_MS = 120_000;

export const demo: Command = async (shell) => {
  const { values } = flags(shell, {
    seed: { type: 'string' },
    runs: { type: 'string' },
    'live-seconds': { type: 'string' },
    keep: { type: 'boolean', default: false },
  });
  const { terminal } = shell;
  const seed = wholeFlag('seed', values.seed, 7);
  const begun = performance.now();
  const stateDir = stateDirOf(shell, values);
  terminal.say(
    'AgentSpine demo: a real Kafka, a real schema registry, the real ClickHouse engine\n',
  );
  const up = await bringUpFor(shell, stateDir);
  const { opened } = up;
  try {
    const before = await audit(opened);
    const startedAt = new Date();
    const load = await openLoad(opened);
    const counts = liveCounts(shell, opened, load, before);
    terminal.say('');
    await load.history({
      seed,
      runs: wholeFlag('runs', values.runs, 600),
      now: startedAt,
      onBatch: counts.tick,
    });
    const broken = await load.broken(seed);
    await runLive(
      load,
      seed + 1,
      wholeFlag('live-seconds', values['live-seconds'], 8) * 1000,
      shell.signal,
    );
    const after = await stored(opened, load, before);
    await counts.stop();
    const facts: DemoFacts = {
      load,
      before,
      after,
      startedAt,
      broken,
      tookMs: performance.now() - begun,
    };
    const isRunning = terminal.isLive || values.keep;
    const isSound = values.json ? agreement(facts).ok : await summary(terminal, opened, facts);
    if (values.json) terminal.json({ ...agreement(facts), took_ms: Math.round(facts.tookMs) });
    else tryNext(terminal, isRunning && up.staysUp);
    if (terminal.isLive && !values.json) await untilInterrupted(shell, load, seed + 2);
    await load.close();
    return isSound ? EXIT.ok : EXIT.failed;
  } finally {
    await opened.close();
    await up.stop();
    if (!values.keep || !up.staysUp) await stopStack(stateDir);
  }
};

type Ready = { readonly opened: Opened; readonly staysUp: boolean; stop(): Promise<void> };

/**
 * The real stack; without a JVM or Maven the same services over the in-memory log, said in one
 * line.
 */
async function bringUpFor(shell: Shell, stateDir: string): Promise<Ready> {
  const options = {
    stateDir,
    cwd: shell.cwd,
    env: shell.env,
    onProgress: progressOn(shell.terminal),
  };
  const { java, maven } = await checkTools();
  if (java !== null && maven !== null) {
    const { opened } = await bringUp(options);
    return { opened, staysUp: true, stop: async () => undefined };
  }
  const missing = java === null ? 'a JVM 17 or newer' : 'Maven';
  shell.terminal.say(
    `  no ${missing} here, so Kafka and the registry are in-memory twins; the ClickHouse engine is real`,
  );
  const { opened, stop } = await bringUpInMemory(options);
  return { opened, staysUp: false, stop };
}

async function runLive(
  load: Load,
  seed: number,
  forMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (forMs === 0) return;
  const ending = AbortSignal.any([AbortSignal.timeout(forMs), signal]);
  await load.live({ seed, ratePerSecond: RATE_PER_SECOND, signal: ending });
}

/** Waits until every record that was produced has a fate in the store. */
async function stored(opened: Opened, load: Load, before: Audit): Promise<Audit> {
  const until = performance.now() + STORED_TIMEOUT_MS;
  for (;;) {
    const now = await audit(opened);
    const added = now.rows + now.deadLetters - before.rows - before.deadLetters;
    if ((added >= load.produced() && now.isSettled) || performance.now() > until) return now;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** One line that counts per stage while the demo runs; on a pipe nothing. */
function liveCounts({ terminal }: Shell, opened: Opened, load: Load, before: Audit) {
  let isOver = false;
  let latest = before;
  const show = (): void => {
    const rows = latest.rows - before.rows;
    const dead = latest.deadLetters - before.deadLetters;
    terminal.live(
      `  produced ${grouped(load.produced())}  →  stored ${grouped(rows)}  ·  dead letters ${grouped(dead)}`,
    );
  };
  const loop = async (): Promise<void> => {
    while (!isOver && terminal.isLive) {
      latest = await audit(opened).catch(() => latest);
      show();
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  };
  const running = loop();
  return {
    tick: show,
    stop: async () => {
      isOver = true;
      await running;
    },
  };
}

/** On a terminal the fleet goes on until Ctrl-C. */
async function untilInterrupted(shell: Shell, load: Load, seed: number): Promise<void> {
  shell.terminal.say('\nThe fleet goes on. Ctrl-C ends it and stops the stack.');
  await load.live({ seed, ratePerSecond: RATE_PER_SECOND, signal: shell.signal });
}
