// The outbox through the SDK's front door: order, batches, drops, deadlines, and a transport that
// is away, slow or picky.
import { SpineError } from '@agentspine/outcome/errors';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connect } from './connect.ts';
import type { Drop } from './drops.ts';
import { MemoryTransport } from './memory-transport.ts';
import type { SpineOptions } from './options.ts';
import { SimulatedClock } from './simulated-clock.ts';
import type { Transport } from './transport.ts';

function setUp(options: Partial<SpineOptions> = {}) {
  const transport = new MemoryTransport();
  const clock = new SimulatedClock({ startUs: 1_750_000_000_000_000 });
  const drops: Drop[] = [];
  const problems: SpineError[] = [];
  const spine = connect({
    tenantId: 'acme',
    service: 'shop',
    environment: 'test',
    transport,
    clock,
    onDrop: (drop) => drops.push(drop),
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  const say = (from: number, to: number): void => {
    for (let n = from; n < to; n += 1) spine.outcome({ kpi: `k${n}` });
  };
  return { spine, transport, clock, drops, problems, say };
}

const kpis = (transport: MemoryTransport): (string | undefined)[] =>
  transport.events.map((event) => event.outcome?.kpi);
const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `k${from + index}`);

describe('batches', () => {
  it('leave when they are full, and otherwise after the longest wait', async () => {
    const { transport, clock, say } = setUp({ batch: { maxEvents: 4, maxWaitMs: 200 } });
    say(0, 9);
    await clock.step(0);
    expect(transport.batchSizes).toEqual([4, 4]);
    await clock.step();
    await clock.step();
    expect(transport.batchSizes).toEqual([4, 4, 1]);
    expect(kpis(transport)).toEqual(names(0, 9));
  });

  it('are bounded in bytes too', async () => {
    const { spine, transport } = setUp({ batch: { maxBytes: 4096 } });
    for (let n = 0; n < 6; n += 1) {
      spine.feedback({ type: 'rating', comment: 'x'.repeat(1500) });
    }
    await spine.flush();
    expect(transport.batchSizes).toEqual([2, 2, 2]);
  });
});

describe('a full buffer', () => {
  it('drops the newest, counts it, says so once, and never blocks', async () => {
    const { spine, transport, drops, say } = setUp({ buffer: { maxEvents: 5 } });
    transport.isHanging = true;
    say(0, 8);
    expect(spine.stats()).toMatchObject({ recorded: 8, buffered: 5, dropped: { buffer_full: 3 } });
    expect(drops.map((drop) => drop.reason)).toEqual(['buffer_full']);
    transport.release();
    expect(await spine.flush()).toEqual({ delivered: 5, left: 0 });
    expect(kpis(transport)).toEqual(names(0, 5));
    say(8, 9);
    expect(await spine.flush()).toEqual({ delivered: 1, left: 0 });
  });

  it('is bounded in bytes, and one event may not be larger than its own bound', async () => {
    const { spine } = setUp({ buffer: { maxBytes: 5000 }, maxEventBytes: 4096 });
    const rate = (bytes: number): void =>
      spine.feedback({ type: 'rating', comment: 'x'.repeat(bytes) });
    rate(2000);
    rate(2000);
    rate(2000);
    rate(5000);
    expect(spine.stats()).toMatchObject({
      buffered: 2,
      dropped: { buffer_full: 1, too_large: 1 },
    });
    expect(spine.stats().bufferedBytes).toBeLessThanOrEqual(5000);
  });
});

describe('a transport that is away', () => {
  it('gets the same events again, in order, with growing waits, and is reported once per outage', async () => {
    const clock = new SimulatedClock({ startUs: 0 });
    const transport = new MemoryTransport();
    const times: number[] = [];
    const timed: Transport = {
      async send(events) {
        times.push(clock.nowUs() / 1000);
        await transport.send(events);
      },
      close: () => transport.close(),
    };
    const { spine, problems, say } = setUp({
      clock,
      transport: timed,
      batch: { maxWaitMs: 10 },
      backoff: { firstMs: 100, maxMs: 1000 },
    });
    transport.failure = new Error('connection refused');
    say(0, 3);
    while (times.length < 6) await clock.step();
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    waits.forEach((wait, index) => {
      const ceiling = Math.min(100 * 2 ** index, 1000);
      expect(wait).toBeGreaterThanOrEqual(ceiling * 0.2 - 1);
      expect(wait).toBeLessThanOrEqual(ceiling + 1);
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('connection refused');
    transport.failure = null;
    expect(await spine.flush()).toEqual({ delivered: 3, left: 0 });
    expect(kpis(transport)).toEqual(names(0, 3));
    expect(spine.stats()).toMatchObject({ buffered: 0, delivered: 3 });
    expect(spine.stats().retries).toBe(times.length - 1);
  });

  it('does not hold flush or close beyond their deadline, which say what is left', async () => {
    const { spine, transport, clock, say, drops } = setUp();
    transport.isHanging = true;
    say(0, 4);
    const flushed = spine.flush(50);
    while (await clock.step());
    expect(await flushed).toEqual({ delivered: 0, left: 4 });
    const closed = spine.close(70);
    while (await clock.step());
    expect(await closed).toEqual({ delivered: 0, left: 4 });
    expect(await spine.close(1)).toEqual({ delivered: 0, left: 4 });
    expect(transport.isClosed).toBe(true);
    say(4, 6);
    expect(spine.stats()).toMatchObject({
      recorded: 6,
      buffered: 0,
      dropped: { deadline: 4, closed: 2 },
    });
    expect(drops.map((drop) => drop.reason)).toEqual(['deadline', 'closed']);
  });

  it('that never closes does not hold close either', async () => {
    const clock = new SimulatedClock({ startUs: 0 });
    const never: Transport = { send: async () => {}, close: () => new Promise(() => {}) };
    const { spine, say } = setUp({ transport: never, clock });
    say(0, 1);
    const closed = spine.close(100);
    while (await clock.step());
    expect(await closed).toEqual({ delivered: 1, left: 0 });
  });
});

describe('an event the transport refuses', () => {
  it('is dropped alone, whatever its place, and the others arrive in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(39), { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        async (poison, maxEvents) => {
          const bad = new Set(poison.map((n) => `k${n}`));
          const kept = new MemoryTransport();
          const picky: Transport = {
            async send(events) {
              if (events.some((event) => bad.has(event.outcome?.kpi ?? ''))) {
                throw new SpineError('SPINE_ENCODE_FAILED');
              }
              await kept.send(events);
            },
            close: async () => {},
          };
          const { spine, clock, say } = setUp({ transport: picky, batch: { maxEvents } });
          say(0, 40);
          const flushed = spine.flush();
          while (await clock.step());
          expect(await flushed).toEqual({ delivered: 40 - bad.size, left: 0 });
          expect(kpis(kept)).toEqual(names(0, 40).filter((name) => !bad.has(name)));
          expect(spine.stats().dropped.refused).toBe(bad.size);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the counts', () => {
  it('add up at every moment, however the transport behaves', async () => {
    const action = fc.constantFrom('say', 'fail', 'heal', 'hang', 'release', 'step', 'flush');
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const { spine, transport, clock, say } = setUp({
          buffer: { maxEvents: 7 },
          batch: { maxEvents: 3, maxWaitMs: 5 },
        });
        const flushes: Promise<unknown>[] = [];
        let said = 0;
        for (const one of actions) {
          if (one === 'say') say(said, (said += 2));
          else if (one === 'fail') transport.failure = new Error('away');
          else if (one === 'heal') transport.failure = null;
          else if (one === 'hang') transport.isHanging = true;
          else if (one === 'release') transport.release();
          else if (one === 'flush') flushes.push(spine.flush(20));
          else await clock.step();
          const stats = spine.stats();
          const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
          expect(stats.recorded).toBe(stats.delivered + stats.buffered + dropped);
          expect(stats.recorded).toBe(said);
          expect(stats.buffered).toBeLessThanOrEqual(7);
        }
        transport.failure = null;
        transport.release();
        const closed = spine.close(1000);
        while (await clock.step());
        expect((await closed).left).toBe(0);
        await Promise.all(flushes);
        expect(kpis(transport)).toHaveLength(spine.stats().delivered);
        expect(spine.stats().bufferedBytes).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
