// Why an operation failed, in one word of a closed list (docs/failure-modes.md), so that failures
// can be counted across frameworks and languages. Rules run in the order written, the first that
// fits wins.
// Guarantees: '' when nothing failed; linear in the text looked at, of which it reads a bounded
// beginning; says nothing of the message but the word.
// Example: failureMode(event with status error, error_type 'RateLimitError') → 'rate_limited'
import type { AgentEvent } from '@agentspine/event/agent-event';
import { modeOfText } from './failure-text.ts';

export const FAILURE_MODES = [
  'timeout',
  'cancelled',
  'abandoned',
  'policy_blocked',
  'guard_blocked',
  'context_overflow',
  'output_truncated',
  'content_filtered',
  'model_refusal',
  'malformed_output',
  'quota_exhausted',
  'rate_limited',
  'auth_denied',
  'unreachable',
  'upstream_error',
  'tool_not_found',
  'not_found',
  'bad_arguments',
  'loop',
  'tool_error',
  'unknown_error',
] as const;
export type FailureMode = (typeof FAILURE_MODES)[number];

/** finish_reason of OpenAI, stop_reason of Anthropic and finishReason of Gemini, in lower case. */
const FINISH_REASONS: ReadonlyMap<string, FailureMode> = new Map([
  ['content_filter', 'content_filtered'],
  ['safety', 'content_filtered'],
  ['recitation', 'content_filtered'],
  ['blocklist', 'content_filtered'],
  ['prohibited_content', 'content_filtered'],
  ['refusal', 'model_refusal'],
  ['length', 'output_truncated'],
  ['max_tokens', 'output_truncated'],
  ['model_context_window_exceeded', 'context_overflow'],
  ['malformed_function_call', 'malformed_output'],
]);

export function failureMode(event: AgentEvent): FailureMode | '' {
  switch (event.status) {
    case 'timeout':
    case 'cancelled':
    case 'abandoned':
      return event.status;
    case 'blocked':
      return blockedBy(event);
    case 'error':
      return failedBy(event);
    case 'waiting':
      return '';
    case 'unset':
      return event.error_type !== null || event.kind === 'error'
        ? failedBy(event)
        : unspoken(event);
    case 'ok':
      return unspoken(event);
  }
}

function blockedBy(event: AgentEvent): FailureMode {
  const byPolicy = /policy/i.test(event.error_type ?? '') || event.guardrail?.policy_id;
  return byPolicy ? 'policy_blocked' : 'guard_blocked';
}

function failedBy(event: AgentEvent): FailureMode {
  const told = modeOfText(event.error_type, event.error_message) ?? modeOfFinish(event);
  return told ?? (event.kind === 'tool_call' ? 'tool_error' : 'unknown_error');
}

/**
 * What failed although the operation itself returned: an answer cut off or withheld, a guard that
 * stopped it.
 */
function unspoken(event: AgentEvent): FailureMode | '' {
  const { guardrail } = event;
  if (guardrail !== null && guardrail.mode === 'enforce' && guardrail.action === 'block') {
    return blockedBy(event);
  }
  return modeOfFinish(event) ?? '';
}

function modeOfFinish(event: AgentEvent): FailureMode | undefined {
  const reasons = event.model?.finish_reasons ?? [];
  for (const reason of reasons) {
    const mode = FINISH_REASONS.get(reason.toLowerCase());
    if (mode !== undefined) return mode;
  }
  return undefined;
}
