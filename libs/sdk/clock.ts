// The SDK's only view of time: a wall clock, a monotonic clock and timers, so that tests and
// simulations put in their own. The system clock reads microseconds that run on with the monotonic
// clock between two readings of the wall clock, so that events close together keep their order; it
// follows the wall clock when that is set (beyond 5 ms of difference).
// Example: connect({ …, clock: systemClock() })

export type Clock = {
  /** Microseconds since 1970. */
  nowUs(): number;
  /** Nanoseconds since any fixed moment; never goes back. */
  monotonicNs(): bigint;
  /**
   * Calls `callback` once after `delayMs`; the function returned takes it back. A timer with
   * `keepAlive` holds the process up until it has fired, one without does not.
   */
  after(delayMs: number, callback: () => void, keepAlive: boolean): () => void;
};

const MAX_DELAY_MS = 2_147_483_647;
const MAX_DIFFERENCE_US = 5000;

type Readings = { readonly wallMs: () => number; readonly monotonicNs: () => bigint };

const SYSTEM: Readings = { wallMs: Date.now, monotonicNs: () => process.hrtime.bigint() };

/** `readings` are the two clocks of the machine; tests give their own. */
export function systemClock(readings: Readings = SYSTEM): Clock {
  const { wallMs, monotonicNs } = readings;
  let wallUs = wallMs() * 1000;
  let markNs = monotonicNs();
  return {
    nowUs() {
      const nowUs = wallUs + Number((monotonicNs() - markNs) / 1000n);
      const systemUs = wallMs() * 1000;
      if (Math.abs(systemUs - nowUs) <= MAX_DIFFERENCE_US) return nowUs;
      wallUs = systemUs;
      markNs = monotonicNs();
      return systemUs;
    },
    monotonicNs,
    after(delayMs, callback, keepAlive) {
      const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS));
      if (!keepAlive) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
