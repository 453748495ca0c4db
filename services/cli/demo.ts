// spine demo: the stack comes up, a seeded fleet works through a week and then live, and the last
// screen says what happened and that the counts agree. On a terminal the fleet goes on until
// Ctrl-C.
// Guarantees: exit code 0 only when the counts agree; whatever ends it, the stack is stopped, but
// with --keep.
// Example: spine demo --seed 7 --runs 9600
import { stopStack } from '@agentspine/local-stack/stack';
import { checkTools } from '@agentspine/local-stack/tools';
import { audit, type Audit } from './audit.ts';
import { bringUpStack, startServices } from './bring-up.ts';
import { bringUpInMemory } from './bring-up-in-memory.ts';
import { sayFound } from './demo-found.ts';
import { openLoad, type Load } from './demo-load.ts';
import { agreement, summary, tryNext, type DemoFacts } from './demo-summary.ts';
import { stateDirOf, type Opened } from './open.ts';
import { progressOn } from './progress.ts';
import { EXIT, flags, wholeFlag, type Command, type Shell } from './shell.ts';
import { duration, grouped } from './terminal.ts';

/** Enough for every agent of the week to have what drift asks for, with the day's 200 runs. */
const RUNS = 9_600;
const RATE_PER_SECOND = 40;
const STORED_TIMEOUT_MS = 120_000;
const POLL_MS = 250;
const COUNT_EVERY_MS = 1_000;

type Wishes = {
  readonly seed: number;
  readonly runs: number;
  readonly liveMs: number;
  readonly isKept: boolean;
  readonly isJson: boolean;
  readonly place: string;
};

export const demo: Command = async (shell) => {
  const { values } = flags(shell, {
    seed: { type: 'string' },
    runs: { type: 'string' },
    'live-seconds': { type: 'string' },
    keep: { type: 'boolean', default: false },
  });
  const wishes: Wishes = {
    seed: wholeFlag('seed', values.seed, 7),
    runs: wholeFlag('runs', values.runs, RUNS),
    liveMs: wholeFlag('live-seconds', values['live-seconds'], 8) * 1000,
    isKept: values.keep,
    isJson: values.json,
    place: values.state === undefined ? '' : ` --state ${values.state}`,
  };
  const stateDir = stateDirOf(shell, values);
  let up: Ready | undefined;
  const sayStop = (): void => shell.terminal.say('\nStopping the stack…');
  shell.signal.addEventListener('abort', sayStop, { once: true });
  try {
    const begun = performance.now();
    up = await bringUpFor(shell, stateDir);
    return await show(shell, up, wishes, begun);
  } finally {
    await up?.stop().catch(() => undefined);
    if (!wishes.isKept || up?.staysUp !== true) await stopStack(stateDir);
  }
};

/** What there is to see, on a stack that takes events. */
async function show(shell: Shell, up: Ready, wishes: Wishes, begun: number): Promise<number> {
  const { terminal } = shell;
  const facts = await work(shell, up, wishes, begun);
  if (shell.signal.aborted) return EXIT.interrupted;
  const isSound = wishes.isJson ? agreement(facts).ok : await summary(terminal, up.opened, facts);
  if (wishes.isJson) {
    terminal.json({ ...agreement(facts), took_ms: Math.round(facts.tookMs) });
  } else {
    const isRunning = terminal.isLive || (wishes.isKept && up.staysUp);
    const left = up.staysUp ? 'stopped' : 'gone';
    const is = isRunning ? 'running' : left;
    const run = await sayFound(terminal, up.opened, facts.load.stories(), shell.nowMs());
    if (isRunning) await up.watch();
    tryNext(terminal, { is, place: wishes.place, run });
    if (terminal.isLive) await untilInterrupted(shell, facts.load, wishes.seed + 2);
  }
  await facts.load.close();
  return isSound ? EXIT.ok : EXIT.failed;
}

