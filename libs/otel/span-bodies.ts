// What a span read and wrote: the first of the keys below that holds something, by the precedence
// production ingests use; the rivals stay in attributes. Bodies keep their text as it is.
// Example: spanBodies(unclaimed).output?.inline → '[{"role":"assistant",…}]'
import type { AgentEvent } from '@agentspine/event/agent-event';
import { contentOf } from './content-of.ts';
import type { Unclaimed } from './source-span.ts';

const INPUT_KEYS = [
  'ai.prompt.messages',
  'ai.prompt',
  'ai.toolCall.args',
  'langfuse.observation.input',
  'traceloop.entity.input',
  'input.value',
  'gen_ai.input.messages',
  'gen_ai.prompt',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.args',
  'gen_ai.retrieval.query.text',
  'gen_ai.memory.query.text',
] as const;

const OUTPUT_KEYS = [
  'ai.response.text',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.toolCall.result',
  'langfuse.observation.output',
  'traceloop.entity.output',
  'output.value',
  'gen_ai.output.messages',
  'gen_ai.output',
  'gen_ai.completion',
  'gen_ai.tool.call.result',
  'gen_ai.memory.records',
] as const;

export function spanBodies(span: Unclaimed): Pick<AgentEvent, 'input' | 'output'> {
  const inputMime = mimeOf(span, 'input.value', 'input.mime_type', INPUT_KEYS);
  const outputMime = mimeOf(span, 'output.value', 'output.mime_type', OUTPUT_KEYS);
  return {
    input: contentOf(span.takeAny(...INPUT_KEYS), inputMime),
    output: contentOf(span.takeAny(...OUTPUT_KEYS), outputMime),
  };
}

/** The declared media type, when the body it describes is the one that will be taken. */
function mimeOf(
  span: Unclaimed,
  body: string,
  mime: string,
  keys: readonly string[],
): string | undefined {
  const first = keys.find((key) => span.has(key) && span.peek(key) !== '');
  return first === body ? (span.takeText(mime) ?? undefined) : undefined;
}
