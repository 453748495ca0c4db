// What rules mean when they are judged: absent fields, numbers, texts, lists, exceptions, messages,
// and that whatever goes wrong inside is a dead letter and never a pass.
// Example: a rule on `tool.name` says nothing of an event without a tool.
import { readFileSync } from 'node:fs';
import type { Judged } from '@agentspine/event/facts';
import { describe, expect, test } from 'vitest';
import type { Backend } from './compile.ts';
import { fieldTable } from './field-table.ts';
import { compilePolicy } from './judge.ts';
import { LIMITS } from './limits.ts';
import { parseRules } from './parse-rules.ts';
import { readRuleDocument } from './rule-document.ts';
import { testJudged } from './test-event.ts';

const fields = fieldTable(
  JSON.parse(readFileSync(new URL('../../schemas/agent-event.avsc', import.meta.url), 'utf8')),
);
type Given = { event?: object; facts?: object; pii?: object };

function judgedOf({ event = {}, facts = {}, pii = {} }: Given): Judged {
  const given = { event: { kind: 'tool_call', ...event }, facts: { ...facts }, pii: { ...pii } };
  return testJudged({ name: 't', expect: 'match', ...given }, fields);
}

function ruleText(condition: string, more = ''): string {
  return JSON.stringify({
    lists: { shells: ['bash', 'sh'] },
    rules: [
      {
        id: 'TST-001',
        name: 'test',
        version: 3,
        severity: 'low',
        status: 'monitor',
        kinds: ['tool_call'],
        condition,
        action: 'flag',
        message: 'tool {tool.name} of {agent.id} {{ok}}',
        tags: { owasp: [], atlas: [] },
        runbook: 'r',
        owner: 'o',
        tests: [],
        ...(JSON.parse(more || '{}') as object),
      },
    ],
  });
}

function policyOf(condition: string, backend?: Backend, more = '') {
  const document = readRuleDocument('t.yaml', ruleText(condition, more));
  return compilePolicy(parseRules([document], fields), backend);
}

function matches(condition: string, given: Given): boolean {
  const answers = (['code', 'closures'] as const).map((backend) => {
    const outcome = policyOf(condition, backend).judge(judgedOf(given));
    if (outcome.is !== 'ok') throw new Error(outcome.cause);
    return outcome.value.length > 0;
  });
  expect(answers[0], 'both backends').toBe(answers[1]);
  return answers[0] === true;
}

describe('an absent field', () => {
  const nobody = { event: { tool: { name: 'bash', effect: null }, agent: null } };
  test.each([
    'tool.effect == "read"',
    'tool.effect != "read"',
    '!(tool.effect == "read")',
    'tool.effect in ["read"]',
    '!(tool.effect in ["read"])',
    'model.output_tokens < 5',
    '!(model.output_tokens >= 5)',
    'agent.id.startsWith("a")',
    '!agent.id.matches("a")',
    'decision.irreversible',
    '!decision.irreversible',
    'retrieval.documents.exists(d, d.id == "x")',
    'retrieval.documents.all(d, d.id == "x")',
    'seq < 1',
    '!(business.owner == "a")',
    'json(input.inline).a != "b"',
    'domain(tool.server) != "b"',
    'cidr(tool.server, "0.0.0.0/0")',
    'attributes["constructor"] != "x"',
    '!(attributes["__proto__"] == "x")',
    'size(json(input.inline).constructor) >= 0',
  ])('never makes %s match', (condition) => {
    expect(matches(condition, nobody)).toBe(false);
  });

  test.each([
    '!has(tool.effect)',
    '!has(agent.id)',
    '!has(seq)',
    '!has(business.owner)',
    '!has(attributes.constructor)',
    'tool.effect == "read" || tool.name == "bash"',
    '!(tool.effect == "read" && tool.name == "sh")',
    'business.registered ? tool.name == "bash" : tool.effect == "read"',
  ])('leaves %s true', (condition) => {
    expect(matches(condition, nobody)).toBe(true);
  });
});

