// At most so many sends a minute to one receiver.
// Guarantees: counts in a sliding minute; holds at most the sends of one minute in memory.
// Example: if (rate.take('chat', 60, nowMs)) await receiver.send(…)

export type RateLimit = {
  /** True, and counted, where there is room. */
  take(receiver: string, perMinute: number, nowMs: number): boolean;
};

const MINUTE_MS = 60_000;

export function rateLimit(): RateLimit {
  const sends = new Map<string, number[]>();
  return {
    take: (receiver, perMinute, nowMs) => {
      const recent = (sends.get(receiver) ?? []).filter((atMs) => nowMs - atMs < MINUTE_MS);
      sends.set(receiver, recent);
      if (recent.length >= perMinute) return false;
      recent.push(nowMs);
      return true;
    },
  };
}
