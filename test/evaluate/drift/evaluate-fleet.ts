// A fleet of 200 under the rule: a week of unchanged traffic hour by hour, and one drift of each
// kind per agent for a day. The very functions the sentinel uses decide.
// Guarantees: rounds are hourly and corrected for the whole fleet; an agent "has enough data" where
// the rule said ok, not insufficient, at the hour before the drift.
// Example: evaluateFleet(1, 200).unchanged.alarms // 0
import { DEFAULT_RULE } from '@agentspine/drift/rule';
import { correction } from '@agentspine/drift/corrections';
import { judgeSeries } from '@agentspine/drift/judge-series';
import type { State } from '@agentspine/drift/judge-window';
import type { HourlySeries } from '@agentspine/drift/hourly-series';
import { trailing, type ReferenceFor } from '@agentspine/drift/trailing';
import { diceOf } from './dice.ts';
import {
  type Agent,
  agentOf,
  type Dimension,
  DIMENSIONS,
  drawSeries,
  drifted,
  HISTORY_HOURS,
  HOURS,
  hoursOf,
  type Shape,
  SHAPES,
} from './fleet.ts';
import { type PeerName, PEERS } from './peers.ts';

export type Trial = {
  readonly agent: Agent;
  readonly dimension: Dimension;
  readonly seen: boolean;
  /** The rule said before that it could see. */
  readonly enough: boolean;
  readonly delayHours: number;
  /** What was said a day after the drift. */
  readonly words: string;
  readonly peers: ReadonlyMap<PeerName, boolean>;
};

export type FleetResult = {
  readonly trials: readonly Trial[];
  /** Episodes of false alarms, and windows of peers that alarmed. */
  readonly alarms: readonly { readonly shape: Shape; readonly words: string }[];
  readonly rounds: number;
  readonly peerAlarms: ReadonlyMap<PeerName, number>;
  readonly peerAgents: ReadonlyMap<PeerName, number>;
  readonly states: ReadonlyMap<State, number>;
};

export function evaluateFleet(seed: number, agents: number): FleetResult {
  const correct = correctionOf(seed, agents);
  const trials: Trial[] = [];
  const alarms: { shape: Shape; words: string }[] = [];
  const peerAlarms = new Map<PeerName, number>();
  const peerAgents = new Map<PeerName, number>();
  const states = new Map<State, number>();
  for (let number = 0; number < agents; number += 1) {
    const dice = diceFor(seed, number);
    const agent = agentOf(dice, shapeOf(number));
    const hours = hoursOf(agent, dice);
    const noisy = new Set<PeerName>();
    for (const dimension of DIMENSIONS) {
      const series = drawSeries(agent, dimension, hours, dice);
      const referenceFor = trailing(series, { excluded: new Set(), rule: DEFAULT_RULE });
      let alarmed = false;
      for (let endHour = HISTORY_HOURS; endHour <= HOURS; endHour += 1) {
        const found = judgeSeries(referenceFor, series, { dimension, endHour, correct });
        states.set(found.state, (states.get(found.state) ?? 0) + 1);
        const now = found.state === 'warn' || found.state === 'alert';
        if (now && !alarmed) alarms.push({ shape: agent.shape, words: found.words });
        alarmed = now;
      }
      for (const [name, alarm] of PEERS) {
        for (let end = HISTORY_HOURS + 24; end <= HOURS; end += 24) {
          if (!alarm(series, end)) continue;
          peerAlarms.set(name, (peerAlarms.get(name) ?? 0) + 1);
          noisy.add(name);
        }
      }
      const fromHour = HISTORY_HOURS + 24 + Math.floor(dice.uniform() * 120);
      const changed = hours.map((hour, at) =>
        at < fromHour ? hour : drifted(agent, hour, dimension, number % 2 === 0 ? 'one' : 'all'),
      );
      const after = drawSeries(agent, dimension, changed, dice);
      trials.push(
        tryOut(
          { agent, dimension, correct, fromHour },
          splice(series, after, fromHour),
          referenceFor,
        ),
      );
    }
    for (const name of noisy) peerAgents.set(name, (peerAgents.get(name) ?? 0) + 1);
  }
  const rounds = HOURS - HISTORY_HOURS + 1;
  return { trials, alarms, rounds, peerAlarms, peerAgents, states };
}

const diceFor = (seed: number, number: number) => diceOf(seed * 100_003 + number);
const shapeOf = (number: number): Shape => SHAPES[number % SHAPES.length] ?? 'steady';

/** As the sentinel counts: windows large enough to be judged, times the rounds of a day. */
function correctionOf(seed: number, agents: number): (p: number) => number {
  const { windowsHours, currentMin } = DEFAULT_RULE;
  let windows = 0;
  for (let number = 0; number < agents; number += 1) {
    const { runsPerDay } = agentOf(diceFor(seed, number), shapeOf(number));
    windows += windowsHours.filter((hours) => (runsPerDay * hours) / 24 >= currentMin).length;
  }
  return correction(windows * DIMENSIONS.length);
}

/** The unchanged series up to an hour, the changed one from there on. */
function splice(before: HourlySeries, after: HourlySeries, fromHour: number): HourlySeries {
  const counts = before.counts.slice();
  const at = fromHour * before.cells.length;
  counts.set(after.counts.subarray(at), at);
  return { ...before, counts };
}

type Attempt = {
  readonly agent: Agent;
  readonly dimension: Dimension;
  readonly correct: (p: number) => number;
  readonly fromHour: number;
};

function tryOut(
  { agent, dimension, correct, fromHour }: Attempt,
  series: HourlySeries,
  unchanged: ReferenceFor,
): Trial {
  // Before the drift both series are the same; so are the references of windows that begin then.
  const before = judgeSeries(unchanged, series, { dimension, endHour: fromHour, correct });
  const referenceFor = trailing(series, { excluded: new Set(), rule: DEFAULT_RULE });
  let delayHours = Infinity;
  let words = '';
  for (let endHour = fromHour + 1; endHour <= fromHour + 24; endHour += 1) {
    const found = judgeSeries(referenceFor, series, { dimension, endHour, correct });
    const { state } = found;
    words = found.words;
    if (state !== 'warn' && state !== 'alert') continue;
    delayHours = endHour - fromHour;
    break;
  }
  const seen = Number.isFinite(delayHours);
  const peers = new Map(PEERS.map(([name, alarm]) => [name, alarm(series, fromHour + 24)]));
  return { agent, dimension, seen, enough: before.state === 'ok', delayHours, words, peers };
}
