// Failure modes by what errors are called: HTTP status codes, exception classes and codes of the
// SDKs and runtimes in use, and, where the type says nothing, the words of the message. Order
// matters: the narrow before the wide.
// Guarantees: patterns without nested repetition, on a bounded beginning of the text.
// Example: modeOfText('openai.RateLimitError', null) → 'rate_limited'
import type { FailureMode } from './failure-mode.ts';

type Rule = readonly [mode: FailureMode, type: RegExp, message: RegExp];

const TEXT_MAX = 512;

const RULES: readonly Rule[] = [
  [
    'content_filtered',
    /content.?(?:filter|policy)|moderation|safety/i,
    /content (?:filter|policy|management)/i,
  ],
  ['policy_blocked', /policy.?(?:block|violat|denied)/i, /(?:blocked|denied|forbidden) by policy/i],
  ['guard_blocked', /guard.?rail|guard.?block|tripwire/i, /guardrail|tripwire/i],
  [
    'timeout',
    /time.?d?.?out|deadline.?exceeded|^(?:408|504|524)$/i,
    /timed? ?out|deadline exceeded/i,
  ],
  ['cancelled', /cancel|abort/i, /was (?:cancell?ed|aborted)/i],
  [
    'context_overflow',
    /context.?(?:window|length|overflow)|token.?limit|prompt.?too.?long|^413$/i,
    /context (?:window|length)|maximum context|prompt is too long|too many tokens/i,
  ],
  [
    'quota_exhausted',
    /quota|billing|insufficient.?(?:funds|credits)|^402$/i,
    /quota|credit balance|billing/i,
  ],
  [
    'rate_limited',
    /rate.?limit|too.?many.?requests|throttl|resource.?exhausted|^429$/i,
    /rate limit|too many requests|throttl/i,
  ],
  [
    'auth_denied',
    /auth(?:entication|orization|z|n)|unauthorized|permission|forbidden|access.?denied|credential|eacces|^(?:401|403)$/i,
    /unauthorized|permission denied|access denied|forbidden|invalid api key|not authorized/i,
  ],
  [
    'tool_not_found',
    /(?:unknown|no.?such|missing|invalid).?(?:tool|function)|(?:tool|function).?not.?found/i,
    /(?:unknown|no such) (?:tool|function)|(?:tool|function) \S{1,64} (?:not found|does not exist)/i,
  ],
  [
    'loop',
    /recursion|max.?(?:turns|iterations|steps)|infinite.?loop/i,
    /recursion limit|max(?:imum)? (?:turns|iterations|steps)|infinite loop/i,
  ],
  [
    'unreachable',
    /econn|\benotfound\b|eai_again|epipe|ehostunreach|enetunreach|connection.?(?:error|refused|reset)|connect.?error|network|dns/i,
    /connection (?:refused|reset|error)|network error|fetch failed|could not connect|getaddrinfo/i,
  ],
  ['model_refusal', /refus/i, /model refused|refused to answer/i],
  [
    'malformed_output',
    /json.?(?:decode|parse)|output.?pars|malformed|invalid.?json|unexpected.?output|model.?behavior/i,
    /(?:invalid|malformed) json|could not parse|failed to parse|not valid json/i,
  ],
  [
    'not_found',
    /not.?found|no.?such|enoent|does.?not.?exist|^(?:404|410)$/i,
    /not found|does not exist|no such/i,
  ],
  [
    'bad_arguments',
    /invalid|validation|bad.?request|argument|missing|type.?error|value.?error|key.?error|schema|^(?:400|422)$/i,
    /invalid (?:argument|parameter|input|request)|missing (?:required|argument|parameter)|required (?:field|parameter)/i,
  ],
  [
    'upstream_error',
    /^5\d\d$|server.?error|bad.?gateway|unavailable|overloaded|api.?error/i,
    /internal server error|bad gateway|unavailable|overloaded/i,
  ],
];

/**
 * The type is looked at by all rules before the message is; undefined when neither says anything
 * known.
 */
export function modeOfText(type: string | null, message: string | null): FailureMode | undefined {
  return firstFit(type, 1) ?? firstFit(message, 2);
}

function firstFit(text: string | null, column: 1 | 2): FailureMode | undefined {
  if (text === null || text === '') return undefined;
  const beginning = text.length > TEXT_MAX ? text.slice(0, TEXT_MAX) : text;
  return RULES.find((rule) => rule[column].test(beginning))?.[0];
}