describe('values', () => {
  test('numbers are doubles and zero is a number, not absence', () => {
    const given = { event: { model: { output_tokens: 0 } } };
    expect(matches('model.output_tokens < 1 && model.output_tokens == 0.0', given)).toBe(true);
    expect(matches('has(model.output_tokens)', given)).toBe(true);
  });

  test('texts are case-sensitive and sized in code points', () => {
    const given = { event: { tool: { name: 'Über👩‍💻' } } };
    expect(matches('tool.name.startsWith("über")', given)).toBe(false);
    expect(matches('size(tool.name) == 7', given)).toBe(true);
  });

  test('JSON is read by own keys, with escapes, and bounded in size', () => {
    const at = (inline: string) => ({ event: { input: { inline } } });
    expect(matches('json(input.inline).a[1].b == 2', at('{"a": [0, {"b": 2}]}'))).toBe(true);
    expect(matches('json(input.inline).path == "x"', at('{"p\\u0061th": "x"}'))).toBe(true);
    expect(matches('has(json(input.inline).toString)', at('{"a": 1}'))).toBe(false);
    expect(matches('json(input.inline).__proto__.x == 1', at('{"__proto__": {"x": 1}}'))).toBe(
      true,
    );
    expect(matches('has(json(input.inline).a)', at('not json "a"'))).toBe(false);
    expect(matches('has(json(input.inline).a)', at('{"a": '))).toBe(false);
    const set = policyOf('has(json(input.inline).a)');
    const long = `{"a": "${'x'.repeat(LIMITS.jsonChars)}"}`;
    expect(set.judge(judgedOf(at(long)))).toEqual({ is: 'ok', value: [] });
    expect(set.counters.unparsed).toBe(1);
  });

  test('a list is looked at up to its cap, and the rest is unknown', () => {
    const names = Array.from({ length: LIMITS.listItems + 1 }, () => 'a');
    const long = { facts: { business: { allowed_tools: names } } };
    expect(matches('business.allowed_tools.all(t, t == "a")', long)).toBe(false);
    expect(matches('!business.allowed_tools.exists(t, t == "b")', long)).toBe(false);
    expect(matches('!("b" in business.allowed_tools)', long)).toBe(false);
    expect(matches('business.allowed_tools.exists(t, t == "a")', long)).toBe(true);
    const set = policyOf('business.allowed_tools.all(t, t == "a")');
    set.judge(judgedOf(long));
    expect(set.counters.truncated).toBe(1);
  });
});

describe('exceptions', () => {
  const exceptions = JSON.stringify({
    exceptions: [
      {
        name: 'sandbox',
        fields: ['agent.id', 'tool.server'],
        comps: ['=', 'glob'],
        values: [
          ['runner', 'sandbox-*'],
          ['other', ['a', 'b']],
        ],
      },
    ],
  });
  test.each([
    [{ agent: { id: 'runner' }, tool: { name: 'bash', server: 'sandbox-1' } }, 0],
    [{ agent: { id: 'other' }, tool: { name: 'bash', server: 'b' } }, 0],
    [{ agent: { id: 'runner' }, tool: { name: 'bash', server: 'prod' } }, 1],
    [{ agent: { id: 'runner' }, tool: { name: 'bash' } }, 1],
    [{ tool: { name: 'bash', server: 'sandbox-1' } }, 1],
  ])('%j gives %i verdicts', (event, count) => {
    for (const backend of ['code', 'closures'] as const) {
      const outcome = policyOf('tool.name in shells', backend, exceptions).judge(
        judgedOf({ event }),
      );
      expect(outcome).toMatchObject({ is: 'ok', value: { length: count } });
    }
  });
});

describe('a verdict', () => {
  test('carries the rule and its message, on one line and bounded', () => {
    const name = `b\n\u2028ash${'x'.repeat(200)}`;
    const outcome = policyOf('has(tool.name)').judge(judgedOf({ event: { tool: { name } } }));
    expect(outcome).toEqual({
      is: 'ok',
      value: [
        {
          rule_id: 'TST-001',
          rule_version: 3,
          severity: 'low',
          status: 'monitor',
          action: 'flag',
          message: `tool b ash${'x'.repeat(74)}… of - {ok}`,
        },
      ],
    });
  });

  test('nothing matching gives the same empty answer every time', () => {
    const set = policyOf('tool.name == "bash"');
    const [first, other] = [{ event: { kind: 'step' } }, {}].map((g) => set.judge(judgedOf(g)));
    expect(first).toBe(other);
  });

  test('a rule that is off is not judged', () => {
    const set = policyOf('has(tool.name)', 'code', '{"status": "off"}');
    const event = { tool: { name: 'bash' } };
    expect(set.judge(judgedOf({ event }))).toEqual({ is: 'ok', value: [] });
  });

  test('an inner failure becomes a dead letter that quotes nothing of the event', () => {
    const event = {
      kind: 'tool_call',
      get tool(): never {
        throw new TypeError('secret');
      },
    };
    const outcome = policyOf('has(tool.name)').judge({ ...judgedOf({}), event: event as never });
    expect(outcome).toEqual({
      is: 'deadLetter',
      code: 'SPINE_POLICY_FAILED',
      cause: 'wanted a verdict, found TypeError while judging',
    });
  });
});

describe('the name of a bundle', () => {
  test('follows what the rules say, not how the file looks', () => {
    const name = policyOf('tool.name in shells').bundleHash;
    const text = ruleText('tool.name in shells');
    const reordered = JSON.stringify(
      { ...(JSON.parse(text) as object), lists: { shells: ['bash', 'sh'] } },
      null,
      4,
    );
    const again = compilePolicy(
      parseRules([readRuleDocument('other.yaml', `# c\n${reordered}`)], fields),
    );
    expect(again.bundleHash).toBe(name);
    expect(policyOf('tool.name in ["bash", "sh"]').bundleHash).not.toBe(name);
  });
});
