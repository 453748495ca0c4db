// What the worker adds to an event: cost, duration, lag, position in the run, failure mode,
// business context.
// Guarantees: pure, and made from the event, its time of ingestion and the two files alone; a cost
// the producer gave wins over the price table; usage that repeats what children report is never
// priced.
// Example: const enrich = compileEnrich({ prices, agents }); enrich(event, ingestedAtUs) → { is:
// 'ok', value: facts }
import type { AgentEvent, ModelCall } from '@agentspine/event/agent-event';
import type { Facts } from '@agentspine/event/facts';
import { deadLetter, ok } from '@agentspine/outcome/outcome';
import type { Outcome } from '@agentspine/outcome/outcome';
import type { AgentRegistry } from './agents.ts';
import { failureMode } from './failure-mode.ts';
import type { PriceTable } from './prices.ts';

export type EnrichFiles = { readonly prices: PriceTable; readonly agents: AgentRegistry };

const NS_PER_US = 1000;

/**
 * @returns a step; its dead letter is SPINE_EVENT_VALUE, for token counts no price can be computed
 * from
 */
export function compileEnrich({
  prices,
  agents,
}: EnrichFiles): (event: AgentEvent, ingestedAtUs: number) => Outcome<Facts> {
  return (event, ingestedAtUs) => {
    const { model } = event;
    const own = model === null ? null : model.cost_nano_usd;
    const cost = own ?? (model === null ? null : tableCost(event, model, prices));
    if (cost === Number.POSITIVE_INFINITY) {
      return deadLetter('SPINE_EVENT_VALUE', 'model tokens: wanted a cost below 2^53 nano-dollars');
    }
    const duration_ns = durationOf(event);
    return ok({
      start_time: event.start_time ?? event.event_time - Math.trunc(duration_ns / NS_PER_US),
      duration_ns,
      ingest_lag_us: ingestedAtUs - event.event_time,
      seq: event.seq ?? -1,
      cost_nano_usd: cost ?? 0,
      cost_source: sourceOf(own, cost),
      failure_mode: failureMode(event),
      business: agents.businessOf(event.agent === null ? null : event.agent.id, event.tenant_id),
    });
  };
}

function sourceOf(own: number | null, cost: number | null): Facts['cost_source'] {
  if (own !== null) return 'producer';
  return cost === null ? '' : 'price_table';
}

/**
 * A start repeats the settings its end will have, and an aggregate the usage of its children:
 * neither costs.
 */
function tableCost(event: AgentEvent, model: ModelCall, prices: PriceTable): number | null {
  const early = event.phase === 'start' || event.phase === 'progress';
  const counts = model.usage_scope === 'own' && !early;
  return counts ? prices.costOf(model, event.event_time) : null;
}

/**
 * By the producer's monotonic clock, else from its two wall clocks; 0 when unknown, negative or
 * beyond 104 days.
 */
function durationOf(event: AgentEvent): number {
  if (event.duration_ns !== null) return event.duration_ns;
  if (event.start_time === null) return 0;
  const derived = (event.event_time - event.start_time) * NS_PER_US;
  return derived > 0 && Number.isSafeInteger(derived) ? derived : 0;
}
