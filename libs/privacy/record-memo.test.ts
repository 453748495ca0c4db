// What is remembered of records that come again changes nothing: events that share their agents,
// actors and producers are scrubbed like events that share nothing, by a step that remembers
// nothing.
import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Actor, Agent, Producer } from '@agentspine/event/agent-event';
import { agentEvent, content, producer } from '@agentspine/event/build';
import { REPEATED_RECORDS } from '@agentspine/event/repeated-records';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldSet, readEventFields } from './event-fields.ts';
import { parseFieldPolicy } from './field-policy.ts';
import { compilePrivacy } from './pseudonymize.ts';
import type { PseudonymKeys } from './token.ts';

const FIELDS = readEventFields(
  JSON.parse(readFileSync(new URL('../../schemas/agent-event.avsc', import.meta.url), 'utf8')),
);
const POLICIES = [
  {
    'agent.id': 'detect',
    'actor.id': { action: 'pseudonymise', type: 'actor' },
    'actor.on_behalf_of': { action: 'pseudonymise', type: 'actor' },
  },
  // declared in three records, in turn; a field of the actor is dropped, one of the agent cut
  {
    'actor.id': { action: 'pseudonymise', type: 'actor' },
    'attributes.customer': { action: 'pseudonymise', type: 'customer' },
    'actor.on_behalf_of': { action: 'pseudonymise', type: 'person' },
    'producer.instance': { action: 'pseudonymise', type: 'host' },
    'actor.type': 'drop',
    'agent.name': { action: 'truncate', chars: 4 },
  },
  {},
];
const stepsOf = (policy: object) =>
  compilePrivacy(
    parseFieldPolicy({ version: 1, fields: policy }, fieldSet(FIELDS), () => 'test:1'),
    FIELDS,
  );

const keysOf = (version: string, first: number): PseudonymKeys => {
  const keys = new Map<string, ReturnType<typeof createSecretKey>>();
  return {
    version,
    keyFor: (tenant) => {
      const made = keys.get(tenant) ?? createSecretKey(Buffer.alloc(32, first + tenant.length));
      keys.set(tenant, made);
      return made;
    },
  };
};
const KEYS = [keysOf('k1', 1), keysOf('k2', 1), keysOf('k1', 40)] as const;

const words = fc.constantFrom(
  '',
  'bob',
  'mia_li_3668',
  'Sofia Lopez',
  'bob@example.org',
  'support',
  'call 415-555-2671',
  'A-850489',
  'pii_actor_k1_AAAAAAAAAAAAAAAAAAAAAA',
  'mia_li_3668 for Sofia Lopez',
);
const maybe = fc.option(words);
const agents = fc.record<Agent>({
  id: maybe,
  name: maybe,
  version: maybe,
  framework: maybe,
  prompt_name: maybe,
  prompt_version: maybe,
  policy_bundle: maybe,
});
const actors = fc.record<Actor>({ type: words, id: maybe, on_behalf_of: maybe });
const producers = fc.record<Producer>({
  service: words,
  service_version: maybe,
  instance: maybe,
  environment: maybe,
  sdk: maybe,
  source_format: words,
});
/** A few of each, as a fleet has them, and events that pick among them. */
const fleets = fc.record({
  agents: fc.array(agents, { minLength: 1, maxLength: 3 }),
  actors: fc.array(actors, { minLength: 1, maxLength: 3 }),
  producers: fc.array(producers, { minLength: 1, maxLength: 2 }),
  picks: fc.array(
    fc.record({
      agent: fc.nat(3),
      actor: fc.nat(3),
      producer: fc.nat(1),
      keys: fc.nat(2),
      tenant: fc.constantFrom('acme', 'northwind'),
      text: words,
      customer: words,
    }),
    { minLength: 1, maxLength: 12 },
  ),
});

type Fleet = typeof fleets extends fc.Arbitrary<infer T> ? T : never;

function eventsOf(fleet: Fleet) {
  return fleet.picks.map((pick, k) => ({
    keys: KEYS[pick.keys] ?? KEYS[0],
    event: agentEvent({
      event_id: `0190f3a1-7c00-7000-8000-00000000000${k % 10}`,
      tenant_id: pick.tenant,
      kind: 'step',
      event_time: 1_763_870_000_000_000,
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: '00f067aa0ba902b7',
      run_id: 'run-1',
      agent: fleet.agents[pick.agent] ?? null,
      actor: fleet.actors[pick.actor] ?? null,
      producer: fleet.producers[pick.producer] ?? producer({ service: 'demo' }),
      input: content(pick.text),
      attributes: { customer: pick.customer },
    }),
  }));
}

describe('what is remembered of records', () => {
  test.each(POLICIES.map((policy, k) => [k, policy] as const))(
    'changes nothing under policy %i',
    (_, policy) => {
      fc.assert(
        fc.property(fleets, (fleet) => {
          const remembering = stepsOf(policy);
          for (const { event, keys } of eventsOf(fleet)) {
            const fresh = structuredClone(event);
            expect(remembering(event, keys)).toEqual(stepsOf(policy)(fresh, keys));
          }
        }),
        { numRuns: 80 },
      );
    },
  );

  test('does not answer for a key that is gone', () => {
    const step = stepsOf(POLICIES[0]!);
    const [first] = eventsOf({
      agents: [],
      actors: [{ type: 'user', id: 'mia_li_3668', on_behalf_of: null }],
      producers: [],
      picks: [{ agent: 3, actor: 0, producer: 1, keys: 0, tenant: 'acme', text: '', customer: '' }],
    });
    const { event } = first!;
    expect(step(event, KEYS[0]).is).toBe('ok');
    const gone: PseudonymKeys = {
      version: 'k1',
      keyFor: () => {
        throw new TypeError('no key');
      },
    };
    expect(step(event, gone)).toMatchObject({ is: 'deadLetter', code: 'SPINE_PRIVACY_FAILED' });
  });

  test('is kept for records of text alone', () => {
    if (FIELDS.is !== 'record') throw new Error('the schema is a record');
    const repeated = [...FIELDS.fields.values()].filter(
      (field) => field.is === 'record' && REPEATED_RECORDS.has(field.name),
    );
    expect(repeated.length).toBe(REPEATED_RECORDS.size);
    for (const field of repeated) {
      const kinds = field.is === 'record' ? [...field.fields.values()] : [];
      expect(kinds.every((child) => child.is === 'text')).toBe(true);
    }
  });
});
