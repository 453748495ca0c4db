// What connect() promises an agent: runs, parents, order, errors and tries, on a simulated clock.
import { describe, expect, it } from 'vitest';
import { byName, eventsOf, spineUnderTest, START_US } from './spine-under-test.ts';

describe('a run', () => {
  it('is a start and an end with one span, ids of the right form and positions from 0', async () => {
    const { spine, transport, clock } = spineUnderTest();
    const run = spine.run({ conversationId: 'c1', input: 'hello' }, async () => {
      await clock.sleep(250);
      return 'done';
    });
    await clock.runUntil(START_US + 1e6);
    expect(await run).toBe('done');
    const [start, end, ...rest] = await eventsOf(spine, transport);
    expect(rest).toEqual([]);
    expect(start).toMatchObject({
      kind: 'agent_run',
      phase: 'start',
      seq: 0,
      tenant_id: 'acme',
      conversation_id: 'c1',
      parent_span_id: null,
      input: { mime: 'text/plain', inline: 'hello', size_bytes: 5 },
      agent: { id: 'concierge', version: '1.2.0' },
      producer: { service: 'shop', environment: 'test', source_format: 'native' },
    });
    expect(end).toMatchObject({
      phase: 'end',
      seq: 1,
      status: 'ok',
      span_id: start?.span_id,
      run_id: start?.run_id,
      start_time: START_US,
      event_time: START_US + 250_000,
      duration_ns: 250_000_000,
      output: { inline: 'done' },
    });
    expect(start?.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(start?.event_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    expect(start?.event_id).not.toBe(end?.event_id);
  });

  it('gives every operation the operation around it as parent, in branches of Promise.all too', async () => {
    const { spine, transport, clock } = spineUnderTest();
    const run = spine.run({}, async () => {
      await Promise.all(
        ['a', 'b', 'c'].map((branch, index) =>
          spine.step(branch, async () => {
            await clock.sleep(10 * (3 - index));
            await spine.toolCall({ name: 't', attributes: { branch } }, async () => {
              await clock.sleep(5);
              spine.decision({ type: 'x', chosen: branch, name: `in ${branch}` });
            });
          }),
        ),
      );
    });
    await clock.runUntil(START_US + 1e6);
    await run;
    const events = await eventsOf(spine, transport);
    const root = events[0]?.span_id;
    for (const branch of ['a', 'b', 'c']) {
      const step = byName(events, branch);
      const tool = events.find((event) => event.attributes['branch'] === branch);
      expect(step.parent_span_id).toBe(root);
      expect(tool?.parent_span_id).toBe(step.span_id);
      expect(byName(events, `in ${branch}`).parent_span_id).toBe(tool?.span_id);
    }
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index));
    expect(new Set(events.map((event) => event.trace_id)).size).toBe(1);
  });

  it('keeps runs side by side apart', async () => {
    const { spine, transport, clock } = spineUnderTest();
    const runs = Promise.all(
      [1, 2, 3].map((n) =>
        spine.run({ runId: `run-${n}` }, async (run) => {
          await clock.sleep(n);
          await run.step(`step-${n}`, () => clock.sleep(3));
        }),
      ),
    );
    await clock.runUntil(START_US + 1e6);
    await runs;
    const events = await eventsOf(spine, transport);
    expect(byName(events, 'step-2')).toMatchObject({ run_id: 'run-2', seq: 1 });
    expect(new Set(events.map((event) => event.trace_id)).size).toBe(3);
  });

  it('inside a run is its child in the same trace and conversation, with an order of its own', async () => {
    const { spine, transport } = spineUnderTest();
    await spine.run({ conversationId: 'c9', correlation: { order_id: 'A1' } }, (outer) =>
      outer.step('delegate', () => spine.run({ agent: { id: 'helper' } }, () => 1)),
    );
    const events = await eventsOf(spine, transport);
    const inner = events.find((event) => event.agent?.id === 'helper');
    expect(inner).toMatchObject({
      conversation_id: 'c9',
      correlation: { order_id: 'A1' },
      trace_id: events[0]?.trace_id,
      parent_span_id: byName(events, 'delegate').span_id,
      parent_remote: false,
      seq: 0,
    });
    expect(inner?.run_id).not.toBe(events[0]?.run_id);
  });

  it('keeps its own operations where the control flow was lost', async () => {
    const { spine, transport } = spineUnderTest();
    let late: (() => string) | undefined;
    await spine.run({ runId: 'r1' }, (run) => {
      late = () => run.decision({ type: 'x', chosen: 'late', name: 'late' });
    });
    late?.();
    const events = await eventsOf(spine, transport);
    expect(byName(events, 'late')).toMatchObject({
      run_id: 'r1',
      parent_span_id: events[0]?.span_id,
    });
  });
});

describe('errors of the agent', () => {
  it('are recorded on every operation they pass and come back as they were', async () => {
    const { spine, transport } = spineUnderTest();
    const error = Object.assign(new Error('too slow'), { code: 'ETIMEDOUT' });
    const run = spine.run({ name: 'run' }, (r) =>
      r.toolCall({ name: 'slow', effect: 'read', input: { id: 1 } }, () => {
        throw error;
      }),
    );
    await expect(run).rejects.toBe(error);
    const events = await eventsOf(spine, transport);
    expect(events[1]).toMatchObject({
      kind: 'tool_call',
      status: 'timeout',
      error_type: 'ETIMEDOUT',
      error_message: 'too slow',
      output: null,
      input: { inline: '{"id":1}' },
    });
    expect(events[2]).toMatchObject({ kind: 'agent_run', phase: 'end', status: 'timeout' });
  });

  it('are tried again by retry, each try linked to the one before', async () => {
    const { spine, transport, clock } = spineUnderTest();
    let calls = 0;
    const run = spine.run({}, (r) =>
      r.retry({ attempts: 3, waitMs: (attempt) => attempt * 100 }, () =>
        r.toolCall({ name: 'flaky' }, () => {
          calls += 1;
          if (calls < 3) throw Object.assign(new Error('busy'), { status: 429 });
          return 'ok';
        }),
      ),
    );
    await clock.runUntil(START_US + 1e6);
    expect(await run).toBe('ok');
    const tools = (await eventsOf(spine, transport)).filter((e) => e.kind === 'tool_call');
    expect(tools.map((e) => [e.attempt, e.status, e.error_type])).toEqual([
      [1, 'error', '429'],
      [2, 'error', '429'],
      [3, 'ok', null],
    ]);
    expect(tools[0]?.links).toEqual([]);
    expect(tools[1]?.links).toEqual([
      { trace_id: tools[0]?.trace_id, span_id: tools[0]?.span_id, rel: 'retry_of' },
    ]);
    expect(tools[2]?.links[0]?.span_id).toBe(tools[1]?.span_id);
    expect(tools.map((e) => e.event_time - START_US)).toEqual([0, 100_000, 300_000]);
  });

  it('end retry when the tries are used up or when() says no', async () => {
    const { spine } = spineUnderTest();
    let calls = 0;
    const failing = () => {
      calls += 1;
      throw new Error(`failure ${calls}`);
    };
    await expect(spine.retry({ attempts: 2 }, failing)).rejects.toThrow('failure 2');
    const never = { attempts: 9, when: () => false };
    await expect(spine.retry(never, failing)).rejects.toThrow('failure 3');
  });
});
