// Where the SDK hands its events to. kafka-transport.ts is the one for production; tests and
// simulations give their own.
// Contract: send resolves when all events are durable, in order; it rejects when it cannot say so,
// and the SDK sends the same events again, with the same ids. An error that isRefusal() names is
// about the events themselves: trying again would not help, so the SDK finds the event and drops it
// alone, counted.
// Example: connect({ …, transport: { send: async (events) => { kept.push(...events); }, close:
//   async () => {} } })
import type { AgentEvent } from '@agentspine/event/agent-event';
import { isSpineError } from '@agentspine/outcome/errors';

export interface Transport {
  send(events: readonly AgentEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** True for errors that say the events cannot be taken, now or later. */
export function isRefusal(error: unknown): boolean {
  return (
    isSpineError(error) &&
    (error.code === 'SPINE_ENCODE_FAILED' || error.code === 'SPINE_RECORD_TOO_LARGE')
  );
}

/**
 * A transport that opens itself at the first send, so that an agent starts while the other side is
 * away. An attempt that fails is made again with the next send.
 */
export function lazyTransport(open: () => Promise<Transport>): Transport {
  let opening: Promise<Transport> | null = null;
  return {
    async send(events) {
      opening ??= open();
      const attempt = opening;
      try {
        await attempt;
      } catch (error) {
        if (opening === attempt) opening = null;
        throw error;
      }
      await (await attempt).send(events);
    },
    async close() {
      if (opening !== null) await (await opening).close();
    },
  };
}
