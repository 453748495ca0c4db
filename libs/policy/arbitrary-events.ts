// Generated events for the tests: few values, so that conditions often meet them, and much that is
// absent.
// Example: fc.sample(judgedEvents(fields), 1)
import type { Judged } from '@agentspine/event/facts';
import fc from 'fast-check';
import type { FieldTable } from './field-table.ts';
import { testJudged } from './test-event.ts';

// The oracle cannot take a map with a key "constructor"; that name is tested in
// code-injection.test.ts.
export const WORDS = [
  'bash',
  'sh',
  'db.delete',
  'a',
  '',
  'prod',
  'über',
  '👩‍💻 ok',
  'it\'s "q"',
  'a\\b\nc',
];

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(arbitrary, { freq: 3 });
const word = fc.constantFrom(...WORDS);
const number = fc.constantFrom(0, 1, 2, 3, 0.5, -1, 1000);
const body = fc.oneof(
  word,
  fc
    .record(
      {
        path: word,
        n: number,
        any: fc.oneof(word, number, fc.boolean(), fc.constant({ a: 1 }), fc.constant(['a'])),
        list: fc.array(fc.oneof(number, word), { maxLength: 3 }),
        o: fc.record({ deep: fc.oneof(word, number) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);
const server = fc.constantFrom('api.example.com:80', 'https://u@sh/x', ' ', '');
const document = fc.record({ id: word, score: maybe(number) });

const generated = fc.record({
  tool: maybe(fc.record({ name: word, effect: maybe(word), server: maybe(server) })),
  agent: maybe(fc.record({ id: maybe(word) })),
  environment: maybe(fc.constantFrom('prod', 'dev')),
  error_type: maybe(word),
  input: maybe(body),
  decision: maybe(fc.record({ confidence: maybe(number), irreversible: maybe(fc.boolean()) })),
  model: maybe(fc.record({ output_tokens: maybe(number) })),
  attributes: fc.dictionary(fc.constantFrom('k', 'toString', 'bash', 'a'), word),
  features: fc.dictionary(fc.constantFrom('score'), number),
  retrieval: maybe(fc.record({ documents: fc.array(document, { maxLength: 3 }) })),
  seq: fc.constantFrom(-1, 0, 1, 3),
  cost_nano_usd: number,
  owner: fc.constantFrom('', 'a', 'prod'),
  registered: fc.boolean(),
  allowed_tools: fc.array(word, { maxLength: 3 }),
  labels: fc.array(fc.constantFrom('email', 'card'), { maxLength: 2 }),
});

/** Events of kind tool_call, with facts and labels. */
export function judgedEvents(fields: FieldTable): fc.Arbitrary<Judged> {
  return generated.map((all) => {
    const { environment, input, seq, cost_nano_usd, owner, registered, ...rest } = all;
    const { allowed_tools, labels, ...event } = rest;
    return testJudged(
      {
        name: 'generated',
        expect: 'match',
        event: {
          kind: 'tool_call',
          producer: { environment },
          input: input === null ? null : { inline: input },
          ...event,
        },
        facts: { seq, cost_nano_usd, business: { owner, registered, allowed_tools } },
        pii: { labels },
      },
      fields,
    );
  });
}
