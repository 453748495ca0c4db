// Counts what the SDK could not keep, by reason, and says so once per reason: the agent's log is
// not the place for a line per event. Nothing here throws, whatever the listeners do.
// Example: drops.count('buffer_full', 1, 'transport away since 12:00') →
//   stats().dropped.buffer_full is 1
import type { SpineError } from '@agentspine/outcome/errors';

export const DROP_REASONS = [
  /** The buffer was full: the newest event was dropped. */
  'buffer_full',
  /** The event alone was larger than maxEventBytes. */
  'too_large',
  /** The transport refused the event itself. */
  'refused',
  /** Recorded after close(). */
  'closed',
  /** Still in the buffer when the deadline of close() had passed. */
  'deadline',
  /** An operation outside of any run: there is nothing to attach it to. */
  'outside_run',
  /** The redact hook threw or returned no event; nothing is sent in clear instead. */
  'redact_failed',
  /** The redact hook returned null. */
  'redacted',
  /** The event could not be built. */
  'bad_argument',
  /** There is no transport, or the options were wrong: the SDK is off. */
  'off',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export type Drop = { readonly reason: DropReason; readonly count: number; readonly detail: string };

export type Listeners = {
  /** Called with the first drop of each reason; stats() has the counts. */
  readonly onDrop?: ((drop: Drop) => void) | undefined;
  /**
   * Called once per problem: the transport is away, an option is wrong, a value did not fit its
   * field.
   */
  readonly onProblem?: ((problem: SpineError) => void) | undefined;
};

export type Drops = {
  count(reason: DropReason, count: number, detail: string): void;
  problem(error: SpineError): void;
  counts(): Record<DropReason, number>;
  total(): number;
};

export function createDrops(listeners: Listeners): Drops {
  const counts = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<
    DropReason,
    number
  >;
  let total = 0;
  return {
    count(reason, count, detail) {
      const first = counts[reason] === 0;
      counts[reason] += count;
      total += count;
      // Being off is a choice that onProblem has heard of, and `redacted` is what the hook wanted.
      if (!first || reason === 'off' || reason === 'redacted') return;
      const warn = (): void => process.emitWarning(`${reason}: ${detail}`, 'AgentSpineDrop');
      quietly(() => (listeners.onDrop ? listeners.onDrop({ reason, count, detail }) : warn()));
    },
    problem(error) {
      const warn = (): void =>
        process.emitWarning(`${error.message} ${error.hint}`, 'AgentSpine', error.code);
      quietly(() => (listeners.onProblem ? listeners.onProblem(error) : warn()));
    },
    counts: () => ({ ...counts }),
    total: () => total,
  };
}

/** Runs a listener; an async one may reject, and neither reaches the agent. */
function quietly(listener: () => unknown): void {
  try {
    Promise.resolve(listener()).catch(() => {});
  } catch {
    // A listener that throws has been told; there is nobody else to tell.
  }
}
