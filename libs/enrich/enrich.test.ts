// The enrich step as the journey calls it: cost, duration, lag, position, business, failure mode.
// Guarantees: each fact is checked where its source is present, absent and impossible.
// Example: vitest run --project unit libs/enrich/enrich.test.ts
import type { AgentEvent, ModelCall } from '@agentspine/event/agent-event';
import { agentEvent, modelCall, producer } from '@agentspine/event/build';
import type { Facts } from '@agentspine/event/facts';
import { describe, expect, it } from 'vitest';
import { parseAgents, UNREGISTERED } from './agents.ts';
import { compileEnrich } from './enrich.ts';
import { parsePrices } from './prices.ts';

const locate = (): string => 'f';
const T = Date.parse('2026-01-01T00:00:00Z') * 1000;
const row = { match: 'm', from: '2025-01-01', input: 1, output: 2, source: 's' };
const enrich = compileEnrich({
  prices: parsePrices({ prices: [row] }, locate),
  agents: parseAgents({ agents: [{ id: 'a', owner: 'o' }] }, locate),
});

function anEvent(fields: Partial<AgentEvent>): AgentEvent {
  return agentEvent({
    event_id: '00000000-0000-8000-8000-000000000001',
    tenant_id: 'acme',
    kind: 'model_call',
    event_time: T,
    trace_id: '5b8aa5a2d2c872e8321cf37308d69df2',
    span_id: '051581bf3cb55c13',
    run_id: 'r',
    producer: producer({ service: 's' }),
    ...fields,
  });
}

function factsOf(fields: Partial<AgentEvent>, ingestedAtUs = T): Facts {
  const outcome = enrich(anEvent(fields), ingestedAtUs);
  if (outcome.is !== 'ok') throw new Error(outcome.cause);
  return outcome.value;
}

const used = (fields: Partial<ModelCall> = {}): ModelCall =>
  modelCall({ request_model: 'm', input_tokens: 10, output_tokens: 5, ...fields });

describe('compileEnrich', () => {
  it('prices a call by the table, and lets the cost of the producer win', () => {
    expect(factsOf({ model: used() })).toMatchObject({
      cost_nano_usd: 20_000,
      cost_source: 'price_table',
    });
    expect(factsOf({ model: used({ cost_nano_usd: 0 }) })).toMatchObject({
      cost_nano_usd: 0,
      cost_source: 'producer',
    });
  });

  it('prices neither a start, nor usage that repeats that of children, nor an unknown model', () => {
    const free = { cost_nano_usd: 0, cost_source: '' };
    expect(factsOf({ phase: 'start', model: used() })).toMatchObject(free);
    expect(factsOf({ model: used({ usage_scope: 'aggregate' }) })).toMatchObject(free);
    expect(factsOf({ model: used({ request_model: 'x' }) })).toMatchObject(free);
    expect(factsOf({ kind: 'step' })).toMatchObject(free);
  });

  it('refuses token counts whose cost no integer holds', () => {
    const outcome = enrich(anEvent({ model: used({ input_tokens: Number.MAX_SAFE_INTEGER }) }), T);
    expect(outcome).toMatchObject({ is: 'deadLetter', code: 'SPINE_EVENT_VALUE' });
  });

  it('takes the duration from the monotonic clock, else from the two times, else knows none', () => {
    const times = (fields: Partial<AgentEvent>) => {
      const { start_time, duration_ns } = factsOf(fields);
      return [start_time, duration_ns];
    };
    expect(times({ duration_ns: 1_500_500, start_time: T - 99 })).toEqual([T - 99, 1_500_500]);
    expect(times({ duration_ns: 1_500_500 })).toEqual([T - 1500, 1_500_500]);
    expect(times({ start_time: T - 99 })).toEqual([T - 99, 99_000]);
    expect(times({ start_time: T + 99 })).toEqual([T + 99, 0]);
    expect(times({ start_time: 0 })).toEqual([0, 0]);
    expect(times({})).toEqual([T, 0]);
  });

  it('says how late the event came, and where it stands in its run', () => {
    expect(factsOf({ seq: 7 }, T + 250)).toMatchObject({ ingest_lag_us: 250, seq: 7 });
    expect(factsOf({}, T - 1)).toMatchObject({ ingest_lag_us: -1, seq: -1 });
  });

  it('adds the business context of the agent, and the failure mode', () => {
    const agent = { id: 'a', name: null, version: null, framework: null };
    const named = { ...agent, prompt_name: null, prompt_version: null, policy_bundle: null };
    expect(factsOf({ agent: named }).business).toMatchObject({ registered: true, owner: 'o' });
    expect(factsOf({}).business).toBe(UNREGISTERED);
    expect(factsOf({ status: 'error', error_type: '429' }).failure_mode).toBe('rate_limited');
  });
});
