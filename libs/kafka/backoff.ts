// Waiting between tries: longer each time, with a random part so that many processes do not come
// back at once, and ended early by wake().
// Example: const backoff = createBackoff({ firstMs: 100, lastMs: 5_000 }); await backoff.wait();

export type Backoff = {
  /** Waits, and waits longer the next time. */
  wait(): Promise<void>;
  /** Ends the wait under way, and every later one at once. */
  wake(): void;
  /** The next wait is the first again. */
  reset(): void;
};

export function createBackoff(options: {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly random?: () => number;
}): Backoff {
  const { firstMs, lastMs, random = Math.random } = options;
  let nextMs = firstMs;
  let awake = false;
  let end: (() => void) | null = null;
  return {
    wait: () => {
      if (awake) return Promise.resolve();
      const ms = nextMs * (0.5 + random() / 2);
      nextMs = Math.min(nextMs * 2, lastMs);
      return new Promise((resolve) => {
        const timer = setTimeout(done, ms);
        function done(): void {
          clearTimeout(timer);
          end = null;
          resolve();
        }
        end = done;
      });
    },
    wake: () => {
      awake = true;
      end?.();
    },
    reset: () => {
      nextMs = firstMs;
    },
  };
}
