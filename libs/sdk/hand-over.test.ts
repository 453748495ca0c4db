// What leaves a run: hand-overs to other agents, facts that come later, and what an agent says of
// its calls.
import { describe, expect, it } from 'vitest';
import { eventsOf, spineUnderTest, verdictOf } from './spine-under-test.ts';

describe('hand-overs and what comes after', () => {
  it('carry trace, conversation and cause to another process and to a later outcome', async () => {
    const first = spineUnderTest();
    const handed = await first.spine.run({ conversationId: 'c1' }, (run) => {
      const id = run.decision({ type: 'refund', chosen: 'yes', confidence: 0.9 });
      const to = run.handoff({ to: 'human-desk', taskId: 't1', input: 'please check' });
      return { id, carrier: JSON.stringify(to), about: run.carrier() };
    });
    const sent = await eventsOf(first.spine, first.transport);
    const handoff = sent.find((event) => event.kind === 'handoff');
    expect(handoff?.handoff).toMatchObject({ from_agent: 'concierge', to_agent: 'human-desk' });

    const second = spineUnderTest({ agent: { id: 'human-desk' } });
    await second.spine.run({ continuing: JSON.parse(handed.carrier) }, () => {});
    second.spine.outcome({
      kpi: 'resolution',
      value: 1,
      success: true,
      decisionId: handed.id,
      ...(handed.about && { about: handed.about }),
    });
    const [start, , outcome] = await eventsOf(second.spine, second.transport);
    expect(start).toMatchObject({
      trace_id: handoff?.trace_id,
      parent_span_id: handoff?.span_id,
      parent_remote: true,
      causation_id: handoff?.event_id,
      conversation_id: 'c1',
      agent: { id: 'human-desk' },
    });
    expect(start?.run_id).not.toBe(handoff?.run_id);
    expect(outcome).toMatchObject({
      kind: 'outcome',
      run_id: handoff?.run_id,
      trace_id: handoff?.trace_id,
      agent: null,
      seq: null,
      outcome: { kpi: 'resolution', value: 1, success: true, decision_id: handed.id },
    });
  });

  it('that know no run stand alone, and every such fact passes validation', async () => {
    const { spine, transport } = spineUnderTest();
    spine.outcome({ kpi: 'nps', value: 9 });
    spine.feedback({ type: 'rating', score: 5, comment: 'nice' });
    spine.evaluation({ name: 'helpfulness', score: 0.5 });
    spine.error(new Error('boot failed'));
    spine.stateChange({ entity: 'claim', from: 'open', to: 'paid' });
    const events = await eventsOf(spine, transport);
    expect(events.map((event) => event.kind)).toEqual([
      'outcome',
      'feedback',
      'evaluation',
      'error',
      'state_change',
    ]);
    for (const event of events) expect(verdictOf(event)).toBe('ok');
  });
});

describe('what an agent says of its calls', () => {
  it('is set on the way and taken from the result', async () => {
    const { spine, transport } = spineUnderTest();
    await spine.run({}, async (run) => {
      await run.modelCall({ model: 'm-1', provider: 'p', input: 'q' }, (span) => {
        span.set({ inputTokens: 12, outputTokens: 3, finishReasons: ['stop'] });
        return 'an answer';
      });
      await run.retrieval({ sourceId: 'kb', topK: 2, input: 'q' }, (span) => {
        span.set({ documents: [{ id: 'd1', score: 0.7 }], output: null });
        return ['a whole document'];
      });
      await run.memory({ operation: 'upsert', storeId: 'm', sourceTrust: 'untrusted' }, () => {});
      run.guardrail({ verdict: 'deny', action: 'block', riskScore: 0.9 });
    });
    const events = await eventsOf(spine, transport);
    expect(events[1]).toMatchObject({
      kind: 'model_call',
      name: 'm-1',
      model: { request_model: 'm-1', input_tokens: 12, output_tokens: 3, finish_reasons: ['stop'] },
      output: { inline: 'an answer' },
    });
    expect(events[2]).toMatchObject({
      kind: 'retrieval',
      retrieval: { source_id: 'kb', documents: [{ id: 'd1', score: 0.7, version: null }] },
      output: null,
    });
    expect(events[3]).toMatchObject({ kind: 'memory', memory: { source_trust: 'untrusted' } });
    expect(events[4]).toMatchObject({ kind: 'guardrail', guardrail: { verdict: 'deny' } });
    for (const event of events) expect(verdictOf(event)).toBe('ok');
  });

  it('is kept to its bounds, with the digest of the original', async () => {
    const { spine, transport } = spineUnderTest({ content: { maxBytes: 10 } });
    await spine.run({ input: 'grün grün grün' }, () => {});
    const [start] = await eventsOf(spine, transport);
    expect(start?.input).toEqual({
      mime: 'text/plain',
      inline: 'grün grü',
      ref: null,
      digest: 'sha256:b761e1be116bb9e3661c74854d6f0f42e10a4484e6633f218529ce4d2a92a612',
      size_bytes: 17,
      truncated: true,
    });
  });

  it('is left out where content is not captured, size and type apart', async () => {
    const { spine, transport } = spineUnderTest({ content: { capture: false } });
    await spine.run({ input: { card: '4111' } }, () => 'x');
    const [start] = await eventsOf(spine, transport);
    expect(start?.input).toMatchObject({ inline: null, digest: null, size_bytes: 15 });
  });

  it('records the start of every operation where that is wanted, and the input once', async () => {
    const { spine, transport } = spineUnderTest({ starts: true });
    await spine.run({}, (run) => run.toolCall({ name: 't', input: 'i' }, () => 'o'));
    const tools = (await eventsOf(spine, transport)).filter((e) => e.kind === 'tool_call');
    expect(tools.map((e) => [e.phase, e.input?.inline, e.output?.inline])).toEqual([
      ['start', 'i', undefined],
      ['end', undefined, 'o'],
    ]);
    expect(tools[0]?.span_id).toBe(tools[1]?.span_id);
  });
});
