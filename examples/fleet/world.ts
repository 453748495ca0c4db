// What the agents of the fleet live in: a clock to sleep by, their spines, the ledger, and a
// calendar for what comes days later. The same agents run on a simulated clock (a week of history
// in seconds) and on the real one (the live tail).
// Example: const world = new World({ clock, transport, random, environment: 'prod', … })
import type { Clock } from '@agentspine/sdk/clock';
import { connect, type Spine } from '@agentspine/sdk/connect';
import type { Drop } from '@agentspine/sdk/drops';
import type { FillRandom } from '@agentspine/sdk/ids';
import type { Transport } from '@agentspine/sdk/transport';
import { Ledger } from './planted.ts';
import { AGENT_IDS, agentFields, ROSTER, type AgentId } from './roster.ts';
import type { Story, StoryName } from './stories.ts';

export type WorldOptions = {
  readonly clock: Clock;
  readonly transport: Transport;
  /** For the SDK's ids. */
  readonly random?: FillRandom;
  readonly buffer?: { readonly maxEvents: number; readonly maxBytes: number };
  /** What comes later than this does not happen: nobody waits days for a live tail. */
  readonly horizonMs: number;
  /** Hears of drops; the SDK's own warning where it is not given. */
  readonly onDrop?: (drop: Drop) => void;
  /** Put people's names into free text too, where no detector of forms can know them. */
  readonly namesInText: boolean;
  readonly stories: readonly Story[];
};

export class World {
  readonly ledger = new Ledger();
  readonly options: WorldOptions;
  readonly #spines: ReadonlyMap<AgentId, Spine>;
  readonly #afterwards = new Set<Promise<void>>();

  constructor(options: WorldOptions) {
    this.options = options;
    this.#spines = new Map(AGENT_IDS.map((id) => [id, spineOf(id, options)]));
  }

  spine(id: AgentId): Spine {
    const spine = this.#spines.get(id);
    if (spine === undefined) throw new RangeError(`no agent ${id} in the fleet`);
    return spine;
  }

  get spines(): readonly Spine[] {
    return [...this.#spines.values()];
  }

  /** The story the agent is in by now. */
  storyOf(id: AgentId): StoryName | null {
    const story = this.options.stories.find(({ agentId }) => agentId === id);
    if (story === undefined) return null;
    const hasBegun = this.options.clock.nowUs() >= story.since.getTime() * 1000;
    return hasBegun ? story.name : null;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.options.clock.after(ms, resolve, true);
    });
  }

  /**
   * What the business learns later: settled when the clock gets there, which the end of a history
   * may not.
   */
  afterwards(delayMs: number, happens: () => void): void {
    if (delayMs > this.options.horizonMs) return;
    const done = this.sleep(delayMs).then(happens);
    this.#afterwards.add(done);
    void done.finally(() => this.#afterwards.delete(done));
  }

  /** Things still to come. */
  get pending(): number {
    return this.#afterwards.size;
  }
}

function spineOf(id: AgentId, options: WorldOptions): Spine {
  const agent = ROSTER[id];
  return connect({
    tenantId: agent.tenantId,
    service: id,
    serviceVersion: agent.version,
    instance: `${id}-0`,
    environment: 'prod',
    agent: agentFields(agent),
    transport: options.transport,
    clock: options.clock,
    ...(options.random && { random: options.random }),
    ...(options.buffer && { buffer: options.buffer }),
    ...(options.onDrop && { onDrop: options.onDrop }),
  });
}
