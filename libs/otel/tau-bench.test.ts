// tau-bench runs written by hand, generated, and the 200 real ones.
// Guarantees: the real file is counted by separate code (plain JSON.parse and loops over raw
// messages), never by the mapping.
// Example: SPINE_SHARED_DIR=../shared vitest run --project unit libs/otel/tau-bench.test.ts
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AgentEvent } from '@agentspine/event/agent-event';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaves, leavesWithin } from './leaves.ts';
import { mapTauBench } from './tau-bench.ts';

const shared = process.env['SPINE_SHARED_DIR'] ?? resolve(import.meta.dirname, '../../../shared');
const realFile = resolve(shared, 'data/traces/tau-bench/gpt-4o-airline.json');
const options = {
  tenantId: 'acme',
  source: 'gpt-4o-airline.json',
  baseTimeUs: 1_750_000_000_000_000,
};

function run(traj: unknown[], fields: object = {}): unknown {
  return { task_id: 1, trial: 0, reward: 1, info: { task: { user_id: 'u_1' } }, traj, ...fields };
}

function call(id: string, name: string, args = '{}'): object {
  return { id, type: 'function', function: { name, arguments: args } };
}

const hasMessage = (event: AgentEvent): boolean => 'message.role' in event.correlation;
const toolEvents = (events: AgentEvent[]): AgentEvent[] =>
  events.filter((event) => event.kind === 'tool_call');

describe('mapTauBench', () => {
  it('gives a run its start, its messages, its decisions and its end, in order', () => {
    const events = mapTauBench(
      [
        run([
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: null, tool_calls: [call('c1', 'lookup', '{"a":1}')] },
          { role: 'tool', tool_call_id: 'c1', name: 'lookup', content: 'Error: not found' },
          { role: 'assistant', content: 'Sorry.' },
        ]),
      ],
      options,
    );
    expect(events.map((event) => `${event.kind} ${event.name}`)).toEqual([
      'agent_run tau-bench run',
      'step message.system',
      'step message.user',
      'model_call message.assistant',
      'decision decide.tool',
      'tool_call lookup',
      'model_call message.assistant',
      'decision decide.reply',
      'outcome outcome.task_success',
      'agent_run tau-bench run',
    ]);
    expect(events.map((event) => event.seq)).toEqual([...events.keys()]);
    expect(events[5]).toMatchObject({
      status: 'error',
      error_message: 'Error: not found',
      input: { inline: '{"a":1}', mime: 'application/json' },
      output: { inline: 'Error: not found', mime: 'text/plain' },
      tool: { name: 'lookup', call_id: 'c1', call_index: 0, type: 'function' },
      correlation: { task_id: '1', trial: '0', 'message.index': '3', 'turn.index': '2' },
      causation_id: events[4]?.event_id,
    });
    expect(events[4]?.decision).toMatchObject({ type: 'tool', chosen: 'lookup' });
    expect(events[8]?.outcome).toMatchObject({ kpi: 'task_success', value: 1, success: true });
  });

  it('keeps calls apart whose ids repeat or are empty, and answers each at most once', () => {
    const events = mapTauBench(
      run([
        { role: 'assistant', tool_calls: [call('x', 'a'), call('x', 'b'), call('', 'c')] },
        { role: 'tool', tool_call_id: 'x', name: 'a', content: 'first' },
        { role: 'tool', tool_call_id: '', name: 'c', content: 'third' },
        { role: 'tool', tool_call_id: 'x', name: 'b', content: 'second' },
        { role: 'assistant', tool_calls: [call('x', 'a')] },
        { role: 'tool', tool_call_id: 'x', name: 'a', content: 'fourth' },
      ]),
      options,
    );
    const outputs = toolEvents(events).map((event) => event.output?.inline);
    expect(outputs).toEqual(['first', 'second', 'third', 'fourth']);
    expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length);
  });

  it('calls a call without a result cancelled, and gives an answer nobody asked for a step', () => {
    const events = mapTauBench(
      run([
        { role: 'assistant', tool_calls: [call('x', 'a')] },
        { role: 'assistant', content: 'hm' },
        { role: 'tool', tool_call_id: 'y', name: 'b', content: 'late' },
      ]),
      options,
    );
    expect(toolEvents(events)).toMatchObject([{ status: 'cancelled', output: null }]);
    const orphan = events.find((event) => event.name === 'message.tool');
    expect(orphan).toMatchObject({ kind: 'step', input: { inline: 'late' } });
    expect(orphan?.attributes).toMatchObject({ 'message.tool_call_id': 'y', 'message.name': 'b' });
  });

  it('keeps what no field fits in attributes, by its original path', () => {
    const events = mapTauBench(
      run([{ role: 'assistant', content: 'x', refusal: { why: 'no' } }], {
        info: {
          user_cost: 0.5,
          reward_info: { reward: 1 },
          odd: [1],
          task: { user_id: 7, outputs: ['1'] },
        },
        seed: 42,
      }),
      options,
    );
    const all = Object.assign({}, ...events.map((event) => event.attributes)) as object;
    expect(all).toMatchObject({
      'message.refusal': '{"why":"no"}',
      'info.user_cost': '0.5',
      'info.odd': '[1]',
      'info.task.user_id': '7',
      'info.task.outputs': '["1"]',
      'info.reward_info': '{"reward":1}',
      seed: '42',
      'agentspine.time_source': 'synthetic',
    });
  });

  it('refuses a wrong shape with its place', () => {
    const refusals: [unknown, string][] = [
      [[run([]), { traj: null }], '$[1].traj: wanted an array, found null'],
      [[run([{ content: 'x' }])], '$[0].traj[0].role: wanted a string, found nothing'],
      [[run([], { reward: 'good' })], '$[0].reward: wanted a number, found a string'],
      [
        [run([{ role: 'assistant', tool_calls: [{ function: {} }] }])],
        '$[0].traj[0].tool_calls[0].function.name: wanted a string, found nothing',
      ],
    ];
    for (const [file, message] of refusals) {
      expect(() => mapTauBench(file, options)).toThrow(message);
    }
  });

  it('shows every message and call of any conversation exactly once', () => {
    const id = fc.constantFrom('', 'x', 'y');
    const calls = fc.array(fc.record({ id, name: fc.constantFrom('a', 'b') }), { maxLength: 3 });
    const assistant = calls.map((list) => ({
      role: 'assistant',
      tool_calls: list.map((one) => call(one.id, one.name)),
    }));
    const tool = fc.record({
      role: fc.constant('tool'),
      tool_call_id: id,
      name: fc.constantFrom('a', 'b'),
    });
    const user = fc.constant({ role: 'user', content: 'u' });
    fc.assert(
      fc.property(fc.array(fc.oneof(assistant, tool, user), { maxLength: 12 }), (traj) => {
        const events = mapTauBench(run(traj), options);
        const seen = events
          .filter(hasMessage)
          .map((event) => Number(event.correlation['message.index']));
        expect(seen.toSorted((a, b) => a - b)).toEqual([...traj.keys()]);
        const wanted = traj.reduce((n, m) => n + ('tool_calls' in m ? m.tool_calls.length : 0), 0);
        expect(toolEvents(events)).toHaveLength(wanted);
        expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length);
        expect(new Set(events.slice(0, -1).map((event) => event.span_id)).size).toBe(
          events.length - 1,
        );
      }),
    );
  });
});

