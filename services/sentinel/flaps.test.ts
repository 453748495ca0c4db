// One incident is opened once and resolved once: over a hundred flaps, over restarts, and with
// kill -9 before and after every write and every send. Time is moved by hand.
import type { Sample } from '@agentspine/alert/sample';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { simulatedWorld, type World } from './simulated-world.ts';

const ROUND_MS = 30_000;
const RULE = {
  id: 'ERRORS',
  kind: 'threshold',
  metric: 'error_share',
  window: '5m',
  bound: 0.1,
  for: '1m',
  keep_firing_for: '10m',
};
const ROUTES = {
  route: { receiver: 'pager', group_wait: '30s', group_interval: '1m', repeat_interval: '30d' },
  receivers: [{ id: 'pager', kind: 'pagerduty', routing_key: { env: 'X' } }],
};
const CHAT = {
  route: { ...ROUTES.route, receiver: 'chat' },
  receivers: [{ id: 'chat', kind: 'slack', webhook_url: { env: 'X' } }],
};

const share = (value: number): readonly Sample[] => [
  { labels: { tenant: 'acme', agent: 'refunds' }, value, n: 500 },
];

async function run(world: World, rounds: number, isBroken: (at: number) => boolean): Promise<void> {
  for (let at = 0; at < rounds; at += 1) {
    world.samples = share(isBroken(at) ? 0.5 : 0.01);
    await world.round();
    world.nowMs += ROUND_MS;
  }
}

const quiet = (world: World): Promise<void> => run(world, 60, () => false);

/** Broken for five minutes, then a hundred times whole for a minute and broken for a minute. */
async function flap(world: World): Promise<void> {
  await run(world, 10, () => true);
  await run(world, 400, (at) => at % 4 >= 2);
  await quiet(world);
}

function incidentsOf(world: World, receiver: string) {
  return [...(world.heard.get(receiver)?.incidents.values() ?? [])];
}

const ONCE = { opens: 1, resolves: 1, isOpen: false };

test('a hundred flaps are one incident, opened once and resolved once, in two messages', async () => {
  const world = simulatedWorld({ rules: [RULE], routes: ROUTES });
  await flap(world);
  expect(incidentsOf(world, 'pager')).toEqual([{ ...ONCE, updates: 0 }]);
  expect(world.heard.get('pager')?.messages.map(({ action }) => action)).toEqual([
    'open',
    'resolve',
  ]);
  expect(world.store.deliveries().map(({ state }) => state)).toEqual(['sent', 'sent']);
});

test('a hundred separate incidents are opened and resolved once each', async () => {
  const world = simulatedWorld({ rules: [RULE], routes: ROUTES });
  for (let at = 0; at < 100; at += 1) {
    await run(world, 8, () => true);
    await run(world, 24, () => false);
  }
  const incidents = incidentsOf(world, 'pager');
  expect(incidents).toHaveLength(100);
  for (const incident of incidents) expect(incident).toEqual({ ...ONCE, updates: 0 });
});

describe('with kill -9', () => {
  test('at every step in turn, the incident is still one, and nothing is lost', async () => {
    // The last kill of a round comes after its steps: two per save and two per send.
    for (let victim = 0; victim < 40; victim += 1) {
      let asked = 0;
      const kills = (): boolean => (asked += 1) === victim;
      const world = simulatedWorld({ rules: [RULE], routes: ROUTES, kills });
      await run(world, 10, () => true);
      await quiet(world);
      expect([victim, incidentsOf(world, 'pager')]).toEqual([
        victim,
        [{ ...ONCE, updates: expect.any(Number) as number }],
      ]);
    }
  });

  test('at random steps over a hundred flaps, the incident is opened and resolved once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 2, max: 60 }), async (seed, oneIn) => {
        let state = seed >>> 0;
        const random = (): number => (state = (state * 1_664_525 + 1_013_904_223) >>> 0);
        let kills = true;
        const world = simulatedWorld({
          rules: [RULE],
          routes: ROUTES,
          kills: () => kills && random() % oneIn === 0,
        });
        await run(world, 20, () => true);
        await run(world, 400, (at) => at % 4 >= 2);
        kills = false;
        await run(world, 4, () => true);
        await quiet(world);
        const incidents = incidentsOf(world, 'pager');
        expect(incidents.filter(({ isOpen }) => isOpen)).toEqual([]);
        expect(incidents.map(({ opens, resolves }) => [opens, resolves])).toEqual([[1, 1]]);
      }),
      { numRuns: 10 },
    );
  });

  test('a receiver that does not deduplicate hears each at least once, or at most once where it asks so', async () => {
    for (const onDoubt of ['repeat', 'drop'] as const) {
      for (let victim = 0; victim < 40; victim += 1) {
        let asked = 0;
        const [receiver] = CHAT.receivers;
        const world = simulatedWorld({
          rules: [RULE],
          routes: { ...CHAT, receivers: [{ ...receiver, on_doubt: onDoubt }] },
          forgetful: ['chat'],
          kills: () => (asked += 1) === victim,
        });
        await run(world, 10, () => true);
        await quiet(world);
        const ids = world.heard.get('chat')?.messages.map(({ id }) => id) ?? [];
        const different = new Set(ids).size;
        if (onDoubt === 'repeat') expect([victim, different]).toEqual([victim, 2]);
        else expect([victim, ids.length]).toEqual([victim, different]);
      }
    }
  });
});
