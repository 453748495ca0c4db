// Generated conditions for the tests, each in two forms that mean the same: ours, and plain CEL
// where every field hangs on the variable e.
// Example: fc.sample(condition, 1) → [{ ours: 'tool.name == "a"', cel: 'e.tool.name == "a"' }]
import fc from 'fast-check';
import { WORDS } from './arbitrary-events.ts';

/** The same condition in our form and in plain CEL, where every field hangs on the variable e. */
export type Twin = { readonly ours: string; readonly cel: string };
const same = (text: string): Twin => ({ ours: text, cel: text });
const field = (name: string): Twin => ({ ours: name, cel: `e.${name}` });
const join = (parts: readonly (Twin | string)[]): Twin => ({
  ours: parts.map((p) => (typeof p === 'string' ? p : p.ours)).join(''),
  cel: parts.map((p) => (typeof p === 'string' ? p : p.cel)).join(''),
});

const literalText = fc.constantFrom(...WORDS).map((word) => same(JSON.stringify(word)));
const literalNumber = fc.constantFrom('0', '1', '2', '-1', '0.5', '3', '-0.0', '1e3').map(same);
const json = field('input.inline');
const jsonValue = (path: string): Twin => join(['json(', json, `)${path}`]);
const textField = fc.constantFrom(
  field('tool.name'),
  field('tool.effect'),
  field('agent.id'),
  field('error_type'),
  field('producer.environment'),
  field('attributes.k'),
  field('attributes["toString"]'),
  field('business.owner'),
  field('input.inline'),
  jsonValue('.path'),
  join(['domain(', field('tool.server'), ')']),
);
const numberField = fc.constantFrom(
  field('seq'),
  field('decision.confidence'),
  field('model.output_tokens'),
  field('features.score'),
  field('cost_nano_usd'),
  jsonValue('.n'),
  jsonValue('["list"][0]'),
  join(['size(', field('tool.name'), ')']),
  join(['size(', field('pii.labels'), ')']),
);
const typedNumber = fc.constantFrom(
  field('seq'),
  field('decision.confidence'),
  field('cost_nano_usd'),
);
const dynField = fc.constantFrom(jsonValue('.any'), jsonValue('.list[1]'), jsonValue('.o.deep'));
const boolField = fc.constantFrom(field('decision.irreversible'), field('business.registered'));
const textOf = fc.oneof({ weight: 3, arbitrary: textField }, dynField);
const equals = fc.constantFrom(' == ', ' != ');
const order = fc.constantFrom(' < ', ' <= ', ' > ', ' >= ');
const PATTERNS = ['^b', 'a.*h', '(?i)BASH|zsh', '[^a-z]', 'é?b{1,2}$', '\\bok\\b', '(a|b)+c'];

const leaf: fc.Arbitrary<Twin> = fc.oneof(
  fc.tuple(textOf, equals, fc.oneof(literalText, textField)).map(join),
  fc.tuple(fc.oneof(numberField, dynField), equals, literalNumber).map(join),
  // Never two values of JSON: CEL orders texts, this language does not.
  fc.tuple(fc.oneof(numberField, dynField), order, fc.oneof(literalNumber, typedNumber)).map(join),
  fc
    .tuple(
      textOf,
      fc.constantFrom('startsWith', 'endsWith', 'contains'),
      fc.oneof(literalText, textField),
    )
    .map(([of, name, part]) => join([of, `.${name}(`, part, ')'])),
  fc
    .tuple(textOf, fc.constantFrom(...PATTERNS))
    .map(([of, pattern]) => join([of, `.matches(${JSON.stringify(pattern)})`])),
  fc
    .tuple(textOf, fc.uniqueArray(literalText, { maxLength: 4 }))
    .map(([of, list]) =>
      join([of, ' in [', ...list.flatMap((item, i) => (i === 0 ? [item] : [', ', item])), ']']),
    ),
  textField.map((of) => ({
    ours: `${of.ours} in shells`,
    cel: `${of.cel} in ["bash", "sh", "zsh"]`,
  })),
  textField.map((of) => join([of, ' in ', field('business.allowed_tools')])),
  textField.map((of) => join([of, ' in ', field('attributes')])),
  textField.map((of) => join([of, ' in ', jsonValue('.list')])),
  fc
    .constantFrom(
      'tool.name',
      'tool.effect',
      'attributes.k',
      'decision.confidence',
      'business.owner',
      'features.score',
    )
    .map((name) => join(['has(', field(name), ')'])),
  // has() is false, not an error, where something before the last name is missing: spelled out for
  // CEL.
  fc.constantFrom('any', 'o.deep').map((path) => ({
    ours: `has(json(input.inline).${path})`,
    cel: `(has(e.input.inline) && ${path
      .split('.')
      .map((_, i, steps) => `has(json(e.input.inline).${steps.slice(0, i + 1).join('.')})`)
      .join(' && ')})`,
  })),
  boolField,
  fc.tuple(boolField, equals, fc.constantFrom('true', 'false').map(same)).map(join),
  fc.constantFrom(same('true'), same('false')),
  fc.constant({ ours: 'risky', cel: '(!(e.environment == "prod") || e.decision.irreversible)' }),
);

const itemLeaf: fc.Arbitrary<Twin> = fc.oneof(
  literalText.map((text) => join(['d.id == ', text])),
  fc.tuple(order, literalNumber).map(([o, n]) => join([`d.score${o}`, n])),
  fc.constantFrom('has(d.score)', 'd.id.startsWith("a")', '!(d.score > 1)').map(same),
  textField.map((of) => join(['d.id != ', of])),
);
const loop: fc.Arbitrary<Twin> = fc.oneof(
  fc
    .tuple(fc.constantFrom('exists', 'all'), itemLeaf, itemLeaf, fc.constantFrom(' && ', ' || '))
    .map(([name, a, b, op]) => join([field('retrieval.documents'), `.${name}(d, `, a, op, b, ')'])),
  fc
    .tuple(fc.constantFrom('exists', 'all'), fc.oneof(literalText, textField))
    .map(([name, part]) =>
      join([field('business.allowed_tools'), `.${name}(t, t.contains(`, part, '))']),
    ),
  fc
    .tuple(fc.constantFrom('exists', 'all'), literalNumber)
    .map(([name, n]) => join([jsonValue('.list'), `.${name}(x, x > `, n, ')'])),
);

export const condition = fc.letrec<{ whole: Twin }>((tie) => ({
  whole: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: loop },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie('whole'), tie('whole'))
        .map(([a, b]) => join(['(', a, ' && ', b, ')'])),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie('whole'), tie('whole'))
        .map(([a, b]) => join(['(', a, ' || ', b, ')'])),
    },
    { weight: 2, arbitrary: tie('whole').map((a) => join(['!(', a, ')'])) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(leaf, tie('whole'), tie('whole'))
        .map(([t, a, b]) => join(['(', t, ' ? ', a, ' : ', b, ')'])),
    },
  ),
})).whole;