type RawMessage = { role: string; tool_calls?: unknown[]; content: string | null };
type RawRun = { reward: number; traj: RawMessage[] };

const skipped = !existsSync(realFile);
const title = skipped ? ' (skipped: no shared data; set SPINE_SHARED_DIR)' : '';

// Skipped where the real traces are not at hand: they are never committed; the title says so.
describe.skipIf(skipped)(`mapTauBench on 200 real runs${title}`, () => {
  const source = skipped ? [] : (JSON.parse(readFileSync(realFile, 'utf8')) as RawRun[]);
  const events = skipped ? [] : mapTauBench(source, options);
  const count = (test: (event: AgentEvent) => boolean): number => events.filter(test).length;

  it('has every message once, by role', () => {
    const wanted: Record<string, number> = {};
    for (const { traj } of source) {
      for (const { role } of traj) wanted[role] = (wanted[role] ?? 0) + 1;
    }
    const found: Record<string, number> = {};
    for (const event of events.filter(hasMessage)) {
      const role = event.correlation['message.role'] ?? '';
      found[role] = (found[role] ?? 0) + 1;
    }
    expect(found).toEqual(wanted);
    expect(wanted).toEqual({ system: 200, user: 1490, assistant: 2454, tool: 1164 });
    const keys = events
      .filter(hasMessage)
      .map((e) => `${e.run_id} ${e.correlation['message.index']}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has every tool call, failure and reward once', () => {
    let [calls, failures, rewards] = [0, 0, 0];
    for (const { traj, reward } of source) {
      if (reward === 1) rewards += 1;
      for (const message of traj) {
        calls += message.tool_calls?.length ?? 0;
        if (message.role === 'tool' && message.content?.startsWith('Error')) failures += 1;
      }
    }
    expect([calls, failures, rewards]).toEqual([1164, 73, 84]);
    expect(count((event) => event.kind === 'tool_call')).toBe(calls);
    expect(count((event) => event.kind === 'tool_call' && event.status === 'error')).toBe(failures);
    expect(count((event) => event.kind === 'outcome')).toBe(source.length);
    expect(count((event) => event.outcome?.success === true)).toBe(rewards);
    expect(count((event) => event.kind === 'agent_run' && event.phase === 'start')).toBe(200);
  });

  it('carries every message text where its role says', () => {
    const runIds = [...new Set(events.map((event) => event.run_id))];
    const bodies = new Map(
      events.filter(hasMessage).map((event) => {
        const { 'message.index': index, 'message.role': role } = event.correlation;
        const body = role === 'assistant' || role === 'tool' ? event.output : event.input;
        return [`${event.run_id} ${index} ${role}`, body?.inline ?? null];
      }),
    );
    for (const [index, { traj }] of source.entries()) {
      for (const [at, { role, content }] of traj.entries()) {
        expect(bodies.get(`${runIds[index]} ${at} ${role}`)).toBe(content);
      }
    }
  });

  it('gives every event an id of its own, and the same ids when imported again at another time', () => {
    const ids = events.map((event) => event.event_id);
    expect(new Set(ids).size).toBe(ids.length);
    const uuid = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    expect(ids.filter((id) => !uuid.test(id))).toEqual([]);
    const again = mapTauBench(source, { ...options, baseTimeUs: 1 });
    expect(again.map((event) => event.event_id)).toEqual(ids);
    expect(new Set(events.map((event) => event.run_id)).size).toBe(200);
  });

  it('drops no value of the source: each is found again in the events of its run', () => {
    const runIds = [...new Set(events.map((event) => event.run_id))];
    for (const [index, element] of source.entries()) {
      const own = events.filter((event) => event.run_id === runIds[index]);
      const found = leavesWithin(own);
      const lost = [...leaves(element)].filter((leaf) => !found.has(leaf));
      expect(lost, `run ${index}`).toEqual([]);
    }
  });
});
