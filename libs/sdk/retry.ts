// Runs a function until it succeeds, the tries are used up or the caller says stop. The last error
// comes back unchanged. A `when` or `waitMs` that throws ends the tries: the function's own error
// is what the agent must see.
// Example: await retry(clock, { attempts: 3, waitMs: 200 }, (tries) => call(tries.attempt))
import type { Clock } from './clock.ts';
import type { Tries } from './context.ts';
import type { RetryOptions } from './fields.ts';

const MAX_ATTEMPTS = 100;

export async function retry<T>(
  clock: Clock,
  options: RetryOptions,
  run: (tries: Tries) => T | Promise<T>,
): Promise<T> {
  let previous: Tries['previous'] = null;
  for (let attempt = 1; ; attempt += 1) {
    const tries: Tries = { attempt, previous, failed: null };
    try {
      return await run(tries);
    } catch (error) {
      const waitMs = nextWait(options, error, attempt);
      if (waitMs === null) throw error;
      previous = tries.failed ?? previous;
      if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve, true));
    }
  }
}

/** How long to wait before the next try; null when there is none. */
function nextWait(options: RetryOptions, error: unknown, attempt: number): number | null {
  try {
    const attempts = Math.min(options.attempts, MAX_ATTEMPTS);
    if (!(attempt < attempts)) return null;
    if (options.when !== undefined && !options.when(error, attempt)) return null;
    const { waitMs } = options;
    const wanted = typeof waitMs === 'function' ? waitMs(attempt) : (waitMs ?? 0);
    return Number.isFinite(wanted) ? Math.max(wanted, 0) : 0;
  } catch {
    return null;
  }
}
