// The SDK's only view of time: a wall clock, a monotonic clock and timers, so that tests and simulations put in their own.
// The system clock reads microseconds that run on with the monotonic clock between two readings of the wall clock, so
// that events close together keep their order; it follows the wall clock when that is set (beyond 5 ms of difference).
// Example: connect({ …, clock: systemClock() })

export type Clock = {
  /** Microseconds since 1970. */
  nowUs(): number;
  /** Nanoseconds since any fixed moment; never goes back. */
  monotonicNs(): bigint;
  /**
   * Calls `callback` once after `delayMs`; the function returned takes it back. A timer with `keepAlive` holds the
   * process up until it has fired, one without does not.
   */
  after(delayMs: number, callback: () => void, keepAlive: boolean): () => void;
};

const MAX_DELAY_MS = 2_147_483_647;
const MAX_DIFFERENCE_US = 5000;

export function systemClock(): Clock {
  let wallUs = Date.now() * 1000;
  let markNs = process.hrtime.bigint();
  return {
    nowUs() {
      const nowUs = wallUs + Number((process.hrtime.bigint() - markNs) / 1000n);
      const systemUs = Date.now() * 1000;
      if (Math.abs(systemUs - nowUs) <= MAX_DIFFERENCE_US) return nowUs;
      wallUs = systemUs;
      markNs = process.hrtime.bigint();
      return systemUs;
    },
    monotonicNs: () => process.hrtime.bigint(),
    after(delayMs, callback, keepAlive) {
      const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS));
      if (!keepAlive) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
