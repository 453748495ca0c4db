// The fleet as it goes on, in real time: the same agents on the system's clock, through the SDK's
// own buffer and batches to the transport given, at about the rate wanted. What its agents do is
// seeded; ids and times are new every time.
// Example: const live = startLive({ seed: 7, ratePerSecond: 50, signal, transport }); await
//   live.done; live.planted()
import { systemClock } from '@agentspine/sdk/clock';
import type { SpineStats } from '@agentspine/sdk/connect';
import type { Transport } from '@agentspine/sdk/transport';
import type { Breach, Planted } from './planted.ts';
import { AGENT_IDS, type AgentId } from './roster.ts';
import { CaseBook } from './start-case.ts';
import { storiesUntil } from './stories.ts';
import { World } from './world.ts';

export type LiveOptions = {
  readonly seed: number;
  /** Events per second, on average. */
  readonly ratePerSecond: number;
  /** Ends the intake; cases under way may finish within `graceMs`. */
  readonly signal: AbortSignal;
  readonly transport: Transport;
  readonly graceMs?: number;
  readonly namesInText?: boolean;
  /** Short everyday runs with each case; none where it is not given. */
  readonly everydayPerCase?: number;
  /** The stories of stories.ts have begun and go on. */
  readonly withStories?: boolean;
};

export type Live = {
  /** Resolves when all is delivered or given up. Never rejects. */
  readonly done: Promise<void>;
  planted(): readonly Planted[];
  breaches(): readonly Breach[];
  stats(): Readonly<Record<AgentId, SpineStats>>;
};

const EVENTS_PER_CASE = 12;
const EVENTS_PER_EVERYDAY_RUN = 4;
const TICK_MS = 20;
const HORIZON_MS = 30_000;
const FLUSH_MS = 10_000;

export function startLive(options: LiveOptions): Live {
  const { seed, ratePerSecond, signal, transport, graceMs = 5000, namesInText = true } = options;
  const { everydayPerCase = 0, withStories = false } = options;
  const clock = systemClock();
  // The agents share one transport, which closes once.
  const shared: Transport = { send: (events) => transport.send(events), close: async () => {} };
  const world = new World({
    clock,
    transport: shared,
    buffer: { maxEvents: 50_000, maxBytes: 64 * 1024 * 1024 },
    horizonMs: Math.min(HORIZON_MS, graceMs),
    namesInText,
    stories: withStories ? storiesUntil(clock.nowUs()) : [],
    // Cases that outlast the grace go on unheard; stats() counts them.
    onDrop: () => {},
  });
  const perSecond = ratePerSecond / (EVENTS_PER_CASE + everydayPerCase * EVENTS_PER_EVERYDAY_RUN);
  const cases = new CaseBook(world, seed);
  const done = intake({ cases, perSecond, everydayPerCase, signal, graceMs }).then(async () => {
    await Promise.all(world.spines.map((spine) => spine.close(FLUSH_MS)));
    await transport.close().catch(() => {});
  });
  return {
    done,
    planted: () => world.ledger.planted(),
    breaches: () => world.ledger.breaches(),
    stats: () =>
      Object.fromEntries(AGENT_IDS.map((id) => [id, world.spine(id).stats()])) as Record<
        AgentId,
        SpineStats
      >,
  };
}

/** Starts as many cases as the time that has passed asks for, until the signal. */
async function intake(options: {
  cases: CaseBook;
  perSecond: number;
  everydayPerCase: number;
  signal: AbortSignal;
  graceMs: number;
}): Promise<void> {
  const { cases, perSecond, everydayPerCase, signal, graceMs } = options;
  const running = new Set<Promise<void>>();
  const start = performance.now();
  while (!signal.aborted) {
    const wanted = ((performance.now() - start) / 1000) * perSecond;
    while (cases.started < wanted && !signal.aborted) {
      const short = Array.from({ length: everydayPerCase }, () => cases.startEveryday());
      for (const one of [cases.start(), ...short]) {
        running.add(one);
        void one.finally(() => running.delete(one));
      }
    }
    await wait(TICK_MS, signal);
  }
  await Promise.race([Promise.all(running), wait(graceMs)]);
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal?.addEventListener('abort', over, { once: true });
  });
}
