// Whatever an agent passes in, whatever its hooks do: its own results and errors come back, nothing
// else is thrown, and every event that leaves passes the worker's validation.
import { validate } from '@agentspine/event/validate';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { connect, type Spine } from './connect.ts';
import { MemoryTransport } from './memory-transport.ts';
import type { SpineOptions } from './options.ts';
import type { Run } from './run.ts';

const circular: Record<string, unknown> = {};
circular['self'] = circular;

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  fc.constantFrom<unknown>(
    undefined,
    null,
    Number.NaN,
    -1,
    2 ** 60,
    '\0nul',
    '\ud800lone',
    'x'.repeat(20_000),
    circular,
    Symbol('s'),
    () => 1,
    10n,
    new Uint8Array(9),
    {
      get bad() {
        throw new Error('getter');
      },
      toJSON() {
        throw new Error('toJSON');
      },
    },
    new Proxy(
      {},
      {
        // Promises and test reports may look at these; nobody else gets an answer.
        get(_target, key) {
          if (typeof key === 'symbol' || key === 'then' || key === 'toString') return undefined;
          throw new Error('trap');
        },
        ownKeys() {
          throw new Error('trap');
        },
      },
    ),
    Object.defineProperty(new Error('e'), 'message', {
      get() {
        throw new Error('message');
      },
    }),
  ),
);

const KEYS = [
  'name', 'input', 'output', 'model', 'provider', 'effect', 'confidence', 'alternatives', 'chosen',
  'type', 'links', 'correlation', 'attributes', 'features', 'dataContext', 'attempt', 'runId',
  'conversationId', 'agent', 'actor', 'continuing', 'about', 'kpi', 'value', 'success', 'documents',
  'topK', 'inputTokens', 'status', 'errorType', 'causationId', 'verdict', 'labels', 'rationale',
  'comment', 'score', 'to', 'entity', 'operation', 'id', 'finishReasons', 'ttftNs',
] as const; // prettier-ignore

/**
 * Wrapped, so that a failing test can be printed without touching what throws when it is touched.
 */
const fields: fc.Arbitrary<() => any> = fc
  .oneof(
    { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...KEYS), hostile, { maxKeys: 12 }) },
    { weight: 1, arbitrary: hostile },
  )
  .map((value) => () => value);

function setUp(options: Partial<SpineOptions> = {}) {
  const transport = new MemoryTransport();
  const spine = connect({
    tenantId: 'acme',
    service: 'shop',
    environment: 'test',
    transport,
    onDrop: () => {},
    onProblem: () => {},
    ...options,
  });
  return { spine, transport };
}

async function useAll(ops: Run | Spine, one: any, two: any): Promise<void> {
  expect(await ops.step(one, () => 1)).toBe(1);
  expect(await ops.modelCall(one, (span) => (span.set(two), 2))).toBe(2);
  expect(await ops.toolCall(two, (span) => (span.set(one), 3))).toBe(3);
  expect(await ops.retrieval(one, () => two)).toBe(two);
  expect(await ops.memory(two, () => 5)).toBe(5);
  await expect(ops.step('failing', () => Promise.reject(two))).rejects.toBe(two);
  expect(typeof ops.decision(one)).toBe('string');
  expect(ops.handoff(two)).toHaveProperty('traceparent');
  ops.guardrail(one);
  ops.outcome(two);
  ops.evaluation(one);
  ops.feedback(two);
  ops.stateChange(one);
  ops.error(two, one);
  expect(await ops.step('x', one)).toBe(typeof one === 'function' ? 1 : undefined);
}

describe('hostile arguments', () => {
  it('never change what the agent gets back, and never make an event the worker refuses', async () => {
    let deliveredInAll = 0;
    await fc.assert(
      fc.asyncProperty(fields, fields, fields, async (first, second, third) => {
        const [one, two, three] = [first(), second(), third()];
        const { spine, transport } = setUp();
        const result = await spine.run(three, async (run) => {
          await useAll(run, one, two);
          await useAll(spine, two, one);
          run.set(one);
          return 'result';
        });
        expect(result).toBe('result');
        await useAll(spine, one, three);
        await spine.close();
        for (const event of transport.events) {
          const checked = validate(event, {
            ingestedAtUs: event.event_time,
            futureMaxUs: 1e9,
            pastMaxUs: 1e15,
          });
          expect(checked.is === 'ok' ? '' : checked.cause).toBe('');
        }
        const { recorded, delivered, dropped } = spine.stats();
        const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
        expect(recorded).toBe(delivered + lost);
        deliveredInAll += delivered;
      }),
      { numRuns: 300 },
    );
    expect(deliveredInAll).toBeGreaterThan(300 * 20);
  });
});

describe('hostile surroundings', () => {
  const broken: readonly [string, Partial<SpineOptions>][] = [
    ['no transport', { transport: undefined }],
    ['a tenant of the wrong form', { tenantId: 'Not A Tenant' }],
    ['no service', { service: '' }],
    ['numbers of the wrong kind', { buffer: { maxEvents: -3 }, batch: { maxWaitMs: Number.NaN } }],
    [
      'a transport that throws at once',
      {
        transport: {
          send() {
            throw new Error('at once');
          },
          close() {
            throw new Error('at once');
          },
        },
      },
    ],
    [
      'listeners that throw',
      {
        tenantId: 'NO',
        onDrop: () => {
          throw new Error('listener');
        },
        onProblem: () => Promise.reject(new Error('listener')) as never,
      },
    ],
    [
      'randomness that throws',
      {
        random: () => {
          throw new Error('no entropy');
        },
      },
    ],
    [
      'a redact hook that throws',
      {
        redact: () => {
          throw new Error('hook');
        },
      },
    ],
    ['a redact hook that returns nonsense', { redact: (() => 7) as never }],
  ];

  it.each(broken)('%s changes nothing for the agent', async (_what, options) => {
    const { spine } = setUp(options);
    const result = await spine.run({ input: 'x' }, async (run) => {
      run.decision({ type: 'a', chosen: 'b' });
      run.outcome({ kpi: 'k' });
      const to = run.handoff({ to: 'other' });
      await spine.run({ continuing: to }, () => {});
      return run.step('s', () => 'fine');
    });
    expect(result).toBe('fine');
    const { left } = await spine.close(20);
    const stats = spine.stats();
    const lost = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
    expect(stats.recorded).toBe(stats.delivered + lost);
    expect(left).toBeLessThanOrEqual(stats.dropped.deadline);
  });

  it('connect() with nothing at all gives a spine that is off', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const spine = (connect as (options?: unknown) => Spine)();
    expect(await spine.run({}, () => 4)).toBe(4);
    expect(warn.mock.calls.map(([text]) => String(text)).join()).toContain(
      'SPINE_CONFIG_VALUE connect({ tenantId })',
    );
    warn.mockRestore();
  });

  it('a redact hook sees every event, may change it, and null drops it', async () => {
    const { spine, transport } = setUp({
      redact: (event) =>
        event.kind === 'feedback'
          ? null
          : { ...event, input: event.input && { ...event.input, inline: '[gone]' } },
    });
    await spine.run({ input: 'my card is 4111…' }, (run) => run.feedback({ type: 'rating' }));
    await spine.close();
    expect(transport.events.map((event) => event.kind)).toEqual(['agent_run', 'agent_run']);
    expect(transport.events[0]?.input?.inline).toBe('[gone]');
    expect(spine.stats().dropped.redacted).toBe(1);
  });
});
