// A seeded fleet whose behaviour is known hour by hour: volumes from 10 to 10,000 runs a day,
// steady, seasonal, bursty and moody traffic, four dimensions (tools, errors, latency, confidence).
// Guarantees: unchanged traffic is drawn from one law for five weeks; a drift changes one thing
// from one hour on. Bursts and moods correlate runs, as retry storms and busy Mondays do.
// Example: const agent = agentOf(diceOf(1), 'bursty'); drawSeries(agent, 'tool', hours, dice)
import { HOUR_MS, type HourlySeries } from '@agentspine/drift/hourly-series';
import type { Dice } from './dice.ts';

export const SHAPES = ['steady', 'seasonal', 'bursty', 'moody', 'seasonal and bursty'] as const;
export type Shape = (typeof SHAPES)[number];

export const DIMENSIONS = ['tool', 'error_rate', 'latency_ns', 'confidence'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A Monday, 00:00 UTC. */
export const START_MS = Date.UTC(2026, 0, 5);
export const HISTORY_HOURS = 28 * 24;
export const HOURS = 35 * 24;

export type Agent = {
  readonly shape: Shape;
  readonly runsPerDay: number;
  /** Shares of tools by day and by night; the same where nothing is seasonal. */
  readonly tools: { readonly day: readonly number[]; readonly night: readonly number[] };
  readonly errorRate: number;
  readonly latency: { readonly medianBin: number; readonly sigmaBins: number };
  readonly confidence: { readonly mean: number; readonly deviation: number };
};

export function agentOf(dice: Dice, shape: Shape): Agent {
  const count = 3 + Math.floor(dice.uniform() * 10);
  const zipf = Array.from({ length: count }, (_, at) => 1 / (at + 1) ** 0.8);
  const sum = zipf.reduce((all, each) => all + each, 0);
  const shares = dice.around(
    zipf.map((each) => each / sum),
    60,
  );
  const seasonal = shape.includes('seasonal');
  return {
    shape,
    runsPerDay: 10 ** dice.between(1, 4),
    tools: { day: shares, night: seasonal ? dice.around(shares, 25) : shares },
    errorRate: dice.between(0.02, 0.1),
    latency: { medianBin: 480 + 16 * dice.between(0, 4), sigmaBins: 16 * dice.between(0.6, 1.2) },
    confidence: { mean: dice.between(0.55, 0.8), deviation: dice.between(0.1, 0.16) },
  };
}

/** What holds in one hour, for all dimensions of an agent. */
export type Hour = {
  readonly runs: number;
  readonly tools: readonly number[];
  readonly errorRate: number;
  readonly latencyShiftBins: number;
  readonly confidenceShift: number;
};

/** The agent's law for every hour, bursts and moods included. */
export function hoursOf(agent: Agent, dice: Dice): readonly Hour[] {
  const seasonal = agent.shape.includes('seasonal');
  const bursty = agent.shape.includes('bursty');
  let mood = { tools: 1, shift: 0 };
  let dayTools: readonly number[] = [];
  return Array.from({ length: HOURS }, (_, hour) => {
    const at = new Date(START_MS + hour * HOUR_MS);
    const clock = at.getUTCHours();
    const weekend = at.getUTCDay() % 6 === 0;
    const sun = (1 + Math.cos(((clock - 14) / 24) * 2 * Math.PI)) / 2;
    const daylight = seasonal ? sun * (weekend ? 0.4 : 1) : 1;
    if (clock === 0 && agent.shape === 'moody') {
      mood = { tools: 1, shift: dice.normal() };
      dayTools = dice.around(agent.tools.day, 400);
    }
    const base =
      agent.shape === 'moody'
        ? dayTools
        : agent.tools.day.map(
            (share, k) => daylight * share + (1 - daylight) * (agent.tools.night[k] ?? 0),
          );
    const burst = bursty && dice.uniform() < 0.03;
    const volume = (seasonal ? 0.25 + 1.5 * daylight : 1) * (burst ? dice.between(3, 10) : 1);
    return {
      runs: (agent.runsPerDay / 24) * volume,
      tools: burst ? dice.around(base, 40) : base,
      errorRate: burst
        ? Math.min(0.5, agent.errorRate * dice.between(0.7, 1.6))
        : agent.errorRate * (1 + 0.06 * mood.shift),
      latencyShiftBins:
        (seasonal ? 3 * daylight : 0) + (burst ? 4 * dice.uniform() : 0) + 0.8 * mood.shift,
      confidenceShift: (burst ? 0.03 * dice.normal() : 0) + 0.006 * mood.shift,
    };
  });
}

/** Fifteen points from the top tool to the others; x1.28; confidence up by 0.08; errors doubled. */
export function drifted(
  agent: Agent,
  hour: Hour,
  dimension: Dimension,
  spread: 'one' | 'all',
): Hour {
  if (dimension === 'latency_ns') {
    return { ...hour, latencyShiftBins: hour.latencyShiftBins + 16 * Math.log2(1.28) };
  }
  if (dimension === 'confidence') return { ...hour, confidenceShift: hour.confidenceShift + 0.08 };
  if (dimension === 'error_rate') return { ...hour, errorRate: Math.min(1, hour.errorRate * 2) };
  // The tool that is used most over the day, whatever the hour's own favourite is.
  const mean = agent.tools.day.map((share, k) => share + (agent.tools.night[k] ?? 0));
  const top = mean.indexOf(Math.max(...mean));
  const moved = Math.min(0.15, hour.tools[top] ?? 0);
  const rest = 1 - (hour.tools[top] ?? 0);
  const heir = top === 0 ? 1 : 0;
  const tools = hour.tools.map((share, at) => {
    if (at === top) return share - moved;
    if (spread === 'one') return at === heir ? share + moved : share;
    return share + (moved * share) / rest;
  });
  return { ...hour, tools };
}

export function drawSeries(
  agent: Agent,
  dimension: Dimension,
  hours: readonly Hour[],
  dice: Dice,
): HourlySeries {
  const bins = cellsOf(agent, dimension);
  const counts = new Float64Array(hours.length * bins.length);
  for (const [at, hour] of hours.entries()) {
    const shares = sharesOf(agent, dimension, hour, bins);
    for (const [cell, share] of shares.entries()) {
      counts[at * bins.length + cell] = share > 0 ? dice.poisson(hour.runs * share) : 0;
    }
  }
  const kind = dimension === 'tool' ? 'category' : dimension === 'error_rate' ? 'rate' : 'number';
  return {
    kind,
    scale: dimension === 'confidence' ? 'twentieths' : 'octaves',
    cells: dimension === 'error_rate' ? ['no', 'yes'] : bins.map((bin) => `${bin}`),
    positions: bins,
    startMs: START_MS,
    hours: hours.length,
    counts,
  };
}

function cellsOf(agent: Agent, dimension: Dimension): readonly number[] {
  if (dimension === 'tool') return agent.tools.day.map((_, at) => at);
  if (dimension === 'error_rate') return [0, 1];
  if (dimension === 'confidence') return Array.from({ length: 20 }, (_, at) => at);
  const { medianBin, sigmaBins } = agent.latency;
  const low = Math.floor(medianBin - 4 * sigmaBins);
  return Array.from({ length: Math.ceil(8 * sigmaBins) + 16 }, (_, at) => low + at);
}

function sharesOf(
  agent: Agent,
  dimension: Dimension,
  hour: Hour,
  bins: readonly number[],
): readonly number[] {
  if (dimension === 'tool') return hour.tools;
  if (dimension === 'error_rate') return [1 - hour.errorRate, hour.errorRate];
  if (dimension === 'latency_ns') {
    const { medianBin, sigmaBins } = agent.latency;
    return bell(bins, medianBin + hour.latencyShiftBins, sigmaBins);
  }
  const { mean, deviation } = agent.confidence;
  return bell(bins, 20 * (mean + hour.confidenceShift) - 0.5, 20 * deviation);
}

/** A normal's mass per bin; the first and last bin take the tails. */
function bell(bins: readonly number[], mean: number, deviation: number): number[] {
  const weights = bins.map((bin) => Math.exp(-0.5 * ((bin - mean) / deviation) ** 2));
  const sum = weights.reduce((all, each) => all + each, 0);
  return weights.map((weight) => weight / sum);
}
