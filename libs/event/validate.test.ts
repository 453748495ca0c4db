// What Avro cannot check, field by field; a cause never repeats what it found.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from './agent-event.ts';
import { agentEvent, decision, modelCall, producer } from './build.ts';
import { oddText } from './odd-text.ts';
import { validate } from './validate.ts';

const DAY_US = 86_400e6;
const now = 1_758_026_593_210_770;
const context = { ingestedAtUs: now, futureMaxUs: DAY_US, pastMaxUs: 3650 * DAY_US };
const good = agentEvent({
  event_id: '0199a1b2-0000-7000-8000-000000000001',
  tenant_id: 'acme',
  kind: 'decision',
  event_time: now,
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  run_id: 'run-1',
  producer: producer({ service: 'test' }),
});

describe('validation', () => {
  it('passes a good event unchanged', () => {
    expect(validate(good, context)).toEqual({ is: 'ok', value: good });
  });

  it.each<[string, Partial<AgentEvent>, string]>([
    ['an event id in upper case', { event_id: good.event_id.toUpperCase() }, 'SPINE_EVENT_ID'],
    ['an event id that is an e-mail address', { event_id: 'mia@example.com' }, 'SPINE_EVENT_ID'],
    ['a tenant with a space', { tenant_id: 'a b' }, 'SPINE_EVENT_ID'],
    ['a trace id of zeros', { trace_id: '0'.repeat(32) }, 'SPINE_EVENT_ID'],
    ['a span id of 15 digits', { span_id: '0'.repeat(14) + '1' }, 'SPINE_EVENT_ID'],
    ['a parent that is no span id', { parent_span_id: 'root' }, 'SPINE_EVENT_ID'],
    ['an empty run id', { run_id: '' }, 'SPINE_EVENT_ID'],
    ['a run id of 129 characters', { run_id: 'r'.repeat(129) }, 'SPINE_EVENT_ID'],
    ['a cause that is no event id', { causation_id: '7' }, 'SPINE_EVENT_ID'],
    [
      'a link to nowhere',
      { links: [{ trace_id: 'x', span_id: null, rel: 'related' }] },
      'SPINE_EVENT_ID',
    ],
    ['a time two days ahead', { event_time: now + 2 * DAY_US }, 'SPINE_EVENT_TIME'],
    ['a time in milliseconds', { event_time: now / 1000 }, 'SPINE_EVENT_TIME'],
    ['a time below zero', { event_time: -5 }, 'SPINE_EVENT_TIME'],
    ['a start after its end', { start_time: now + 1 }, 'SPINE_EVENT_TIME'],
    ['a negative duration', { duration_ns: -1 }, 'SPINE_EVENT_VALUE'],
    ['attempt 0', { attempt: 0 }, 'SPINE_EVENT_VALUE'],
    [
      'a confidence of 1.2',
      { decision: decision({ id: 'd', type: 't', chosen: 'c', confidence: 1.2 }) },
      'SPINE_EVENT_VALUE',
    ],
    [
      'a confidence that is no number',
      { decision: decision({ id: 'd', type: 't', chosen: 'c', confidence: NaN }) },
      'SPINE_EVENT_VALUE',
    ],
    ['negative tokens', { model: modelCall({ input_tokens: -3 }) }, 'SPINE_EVENT_VALUE'],
  ])('refuses %s', (_, fields, code) => {
    const outcome = validate({ ...good, ...fields }, context);
    expect(outcome).toMatchObject({ is: 'deadLetter', code });
    expect(JSON.stringify(outcome)).not.toContain('mia@example.com');
  });
});

/** The forms as the schema's docs write them. */
const FORMS: Readonly<Record<string, RegExp>> = {
  event_id: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  causation_id: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  trace_id: /^(?!0{32})[0-9a-f]{32}$/,
  span_id: /^(?!0{16})[0-9a-f]{16}$/,
  parent_span_id: /^(?!0{16})[0-9a-f]{16}$/,
  tenant_id: /^[a-z0-9][a-z0-9_-]{0,62}$/,
  run_id: /^[A-Za-z0-9._:-]{1,128}$/,
};

const NOBODY = {
  name: null,
  version: null,
  framework: null,
  prompt_name: null,
  prompt_version: null,
  policy_bundle: null,
};

describe('the form of an id', () => {
  const seeds = [good.event_id, good.trace_id, good.span_id, '0'.repeat(32), '0'.repeat(16), ''];
  const damaged = fc
    .tuple(
      fc.constantFrom(...seeds, 'acme-1_x', 'run:1.2-B', 'x'.repeat(63), 'x'.repeat(128)),
      fc.nat(140),
      fc.constantFrom('', '-', '_', '.', 'A', 'f', 'g', '0', ' ', '\n', 'é', '/', '\u{1f600}'),
      fc.boolean(),
    )
    .map(([seed, at, text, isInsert]) => {
      return seed.slice(0, at) + text + seed.slice(isInsert ? at : at + 1);
    });

  it.each(Object.entries(FORMS))('%s is what its expression says', (field, form) => {
    fc.assert(
      fc.property(damaged, (id) => {
        const outcome = validate({ ...good, [field]: id }, context);
        expect(outcome.is === 'ok').toBe(form.test(id));
      }),
      { numRuns: 500 },
    );
  });

  it('of an agent is what its expression says', () => {
    fc.assert(
      fc.property(damaged, (id) => {
        const outcome = validate({ ...good, agent: { ...NOBODY, id } }, context);
        expect(outcome.is === 'ok').toBe(/^[A-Za-z0-9._:/-]{1,128}$/.test(id));
      }),
      { numRuns: 500 },
    );
  });
});

describe('text that is not text', () => {
  it('is named by field, not by content', () => {
    const event = { ...good, attributes: { 'secret key': 'a\0b' } };
    expect(oddText(event, Buffer.from('a\0b'))).toEqual({
      is: 'deadLetter',
      code: 'SPINE_EVENT_TEXT',
      cause: 'attributes.*: wanted text without NUL, found one',
    });
  });

  it('tells a broken byte from a genuine U+FFFD', () => {
    const event = { ...good, name: 'x\ufffdy' };
    expect(oddText(event, Buffer.from([0x78, 0xc3, 0x28, 0x79]))).toMatchObject({
      code: 'SPINE_EVENT_TEXT',
    });
    expect(oddText(event, Buffer.from('x\ufffdy'))).toEqual({ is: 'ok', value: event });
  });
});
