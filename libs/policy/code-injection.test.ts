// No text of a rule reaches generated code, whatever it holds: names of JavaScript's own things,
// quotes, comments, line separators. The generated source is compared with one that is free of all
// of them.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodeWriter } from './emit-code.ts';
import { fieldTable } from './field-table.ts';
import { readCondition } from './read-condition.ts';
import { SlotTable } from './slot-table.ts';

const fields = fieldTable(
  JSON.parse(readFileSync(new URL('../../schemas/agent-event.avsc', import.meta.url), 'utf8')),
);
const names = { fields, lists: new Map(), macros: new Map() };

function sourceOf(condition: string): string {
  return new CodeWriter(new SlotTable()).factory([
    { number: 0, condition: readCondition(condition, names) },
  ]);
}

const TEMPLATES: readonly ((text: string) => string)[] = [
  (text) => `tool.name == ${text}`,
  (text) => `tool.name in [${text}, "x"]`,
  (text) => `tool.name.startsWith(${text})`,
  (text) => `attributes[${text}] == ${text}`,
  (text) => `json(input.inline)[${text}].exists(x, x == ${text})`,
  (text) => `glob(tool.name, ${text}) || pii(${text})`,
  (text) => `has(attributes[${text}]) && intersects(pii.output, [${text}])`,
];
const EVIL = [
  '"+globalThis.process.exit(1)+"',
  '`${globalThis}`',
  '*/ throw 1 /*',
  "');process.exit(1);('",
  'constructor',
  '__proto__',
  '\u2028alert(1)\u2029',
  '\\u0022;x=1;//',
  '</script>',
  '$&$1',
];

test('the source is the same for every text', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TEMPLATES),
      fc.oneof(fc.constantFrom(...EVIL), fc.string({ unit: 'grapheme', maxLength: 40 })),
      (template, text) => {
        // JSON's escapes are CEL's, save for lone surrogates, which no rule file can hold.
        // A JSON key of plain characters is looked for in a quicker way: two shapes, no third.
        const shapes = [sourceOf(template('"plain"')), sourceOf(template('"not plain"'))];
        expect(shapes).toContain(sourceOf(template(JSON.stringify(text))));
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  'constructor.constructor("x") == 1',
  'tool.constructor == "x"',
  'tool.__proto__ == "x"',
  'tool["constructor"] == "x"',
  '__proto__.x == 1',
  'toString == "x"',
  'globalThis == "x"',
  'E.tool == "x"',
  'k0 == "x"',
  'retrieval.documents.exists(I, I.constructor == "x")',
  'tool.name.constructor("return 1")',
  'this.x == 1',
])('refuses %s', (condition) => {
  expect(() => readCondition(condition, names)).toThrow(/wanted/);
});

test('a loop variable is never a name in the source', () => {
  const plain = sourceOf('retrieval.documents.exists(d, d.id == "x")');
  expect(sourceOf('retrieval.documents.exists(process, process.id == "x")')).toBe(plain);
});

test('a field table with a name that is no plain name is refused', () => {
  const avsc = { type: 'record', fields: [{ name: 'a;b', type: 'string' }] };
  expect(() => fieldTable(avsc)).toThrow('"a;b"');
  const type = { is: 'string' } as const;
  const smuggled = new Map([['x', { type, path: ['event', 'x){}//'], doc: '' }]]);
  const condition = readCondition('x == "a"', { ...names, fields: smuggled });
  const writer = new CodeWriter(new SlotTable());
  expect(() => writer.factory([{ number: 0, condition }])).toThrow('not a plain name');
});
