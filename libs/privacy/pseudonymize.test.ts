// The privacy step over whole events: every string of the schema is walked, what is found is out,
// and what cannot be scrubbed never passes.
// Example: an address planted in links[].rel is gone; one in event_id, a closed form, is not.
import { createHash, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { agentEvent, content, producer } from '@agentspine/event/build';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { describe, expect, test } from 'vitest';
import { fieldSet, readEventFields } from './event-fields.ts';
import { parseFieldPolicy } from './field-policy.ts';
import { compilePrivacy } from './pseudonymize.ts';
import { MAX_TEXT_LENGTH } from './scan.ts';
import { tokenOf, type PseudonymKeys } from './token.ts';

const SCHEMA: unknown = JSON.parse(
  readFileSync(new URL('../../schemas/agent-event.avsc', import.meta.url), 'utf8'),
);
const FIELDS = readEventFields(SCHEMA);
const KEY = createSecretKey(Buffer.alloc(32, 3));
const KEYS: PseudonymKeys = { version: 'k1', keyFor: () => KEY };
/** Validated before this step, so the policy keeps them: nothing else may be in clear. */
const CLOSED_FORMS = ['event_id', 'tenant_id', 'trace_id', 'span_id', 'parent_span_id'];
const POLICY = {
  version: 1,
  fields: {
    ...Object.fromEntries(CLOSED_FORMS.map((path) => [path, 'keep'])),
    'actor.id': { action: 'pseudonymise', type: 'actor' },
    'actor.on_behalf_of': { action: 'pseudonymise', type: 'actor' },
  },
};
const compile = (fields: Record<string, unknown> = {}) => {
  const parsed = { ...POLICY, fields: { ...POLICY.fields, ...fields } };
  return compilePrivacy(
    parseFieldPolicy(parsed, fieldSet(FIELDS), () => 'test:1'),
    FIELDS,
  );
};
const pseudonymize = compile();

function event(fields: Partial<AgentEvent> = {}): AgentEvent {
  return agentEvent({
    event_id: '0190f3a1-7c00-7000-8000-000000000001',
    tenant_id: 'acme',
    kind: 'step',
    event_time: 1_763_870_000_000_000,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
    run_id: 'run-1',
    producer: producer({ service: 'support' }),
    ...fields,
  });
}

function scrub(fields: Partial<AgentEvent>, step = pseudonymize) {
  const outcome = step(event(fields), KEYS);
  if (outcome.is !== 'ok') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

describe('every string of the schema', () => {
  const PLANTED = 'mallory.planted@example.org';
  const sites = plantSites(SCHEMA, PLANTED);

  test('is walked by the test: leaves, items, keys and values', () => {
    expect(sites.map((site) => site.path)).toEqual(fieldSet(FIELDS).paths);
    expect(sites.length).toBeGreaterThan(100);
  });

  test.each(sites.map((site) => [site.path, site] as const))('is scrubbed: %s', (path, site) => {
    const planted = { ...event(), ...site.fields } as AgentEvent;
    const outcome = pseudonymize(planted, KEYS);
    expect(outcome.is).toBe('ok');
    const kept = JSON.stringify(outcome).includes('mallory');
    expect(kept).toBe(CLOSED_FORMS.includes(path));
    expect(JSON.stringify(planted)).toContain('mallory');
  });
});

describe('an event', () => {
  test('without anything personal comes back as the same object', () => {
    const clean = event({ name: 'search_orders', input: content('{"order":"A-17"}') });
    const outcome = pseudonymize(clean, KEYS);
    expect(outcome.is === 'ok' && outcome.value.event).toBe(clean);
  });

  test('says what was found, by type, never the values', () => {
    const { pii } = scrub({
      input: content('bob@example.org and eve@example.org, card 4111 1111 1111 1111'),
      output: content('ssn 123-45-6789'),
      error_message: 'no route to 203.0.113.9',
    });
    expect(pii).toEqual({
      counts: { email: 2, card: 1, us_ssn: 1, ipv4: 1 },
      labels: ['card', 'email', 'ipv4', 'us_ssn'],
      input: ['card', 'email'],
      output: ['us_ssn'],
    });
  });

  test('gives equal people equal tokens, whatever the form and the field', () => {
    const { event: one } = scrub({
      input: content('Bob@Example.org'),
      attributes: { 'user.email': 'bob@example.org' },
      actor: { type: 'user', id: 'BOB@example.org', on_behalf_of: null },
    });
    const token = tokenOf(KEY, 'k1', 'email', 'bob@example.org');
    expect(one.input?.inline).toBe(token);
    expect(one.attributes['user.email']).toBe(token);
    expect(one.actor?.id).toBe(token);
  });

  test('has its declared values replaced in its free text, as words only', () => {
    const { event: one, pii } = scrub({
      actor: { type: 'user', id: 'mia_li_3668', on_behalf_of: null },
      input: content('{"user_id":"mia_li_3668","note":"mia_li_36681 is another"}'),
    });
    const token = tokenOf(KEY, 'k1', 'actor', 'mia_li_3668');
    expect(one.actor?.id).toBe(token);
    expect(one.input?.inline).toBe(`{"user_id":"${token}","note":"mia_li_36681 is another"}`);
    expect(pii.counts).toEqual({ actor: 1 });
  });

  test('is left alone when it was scrubbed before', () => {
    const first = scrub({
      actor: { type: 'user', id: 'mia_li_3668', on_behalf_of: null },
      input: content('{"password":"hunter2","mail":"bob@example.org"}'),
      attributes: { 'bob@example.org': 'call +1 415 555 2671' },
    });
    const again = pseudonymize(first.event, KEYS);
    expect(again.is === 'ok' && again.value.event).toBe(first.event);
  });

  test('keeps two values whose keys scrub to one', () => {
    const { event: one } = scrub({
      attributes: { 'bob@example.org': 'a', 'BOB@example.org': 'b', plain: 'c' },
    });
    expect(Object.values(one.attributes)).toEqual(['a', 'b', 'c']);
    expect(JSON.stringify(one)).not.toMatch(/bob@/i);
  });

  test('has no plain digest of an original that held something personal', () => {
    const body = '4111111111111111';
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const { event: one } = scrub({ input: content(body, { digest }) });
    expect(one.input?.digest).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
    expect(scrub({ input: content('clean', { digest }) }).event.input?.digest).toBe(digest);
  });

  test('that cannot be scrubbed is a dead letter without its payload', () => {
    const tooLong = `mallory@example.org${'x'.repeat(MAX_TEXT_LENGTH)}`;
    const deep = `{"m":"mallory@example.org","d":${'['.repeat(300)}${']'.repeat(300)}}`;
    let nested = 'mallory@example.org';
    for (let k = 0; k < 9; k++) nested = JSON.stringify([nested]);
    for (const inline of [tooLong, deep, nested]) {
      const outcome = pseudonymize(event({ input: content(inline) }), KEYS);
      expect(outcome.is).toBe('deadLetter');
      expect(JSON.stringify(outcome)).toContain('SPINE_PRIVACY_FAILED');
      expect(JSON.stringify(outcome)).not.toContain('mallory');
    }
  });

  test('is a dead letter when there are no keys for it', () => {
    const broken: PseudonymKeys = {
      version: 'k1',
      keyFor: () => {
        throw new Error('no key for mallory');
      },
    };
    const outcome = pseudonymize(event({ input: content('eve@example.org') }), broken);
    expect(outcome).toMatchObject({ is: 'deadLetter', code: 'SPINE_PRIVACY_FAILED' });
    expect(JSON.stringify(outcome)).not.toContain('mallory');
  });

  test('passes the limits that the step before it allows', () => {
    const { event: one } = scrub({
      input: content(`${'lorem ipsum '.repeat(90_000)}bob@example.org`),
    });
    expect(one.input?.inline?.endsWith(tokenOf(KEY, 'k1', 'email', 'bob@example.org'))).toBe(true);
  });
});

describe('actions of the field policy', () => {
  test('drop, mask, truncate, generalise and pseudonymise do what they say', () => {
    const step = compile({
      'tool.session_id': 'drop',
      'tool.call_id': { action: 'mask', keep_last: 4 },
      'input.inline': { action: 'truncate', chars: 20 },
      'attributes.born': { action: 'generalise', to: 'month' },
      'attributes.client.address': { action: 'generalise', to: 'network' },
      'attributes.note': 'drop',
      'correlation.customer_id': { action: 'pseudonymise', type: 'customer' },
      'model.finish_reasons[]': 'drop',
    });
    const { event: one } = scrub(
      {
        tool: { ...tool(), session_id: 'abc', call_id: 'call_123456789' },
        input: content('this is a text of more than twenty characters'),
        attributes: { born: '1971-03-04', 'client.address': '203.0.113.77', note: 'x', rest: 'y' },
        correlation: { customer_id: 'C-88812', order_id: 'O-1' },
        output: content('customer C-88812 called'),
      },
      step,
    );
    const token = tokenOf(KEY, 'k1', 'customer', 'C-88812');
    expect(one.tool).toMatchObject({ session_id: null, call_id: '****6789' });
    expect(one.input).toMatchObject({ inline: 'this is a text of mo', truncated: true });
    expect(one.attributes).toEqual({
      born: '1971-03',
      'client.address': '203.0.113.0/24',
      rest: 'y',
    });
    expect(one.correlation).toEqual({ customer_id: token, order_id: 'O-1' });
    expect(one.output?.inline).toBe(`customer ${token} called`);
  });

  test('truncate scans first and never cuts a token in half', () => {
    const step = compile({ 'input.inline': { action: 'truncate', chars: 30 } });
    const { event: one } = scrub({ input: content('write to bob@example.org today') }, step);
    expect(one.input?.inline).toBe('write to ');
  });
});

const tool = () => ({
  name: 't',
  type: null,
  call_id: null,
  call_index: null,
  protocol: null,
  server: null,
  session_id: null,
  effect: null,
  definition_hash: null,
  approval_id: null,
});

type Site = { path: string; fields: Record<string, unknown> };

/**
 * For every string of the schema an event that holds `planted` there; written from the schema, not
 * from our walker.
 */
function plantSites(schema: any, planted: string): Site[] {
  const named = new Map<string, any>();
  const sites: Site[] = [];
  const walk = (type: any, path: string, wrap: (value: unknown) => Record<string, unknown>) => {
    if (type === 'string') sites.push({ path, fields: wrap(planted) });
    else if (typeof type === 'string') {
      if (named.has(type)) walk(named.get(type), path, wrap);
    } else if (Array.isArray(type)) for (const branch of type) walk(branch, path, wrap);
    else if (type.type === 'array') walk(type.items, `${path}[]`, (value) => wrap([value]));
    else if (type.type === 'map') {
      const value = type.values === 'string' ? 'x' : 1;
      sites.push({ path: `${path}.<key>`, fields: wrap({ [planted]: value }) });
      walk(type.values, `${path}.*`, (inner) => wrap({ key: inner }));
    } else if (type.type === 'record') {
      named.set(type.name, type);
      for (const field of type.fields) {
        const child = path === '' ? field.name : `${path}.${field.name}`;
        walk(field.type, child, (value) =>
          path === '' ? { [field.name]: value } : wrap({ [field.name]: value }),
        );
      }
    }
  };
  walk(schema, '', () => ({}));
  return sites;
}
