// A spine on a simulated clock with seeded ids and a transport in memory, for this room's tests.
// Example: const { spine, transport, clock } = spineUnderTest({ starts: true })
import type { AgentEvent } from '@agentspine/event/agent-event';
import { validate } from '@agentspine/event/validate';
import { expect } from 'vitest';
import { connect, type Spine } from './connect.ts';
import { MemoryTransport } from './memory-transport.ts';
import type { SpineOptions } from './options.ts';
import { SimulatedClock } from './simulated-clock.ts';

export const START_US = Date.UTC(2026, 0, 5) * 1000;

let state = 1;

/**
 * Numerical Recipes' linear congruential generator: enough for ids that differ, the same on every
 * run.
 */
function seededBytes(into: Uint8Array): void {
  for (let at = 0; at < into.length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    into[at] = state >>> 24;
  }
}

export function spineUnderTest(options: Partial<SpineOptions> = {}) {
  const transport = new MemoryTransport();
  const clock = new SimulatedClock({ startUs: START_US });
  const spine = connect({
    tenantId: 'acme',
    service: 'shop',
    environment: 'test',
    agent: { id: 'concierge', version: '1.2.0' },
    transport,
    clock,
    random: seededBytes,
    onDrop: () => {},
    onProblem: () => {},
    ...options,
  });
  return { spine, transport, clock };
}

export async function eventsOf(
  spine: Spine,
  transport: MemoryTransport,
): Promise<readonly AgentEvent[]> {
  expect(await spine.close(1000)).toMatchObject({ left: 0 });
  return transport.events;
}

export const byName = (events: readonly AgentEvent[], name: string): AgentEvent => {
  const found = events.find((event) => event.name === name && event.phase !== 'start');
  if (found === undefined) throw new Error(`no event named ${name}`);
  return found;
};

/** What the worker's validation would say: 'ok', or the code and cause of the dead letter. */
export function verdictOf(event: AgentEvent): string {
  const checked = validate(event, {
    ingestedAtUs: event.event_time,
    futureMaxUs: 1e9,
    pastMaxUs: 1e15,
  });
  return checked.is === 'ok' ? 'ok' : `${checked.code} ${checked.cause}`;
}
