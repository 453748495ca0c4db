// Time as the in-memory log sees it. Given a clock, the log asks for time and timers nowhere else,
// so a simulator decides what happens when.
// Example: createMemoryLog({ clock: { nowMs: () => sim.now, after: (ms, run) => sim.at(ms, run) }
// }).

export type Clock = {
  nowMs(): number;
  /** Runs once after so long; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
};

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
