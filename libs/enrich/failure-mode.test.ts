// Failure modes by the names real SDKs give their errors, and the order they are told in.
// Guarantees: any event gets a word of the list or nothing; the docs have the same list.
// Example: vitest run --project unit libs/enrich/failure-mode.test.ts
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { KINDS, STATUSES } from '@agentspine/event/agent-event';
import { agentEvent, modelCall, producer } from '@agentspine/event/build';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_MODES, failureMode } from './failure-mode.ts';

function anEvent(fields: Partial<AgentEvent>): AgentEvent {
  return agentEvent({
    event_id: '00000000-0000-8000-8000-000000000001',
    tenant_id: 'acme',
    kind: 'model_call',
    event_time: 1,
    trace_id: '5b8aa5a2d2c872e8321cf37308d69df2',
    span_id: '051581bf3cb55c13',
    run_id: 'r',
    producer: producer({ service: 's' }),
    ...fields,
  });
}

const failed = (
  error_type: string | null,
  error_message: string | null = null,
  kind = 'model_call',
) =>
  failureMode(
    anEvent({ kind: kind as AgentEvent['kind'], status: 'error', error_type, error_message }),
  );

const guardrail = (fields: object): AgentEvent['guardrail'] => ({
  component: null,
  policy_id: null,
  policy_version: null,
  rule_id: null,
  target_type: null,
  target_subtype: null,
  target_id: null,
  verdict: 'deny',
  action: 'block',
  mode: 'enforce',
  native_result: null,
  reason: null,
  risk_category: null,
  risk_score: null,
  severity: null,
  content_modified: null,
  labels: [],
  ...fields,
});

describe('failureMode', () => {
  it('is empty when nothing failed', () => {
    expect(failureMode(anEvent({ status: 'ok' }))).toBe('');
    expect(failureMode(anEvent({ status: 'unset' }))).toBe('');
    expect(failureMode(anEvent({ status: 'waiting', error_type: 'interrupt' }))).toBe('');
    expect(
      failureMode(anEvent({ model: modelCall({ finish_reasons: ['stop', 'tool_calls'] }) })),
    ).toBe('');
    expect(failureMode(anEvent({ status: 'ok', error_type: 'RateLimitError' }))).toBe('');
  });

  it.each([
    ['TimeoutError', 'timeout'],
    ['ETIMEDOUT', 'timeout'],
    ['504', 'timeout'],
    ['AbortError', 'cancelled'],
    ['openai.RateLimitError', 'rate_limited'],
    ['429', 'rate_limited'],
    ['ThrottlingException', 'rate_limited'],
    ['insufficient_quota', 'quota_exhausted'],
    ['AuthenticationError', 'auth_denied'],
    ['403', 'auth_denied'],
    ['PermissionDeniedError', 'auth_denied'],
    ['ContextWindowExceededError', 'context_overflow'],
    ['context_length_exceeded', 'context_overflow'],
    ['ContentPolicyViolationError', 'content_filtered'],
    ['JSONDecodeError', 'malformed_output'],
    ['OutputParserException', 'malformed_output'],
    ['ToolNotFoundError', 'tool_not_found'],
    ['404', 'not_found'],
    ['FileNotFoundError', 'not_found'],
    ['ValidationError', 'bad_arguments'],
    ['422', 'bad_arguments'],
    ['TypeError', 'bad_arguments'],
    ['ECONNREFUSED', 'unreachable'],
    ['APIConnectionError', 'unreachable'],
    ['GraphRecursionError', 'loop'],
    ['MaxTurnsExceeded', 'loop'],
    ['InternalServerError', 'upstream_error'],
    ['503', 'upstream_error'],
    ['InputGuardrailTripwireTriggered', 'guard_blocked'],
    ['ModelRefusalError', 'model_refusal'],
    ['SomethingElse', 'unknown_error'],
  ])('tells %s as %s', (type, mode) => {
    expect(failed(type)).toBe(mode);
  });

  it('asks the message when the type says nothing known', () => {
    expect(failed(null, 'Rate limit reached for gpt-4o')).toBe('rate_limited');
    expect(failed('Error', 'connect: connection refused')).toBe('unreachable');
    expect(failed('tool_error', 'Error: payment method not found', 'tool_call')).toBe('not_found');
    expect(failed('tool_error', 'Error: not enough seats', 'tool_call')).toBe('tool_error');
    expect(failed(null, `${'x'.repeat(600)} timed out`)).toBe('unknown_error');
  });

  it('believes the status first', () => {
    const type = { error_type: 'RateLimitError' };
    expect(failureMode(anEvent({ status: 'timeout', ...type }))).toBe('timeout');
    expect(failureMode(anEvent({ status: 'cancelled', ...type }))).toBe('cancelled');
    expect(failureMode(anEvent({ status: 'abandoned' }))).toBe('abandoned');
    expect(failureMode(anEvent({ status: 'blocked' }))).toBe('guard_blocked');
    expect(failureMode(anEvent({ status: 'blocked', error_type: 'policy' }))).toBe(
      'policy_blocked',
    );
  });

  it('sees what failed although the call returned', () => {
    const finished = (...finish_reasons: string[]) =>
      failureMode(anEvent({ status: 'ok', model: modelCall({ finish_reasons }) }));
    expect(finished('length')).toBe('output_truncated');
    expect(finished('stop', 'content_filter')).toBe('content_filtered');
    expect(finished('SAFETY')).toBe('content_filtered');
    expect(finished('refusal')).toBe('model_refusal');
    const guarded = (fields: object) =>
      failureMode(anEvent({ kind: 'guardrail', status: 'ok', guardrail: guardrail(fields) }));
    expect(guarded({})).toBe('guard_blocked');
    expect(guarded({ policy_id: 'p' })).toBe('policy_blocked');
    expect(guarded({ mode: 'shadow' })).toBe('');
    expect(guarded({ action: 'allow' })).toBe('');
  });

  it('answers any event with a word of the list or nothing, and an error always with a word', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 600 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...STATUSES),
        fc.constantFrom(...KINDS),
        text,
        text,
        (status, kind, error_type, error_message) => {
          const mode = failureMode(anEvent({ status, kind, error_type, error_message }));
          expect(['', ...FAILURE_MODES]).toContain(mode);
          if (status === 'error') expect(mode).not.toBe('');
        },
      ),
    );
  });

  it('is documented, word for word, in docs/failure-modes.md', () => {
    const file = resolve(import.meta.dirname, '../../docs/failure-modes.md');
    const rows = readFileSync(file, 'utf8').matchAll(/^\| `(\w+)` \|/gm);
    expect([...rows].map(([, mode]) => mode)).toEqual([...FAILURE_MODES]);
  });
});
