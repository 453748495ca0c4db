// A world for tests of the sentinel: series that break and mend on a clock that is moved by hand,
// receivers that count what they hear, and kill -9 at any step.
// Guarantees: deterministic for a seed; a kill ends the process before or after the step took
// effect, and nothing of its memory is left.
// Example: const world = simulatedWorld({ rules, routes }); await world.round()
import type { Notification } from '@agentspine/alert/delivery';
import { memoryStore, type MemoryStore } from '@agentspine/alert/memory-store';
import { parseRoutes } from '@agentspine/alert/parse-routes';
import { parseRules } from '@agentspine/alert/parse-rules';
import type { Sample } from '@agentspine/alert/sample';
import { SENT, type Receiver, type Sent } from '@agentspine/notify/receiver';
import { deliver } from './deliver.ts';
import { evaluateOnce, type Round, type SentinelPorts } from './evaluate-once.ts';
import { rateLimit } from './rate-limit.ts';

/** What an incident tool would show. */
export type Incident = { opens: number; updates: number; resolves: number; isOpen: boolean };

export type Heard = {
  readonly messages: Notification[];
  /** By incident; a repeated send with the same key is one, as these tools do it. */
  readonly incidents: Map<string, Incident>;
};

export type World = {
  readonly store: MemoryStore;
  readonly heard: ReadonlyMap<string, Heard>;
  readonly ports: SentinelPorts;
  nowMs: number;
  samples: readonly Sample[];
  /** What a receiver answers instead of taking it. */
  answer: (receiver: string) => Sent | undefined;
  /** One round and its sends; false where it was killed. */
  round(): Promise<boolean>;
  /** The last whole round. */
  last: Round | undefined;
};

export type WorldOptions = {
  readonly rules: readonly unknown[];
  readonly routes: unknown;
  /** Receivers that do not deduplicate. */
  readonly forgetful?: readonly string[];
  /** True: kill now. Asked before and after every step that has an effect. */
  readonly kills?: () => boolean;
};

class Killed extends Error {}

const source = (value: unknown) => ({
  value,
  locate: () => 'rules.yaml:1',
  nearest: () => undefined,
});

/** A test that is not about tests beside rules still needs one. */
const withTest = (rule: unknown): unknown => ({
  name: 'Runs fail',
  severity: 'high',
  advice: 'Look.',
  runbook: 'docs/alerts.md#test',
  ...(rule as object),
  tests: [{ name: 'none', expect: [] }],
});

export function simulatedWorld({ rules, routes, forgetful = [], kills }: WorldOptions): World {
  const store = memoryStore();
  const heard = new Map<string, Heard>();
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    if (kills?.() === true) throw new Killed();
    const value = await act();
    if (kills?.() === true) throw new Killed();
    return value;
  };
  const routing = parseRoutes(source(routes));
  const receivers = new Map<string, Receiver>();
  for (const { id } of routing.receivers.values()) {
    const one: Heard = { messages: [], incidents: new Map() };
    heard.set(id, one);
    receivers.set(id, {
      id,
      kind: 'test',
      deduplicates: !forgetful.includes(id),
      send: (notification) =>
        step(async () => {
          const refusal = world.answer(id);
          if (refusal !== undefined) return refusal;
          hear(one, notification);
          return SENT;
        }),
    });
  }
  const ports: SentinelPorts = {
    signals: {
      lagMs: async () => 0,
      samples: async () => world.samples,
      context: async () => new Map(),
    },
    store: {
      ...store,
      saveAlerts: (all, nowMs) => step(() => store.saveAlerts(all, nowMs)),
      saveDeliveries: (all, nowMs) => step(() => store.saveDeliveries(all, nowMs)),
    },
    alerting: {
      ...parseRules([source({ rules: rules.map(withTest) })]),
      routing,
      businessOf: () => ({ owner: 'o', team: 't', criticality: '', costCenter: '', kpi: '' }),
      linkOf: () => '',
    },
    receivers,
  };
  const world: World = {
    store,
    heard,
    ports,
    nowMs: Date.UTC(2026, 0, 5),
    samples: [],
    answer: () => undefined,
    last: undefined,
    round: async () => {
      try {
        world.last = await evaluateOnce(ports, { nowMs: world.nowMs });
        const rate = rateLimit();
        await deliver(ports, world.last.deliveries, { nowMs: () => world.nowMs, rate });
        return true;
      } catch (error) {
        if (error instanceof Killed) return false;
        throw error;
      }
    },
  };
  return world;
}

function hear({ messages, incidents }: Heard, notification: Notification): void {
  messages.push(notification);
  const { incident: key, action } = notification;
  const known = incidents.get(key);
  const incident = known ?? { opens: 0, updates: 0, resolves: 0, isOpen: false };
  incidents.set(key, incident);
  if (action === 'resolve') {
    // Resolving what is not open says nothing.
    if (incident.isOpen) incident.resolves += 1;
    incident.isOpen = false;
  } else if (!incident.isOpen) {
    incident.opens += 1;
    incident.isOpen = true;
  } else incident.updates += 1;
}