/** The week, while services still start; some broken records; then live, until all is stored. */
async function work(shell: Shell, up: Ready, wishes: Wishes, begun: number): Promise<DemoFacts> {
  const { terminal, signal } = shell;
  const { opened } = up;
  const { seed, runs, liveMs } = wishes;
  const before = await audit(opened);
  const startedAt = new Date(shell.nowMs());
  const load = await openLoad(opened);
  const counts = liveCounts(shell, opened, load, before);
  const weekBegun = performance.now();
  await Promise.all([
    up.services,
    load.history({ seed, runs, now: startedAt, signal, onBatch: counts.tick }),
  ]);
  const broken = await load.broken(seed, startedAt);
  const took = duration((performance.now() - weekBegun) * 1e6);
  const week = `${grouped(load.produced())} events ${terminal.style('dim', took)}`;
  terminal.say(`  ${'a week of the fleet'.padEnd(24)}${week}`);
  if (liveMs > 0 && !signal.aborted) {
    terminal.say(`  ${'the fleet, live'.padEnd(24)}${duration(liveMs * 1e6)}`);
    const ending = AbortSignal.any([AbortSignal.timeout(liveMs), signal]);
    await load.live({ seed: seed + 1, ratePerSecond: RATE_PER_SECOND, signal: ending });
  }
  const after = await stored(opened, load, before, signal);
  await counts.stop();
  return { load, before, after, startedAt, broken, tookMs: performance.now() - begun };
}

type Ready = {
  readonly opened: Opened;
  /** Resolves when worker and sink answer. */
  readonly services: Promise<void>;
  readonly staysUp: boolean;
  stop(): Promise<void>;
  /** Starts the sentinel's rounds, where the stack goes on. */
  watch(): Promise<void>;
};

/**
 * The real stack; without a JVM or Maven the same services over the in-memory log, said in one
 * line.
 */
async function bringUpFor(shell: Shell, stateDir: string): Promise<Ready> {
  const { terminal, cwd, env } = shell;
  const options = { stateDir, cwd, env, onProgress: progressOn(terminal) };
  const { java, maven } = await checkTools(env);
  if (java !== null && maven !== null) {
    terminal.say('AgentSpine demo: real Kafka, real schema registry, real ClickHouse engine\n');
    const { opened, configFile } = await bringUpStack(options);
    // The sentinel looks at the week when it is stored, once; before that it would judge a part of
    // it.
    const services = startServices(options, configFile, ['worker', 'sink']);
    // Whoever awaits it later hears of a failure; until then it must not end the process.
    services.catch(() => undefined);
    const stop = async (): Promise<void> => {
      await services.catch(() => undefined);
      await opened.close();
    };
    const watch = (): Promise<void> => startServices(options, configFile, ['sentinel']);
    return { opened, services, staysUp: true, stop, watch };
  }
  const missing = java === null ? 'Java 17 or newer' : 'Maven';
  terminal.say(
    `AgentSpine demo: no ${missing} here, so Kafka and the registry are in-memory twins; the ClickHouse engine is real\n`,
  );
  const { opened, stop } = await bringUpInMemory(options);
  const stopAll = async (): Promise<void> => {
    await stop();
    await opened.close();
  };
  const watch = (): Promise<void> => Promise.resolve();
  return { opened, services: Promise.resolve(), staysUp: false, stop: stopAll, watch };
}

/** Waits until every record that was produced has a fate in the store, or no more come. */
async function stored(
  opened: Opened,
  load: Load,
  before: Audit,
  signal: AbortSignal,
): Promise<Audit> {
  let until = performance.now() + STORED_TIMEOUT_MS;
  let most = 0;
  for (;;) {
    const now = await audit(opened);
    const added = now.rows + now.deadLetters - before.rows - before.deadLetters;
    if (added > most) until = performance.now() + STORED_TIMEOUT_MS;
    most = Math.max(most, added);
    const isOver = (added >= load.produced() && now.isSettled) || performance.now() > until;
    if (isOver || signal.aborted) return now;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** One line that counts per stage while the demo runs; on a pipe nothing. */
function liveCounts({ terminal }: Shell, opened: Opened, load: Load, before: Audit) {
  const ending = new AbortController();
  let latest = before;
  const tick = (): void => {
    const rows = grouped(latest.rows - before.rows);
    const dead = grouped(latest.deadLetters - before.deadLetters);
    const produced = grouped(load.produced());
    terminal.live(`  produced ${produced}  →  stored ${rows}  ·  dead letters ${dead}`);
  };
  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      latest = await audit(opened).catch(() => latest);
      tick();
      await new Promise((resolve) => setTimeout(resolve, COUNT_EVERY_MS));
    }
  };
  const running = terminal.isLive ? loop() : Promise.resolve();
  return {
    tick,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** On a terminal the fleet goes on until Ctrl-C. */
async function untilInterrupted(shell: Shell, load: Load, seed: number): Promise<void> {
  shell.terminal.say('\nThe fleet goes on. Ctrl-C ends it and stops the stack.');
  await load.live({ seed, ratePerSecond: RATE_PER_SECOND, signal: shell.signal });
}
