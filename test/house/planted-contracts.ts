// Planted violations and near misses of the rules that hold code and documentation together
// (contracts.ts).
// Guarantees: as planted.ts, of which this is a part.
// Example: a page that lacks the first error code is refused, one that lists all passes.
import { configKeys } from '@agentspine/config/config-keys';
import { ERRORS } from '@agentspine/outcome/errors';
import type { PlantedRule } from './planted.ts';

const errorPage = (codes: readonly string[]): string =>
  ['# Errors', ...codes.map((code) => `### \`${code}\`\n\nMeaning.`)].join('\n');
const configPage = (names: readonly string[]): string =>
  ['# Configuration', ...names.map((name) => `| \`${name}\` | 1 | ms | 1–2 | Meaning. |`)].join(
    '\n',
  );
const codes = Object.keys(ERRORS);
const keys = configKeys().map((key) => key.name);
const field = (rest: object): string =>
  JSON.stringify(
    { type: 'record', name: 'Event', doc: 'One event.', fields: [{ name: 'id', ...rest }] },
    null,
    2,
  );

export const PLANTED_CONTRACTS: readonly PlantedRule[] = [
  {
    rule: 'every field of a schema has a doc, every enum a default',
    refused: [
      {
        path: 'schemas/x.avsc',
        text: field({ type: 'string' }),
        line: 7,
        use: 'a sentence in "doc"',
      },
      {
        path: 'schemas/x.avsc',
        text: field({
          doc: 'Kind.',
          type: ['null', { type: 'enum', name: 'Kind', doc: 'All.', symbols: ['a'] }],
        }),
        line: 13,
        use: 'a default symbol',
      },
      {
        path: 'schemas/x.avsc',
        text: field({
          doc: 'Many.',
          type: { type: 'array', items: { type: 'record', name: 'In', fields: [] } },
        }),
        line: 13,
        use: 'a sentence in "doc"',
      },
    ],
    passed: [{ path: 'schemas/x.avsc', text: field({ doc: 'The id.', type: 'string' }) }],
  },
  {
    rule: 'docs/errors.md and the code agree',
    refused: [
      {
        path: 'docs/errors.md',
        text: errorPage(codes.slice(1)),
        line: 1,
        use: 'an entry in this page',
      },
      {
        path: 'docs/errors.md',
        text: errorPage([...codes, 'SPINE_GONE']),
        line: codes.length * 3 + 2,
        use: 'that exists',
      },
    ],
    passed: [{ path: 'docs/errors.md', text: errorPage(codes) }],
  },
  {
    rule: 'docs/config.md and the code agree',
    refused: [
      {
        path: 'docs/config.md',
        text: configPage(keys.slice(1)),
        line: 1,
        use: 'an entry in this page',
      },
      {
        path: 'docs/config.md',
        text: configPage([...keys, 'sink.gone']),
        line: keys.length + 2,
        use: 'that exists',
      },
    ],
    passed: [{ path: 'docs/config.md', text: configPage(keys) }],
  },
];
