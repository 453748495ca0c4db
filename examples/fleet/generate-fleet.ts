// A week of the fleet on a simulated clock: the same agents, the same SDK, and for one seed and one
// `now` the same events to the byte, ids and times included. Events are pulled, so whoever takes
// them sets the pace.
// Example:
//   const fleet = generateFleet({ seed: 7, runs: 500, now: new Date(), mode: 'history' });
//   for await (const events of fleet.events()) await transport.send(events);
//   fleet.planted(); fleet.breaches();
import type { AgentEvent } from '@agentspine/event/agent-event';
import { MemoryTransport } from '@agentspine/sdk/memory-transport';
import { SimulatedClock } from '@agentspine/sdk/simulated-clock';
import { arrivals } from './arrivals.ts';
import { Dice } from './dice.ts';
import type { Breach, Planted } from './planted.ts';
import { CaseBook } from './start-case.ts';
import { storiesUntil, type Story } from './stories.ts';
import { World } from './world.ts';

export type HistoryOptions = {
  readonly seed: number;
  /** Cases that come in; hand-overs add runs of their own. */
  readonly runs: number;
  /** The end of the history: nothing is dated later. */
  readonly now: Date;
  readonly historyDays?: number;
  readonly mode?: 'history';
  /**
   * Put names into free text too, not into actor.on_behalf_of alone; true where it is not given.
   */
  readonly namesInText?: boolean;
  /** Short everyday runs between the cases, evenly by agent; none where it is not given. */
  readonly everyday?: number;
  /** Let the stories of stories.ts happen; a calm week where it is not given. */
  readonly withStories?: boolean;
};

export type Fleet = {
  /**
   * In the order they were sent, in batches of a few hundred. Ends at `now`; may be called once.
   */
  events(): AsyncGenerator<readonly AgentEvent[], void, undefined>;
  /** Every personal value and secret that is in the events so far, from the fleet's own memory. */
  planted(): readonly Planted[];
  /** Every rule broken on purpose so far. */
  breaches(): readonly Breach[];
  /** What was made to go wrong, as an analysis should find it; empty for a calm week. */
  stories(): readonly Story[];
};

const BATCH = 500;
/** Facts one after the other differ by so much. */
const TICK_US = 3;
const CASE_SECONDS = 120;
const DAY_US = 86_400_000_000;

export function generateFleet(options: HistoryOptions): Fleet {
  const { seed, now, namesInText = true } = options;
  const endUs = now.getTime() * 1000;
  const dice = new Dice(seed);
  const coming = comingOf(options, dice);
  const stories = options.withStories === true ? storiesUntil(endUs) : [];
  const clock = new SimulatedClock({ startUs: coming[0]?.atUs ?? endUs, tickUs: TICK_US });
  const transport = new MemoryTransport();
  const idDice = dice.fork(2);
  const world = new World({
    clock,
    transport,
    random: (into) => idDice.fill(into),
    horizonMs: Infinity,
    namesInText,
    stories,
  });
  return {
    events: () => history({ world, clock, transport, coming, endUs, seed }),
    planted: () => world.ledger.planted(),
    breaches: () => world.ledger.breaches(),
    stories: () => stories,
  };
}

type Coming = { readonly atUs: number; readonly isEveryday: boolean };

/** What comes in, in order. The last comes early enough to be over at the end. */
function comingOf(options: HistoryOptions, dice: Dice): readonly Coming[] {
  const { runs, everyday = 0, now, historyDays = 7 } = options;
  const nowUs = now.getTime() * 1000;
  const until = {
    startUs: nowUs - historyDays * DAY_US,
    endUs: nowUs - CASE_SECONDS * 1_000_000,
  };
  const cases = arrivals({ ...until, dice: dice.fork(1), runs });
  // Everyday work is started by schedules and systems as well: they know no weekend.
  const short = arrivals({ ...until, dice: dice.fork(3), runs: everyday, weekend: 1 });
  return [
    ...cases.map((atUs) => ({ atUs, isEveryday: false })),
    ...short.map((atUs) => ({ atUs, isEveryday: true })),
  ].toSorted((left, right) => left.atUs - right.atUs);
}

async function* history(parts: {
  world: World;
  clock: SimulatedClock;
  transport: MemoryTransport;
  coming: readonly Coming[];
  endUs: number;
  seed: number;
}): AsyncGenerator<readonly AgentEvent[], void, undefined> {
  const { world, clock, transport, coming, endUs, seed } = parts;
  const cases = new CaseBook(world, seed);
  for (const { atUs, isEveryday } of coming) {
    while (await clock.step(atUs)) {
      if (transport.events.length >= BATCH) yield transport.take();
    }
    await clock.runUntil(atUs);
    void (isEveryday ? cases.startEveryday() : cases.start());
  }
  while (await clock.step(endUs)) {
    if (transport.events.length >= BATCH) yield transport.take();
  }
  const closing = Promise.all(world.spines.map((spine) => spine.flush(1000)));
  let isOver = false;
  void closing.then(() => {
    isOver = true;
  });
  while (!isOver) await clock.step(endUs);
  await closing;
  if (transport.events.length > 0) yield transport.take();
}
