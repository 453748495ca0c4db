// The shape of a rule file, once: the parser checks it, and schemas/policy.schema.json (for
// editors) is made from it. Unknown keys are refused everywhere. What a condition may say is
// checked in read-condition.ts.
// Example: RULE_FILE.safeParse({ rules: [] }).success → true
import { KINDS } from '@agentspine/event/agent-event';
import { z } from 'zod';
import { COMPARISONS } from './read-exceptions.ts';
import { LIMITS } from './limits.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const name = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);
const sentence = z.string().min(1).max(200);

const exception = z.strictObject({
  name: sentence.describe('What the exception is for.'),
  fields: z.array(z.string()).min(1).max(8).describe('Fields that are compared, in order.'),
  comps: z
    .array(z.enum(COMPARISONS))
    .min(1)
    .max(8)
    .describe('How each field is compared, in the order of fields.'),
  values: z
    .array(z.array(z.union([scalar, z.array(scalar).max(LIMITS.listItems)])).min(1))
    .max(LIMITS.exceptionRows)
    .describe('Rows: an event that fits all fields of one row is excused.'),
});

const test = z.strictObject({
  name: sentence.describe('What the test shows, as a sentence.'),
  event: z
    .record(z.string(), z.unknown())
    .describe('Fields of AgentEvent that matter; the rest take their defaults.'),
  facts: z.record(z.string(), z.unknown()).optional().describe('Facts that matter.'),
  pii: z.record(z.string(), z.unknown()).optional().describe('labels, input, output, counts.'),
  expect: z.enum(['match', 'no_match']),
});

const rule = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Z][A-Z0-9]{1,15}-[0-9]{3}$/)
    .describe('Stable id, for example TOOL-001. Unique in a bundle.'),
  name: sentence.describe('What the rule finds, for people.'),
  version: z.int().min(1).describe('Raised with every change of meaning.'),
  severity: z.enum(['info', 'low', 'medium', 'high', 'critical']),
  status: z
    .enum(['off', 'shadow', 'monitor', 'enforce'])
    .describe('off: not judged; shadow: judged, not alerted; monitor: alerted; enforce: acted on.'),
  kinds: z
    .array(z.enum(KINDS))
    .min(1)
    .max(KINDS.length)
    .describe('Kinds of event that the rule judges.'),
  condition: z
    .string()
    .min(1)
    .max(LIMITS.conditionChars)
    .describe('CEL subset; see docs/policies.md.'),
  exceptions: z.array(exception).max(16).optional(),
  action: z.enum(['allow', 'flag', 'block', 'escalate']).describe('What a guard is to do.'),
  message: z
    .string()
    .min(1)
    .max(LIMITS.messageChars)
    .describe('Why, for people; {field} puts a value of the event in.'),
  tags: z.strictObject({
    owasp: z
      .array(z.string().regex(/^(ASI|LLM)[0-9]{2}$/))
      .describe('OWASP Top 10 for Agentic Applications (ASI) or for LLM Applications (LLM).'),
    atlas: z
      .array(z.string().regex(/^AML\.T[0-9]{4}(\.[0-9]{3})?$/))
      .describe('MITRE ATLAS techniques.'),
  }),
  runbook: z.string().min(1).max(200).describe('Where the way out is written down.'),
  owner: z.string().min(1).max(100).describe('Who answers for the rule.'),
  tests: z.array(test).max(100).describe('At least one that matches and one that does not.'),
});

export const RULE_FILE = z.strictObject({
  lists: z
    .record(name, z.array(scalar).max(LIMITS.listItems))
    .optional()
    .describe('Named lists of constants, for use in conditions of this file.'),
  macros: z
    .record(name, z.string().min(1).max(LIMITS.conditionChars))
    .optional()
    .describe('Named conditions, for use in conditions of this file.'),
  rules: z.array(rule).max(LIMITS.rules),
});

export type RuleFile = z.infer<typeof RULE_FILE>;
export type RuleEntry = RuleFile['rules'][number];

/** JSON Schema (draft 2020-12) of a rule file. */
export function policyJsonSchema(): unknown {
  return {
    title: 'AgentSpine policy rules',
    ...z.toJSONSchema(RULE_FILE, { io: 'input' }),
  };
}
