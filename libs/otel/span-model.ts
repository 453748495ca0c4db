// The model record of a span: who answered, with what settings, tokens and cost. Field precedence
// follows the dialects' own legacy forms (docs/import.md); only the key that won is taken, its
// rivals stay in attributes.
// Guarantees: usage of agent-level spans is marked aggregate, since it repeats what their children
// report.
// Example: spanModel(unclaimed, 'model_call')?.cost_nano_usd → 72000
import type { Kind, ModelCall } from '@agentspine/event/agent-event';
import { modelCall } from '@agentspine/event/build';
import { REQUEST_MODEL_KEYS, RESPONSE_MODEL_KEYS } from './classify-span.ts';
import { nanoUsd } from './exact-decimal.ts';
import type { Unclaimed } from './source-span.ts';

const NS_PER_S = 1_000_000_000;

/** Null when the span says nothing of a model and is no model call. */
export function spanModel(span: Unclaimed, kind: Kind): ModelCall | null {
  const usage = {
    request_model: span.takeText(...REQUEST_MODEL_KEYS),
    response_model: span.takeText(...RESPONSE_MODEL_KEYS),
    input_tokens: span.takeCount(
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.prompt_tokens',
      'llm.token_count.prompt',
      'ai.usage.inputTokens',
      'ai.usage.promptTokens',
    ),
    output_tokens: span.takeCount(
      'gen_ai.usage.output_tokens',
      'gen_ai.usage.completion_tokens',
      'llm.token_count.completion',
      'ai.usage.outputTokens',
      'ai.usage.completionTokens',
    ),
    cost_nano_usd: costOf(span),
  };
  const silent = Object.values(usage).every((value) => value === null);
  if (silent && kind !== 'model_call') return null;
  return modelCall({
    ...usage,
    ...cacheTokens(span),
    ...settings(span),
    operation: span.takeText('gen_ai.operation.name') ?? 'chat',
    provider: span.takeText(
      'gen_ai.provider.name',
      'gen_ai.system',
      'llm.provider',
      'llm.system',
      'ai.model.provider',
    ),
    response_id: span.takeText('gen_ai.response.id', 'ai.response.id'),
    finish_reasons: finishReasons(span),
    ttft_ns: timeToFirstToken(span),
    region: span.takeText('cloud.region'),
    usage_scope: kind === 'model_call' ? 'own' : 'aggregate',
  });
}

function cacheTokens(span: Unclaimed): Partial<ModelCall> {
  return {
    cache_read_tokens: span.takeCount(
      'gen_ai.usage.cache_read.input_tokens',
      'gen_ai.usage.cache_read_input_tokens',
      'llm.token_count.prompt_details.cache_read',
      'ai.usage.cachedInputTokens',
    ),
    cache_write_tokens: span.takeCount(
      'gen_ai.usage.cache_creation.input_tokens',
      'gen_ai.usage.cache_creation_input_tokens',
      'llm.token_count.prompt_details.cache_write',
    ),
    reasoning_tokens: span.takeCount(
      'gen_ai.usage.reasoning.output_tokens',
      'gen_ai.usage.reasoning_tokens',
      'llm.token_count.completion_details.reasoning',
      'ai.usage.reasoningTokens',
    ),
  };
}

function settings(span: Unclaimed): Partial<ModelCall> {
  return {
    temperature: span.takeNumber('gen_ai.request.temperature'),
    top_p: span.takeNumber('gen_ai.request.top_p'),
    max_tokens: span.takeCount('gen_ai.request.max_tokens'),
    seed: span.takeCount('gen_ai.request.seed'),
    stream: span.takeBoolean('gen_ai.request.stream'),
  };
}

/**
 * Dollars, as a total or as the sum of the two parts any-agent gives. The parts also stay in
 * attributes, because the sum alone would not say them.
 */
function costOf(span: Unclaimed): number | null {
  for (const key of ['gen_ai.usage.cost', 'llm.cost.total']) {
    const total = span.has(key) ? nanoUsd([span.peek(key)]) : null;
    if (total !== null) return total;
  }
  const parts = ['gen_ai.usage.input_cost', 'gen_ai.usage.output_cost'].filter((key) =>
    span.has(key),
  );
  return parts.length === 0 ? null : nanoUsd(parts.map((key) => span.peek(key)));
}

function finishReasons(span: Unclaimed): string[] {
  for (const key of [
    'gen_ai.response.finish_reasons',
    'ai.response.finishReason',
    'llm.finish_reason',
  ]) {
    const value = span.peek(key);
    const reasons = Array.isArray(value) ? (value as unknown[]) : [value];
    if (!reasons.every((reason) => typeof reason === 'string')) continue;
    span.take(key);
    return reasons;
  }
  return [];
}

/**
 * Seconds as a double in OpenTelemetry, milliseconds in the Vercel AI SDK; stays in attributes as
 * it was.
 */
function timeToFirstToken(span: Unclaimed): number | null {
  const seconds = span.peek('gen_ai.response.time_to_first_chunk');
  if (typeof seconds === 'number') return Math.round(seconds * NS_PER_S);
  const milliseconds = span.peek('ai.response.msToFirstChunk');
  return typeof milliseconds === 'number' ? Math.round(milliseconds * (NS_PER_S / 1000)) : null;
}
