// A transport that keeps events in memory: for tests of agents, and for simulations.
// It can be away (every send rejects) and can hang (no send returns until it is released).
// Example: const transport = new MemoryTransport(); connect({ …, transport }); transport.events
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Transport } from './transport.ts';

export class MemoryTransport implements Transport {
  #events: AgentEvent[] = [];
  #released: (() => void)[] = [];
  readonly batchSizes: number[] = [];
  sends = 0;
  isClosed = false;
  /** Set to make sends reject with it. */
  failure: unknown = null;
  isHanging = false;

  get events(): readonly AgentEvent[] {
    return this.#events;
  }

  /** Takes out what came so far. */
  take(): AgentEvent[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }

  /** Lets hanging sends return. */
  release(): void {
    this.isHanging = false;
    for (const resume of this.#released.splice(0)) resume();
  }

  async send(events: readonly AgentEvent[]): Promise<void> {
    this.sends += 1;
    if (this.isHanging) await new Promise<void>((resolve) => this.#released.push(resolve));
    if (this.failure !== null) throw this.failure;
    this.batchSizes.push(events.length);
    this.#events.push(...events);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
