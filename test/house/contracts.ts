// What must agree with its documentation: schemas, error codes, configuration keys.
// Guarantees: the comparison goes both ways, so neither side can keep something the other has lost.
// Example: a code that is in the catalogue and not in docs/errors.md is refused.
import { configKeys } from '@agentspine/config/config-keys';
import { ERRORS } from '@agentspine/outcome/errors';
import type { Rule, SourceFile, Violation } from './source-file.ts';
import { banned, fileRule } from './source-file.ts';

export const schemaDocs: Rule = fileRule(
  'every field of a schema has a doc, every enum a default',
  (path) => path.endsWith('.avsc'),
  (file) => {
    const found: Violation[] = [];
    checkType(JSON.parse(file.text), (name, what, instead) => {
      const at = file.lines.findIndex((line) => line.includes(`"name": "${name}"`));
      found.push(banned(file, Math.max(at, 0) + 1, what, instead));
    });
    return found;
  },
);

type Refuse = (name: string, what: string, instead: string) => void;

function checkType(type: unknown, refuse: Refuse): void {
  if (Array.isArray(type)) {
    for (const branch of type) checkType(branch, refuse);
    return;
  }
  if (typeof type !== 'object' || type === null) return;
  const schema = type as Readonly<Record<string, unknown>>;
  const name = typeof schema['name'] === 'string' ? schema['name'] : '';
  const named = schema['type'] === 'record' || schema['type'] === 'enum';
  if (named && !hasDoc(schema)) refuse(name, `${name} without a doc`, 'a sentence in "doc"');
  if (schema['type'] === 'enum' && typeof schema['default'] !== 'string') {
    refuse(name, `enum ${name} without a default`, 'a default symbol, so that it can grow');
  }
  for (const field of (schema['fields'] ?? []) as readonly Readonly<Record<string, unknown>>[]) {
    const label = String(field['name']);
    if (!hasDoc(field)) refuse(label, `field ${label} without a doc`, 'a sentence in "doc"');
    checkType(field['type'], refuse);
  }
  checkType(schema['items'], refuse);
  checkType(schema['values'], refuse);
  if (typeof schema['type'] === 'object') checkType(schema['type'], refuse);
}

const hasDoc = (schema: Readonly<Record<string, unknown>>): boolean =>
  typeof schema['doc'] === 'string' && schema['doc'].trim().length > 3;

/**
 * Both ways: every name has a heading or a first cell `name` in the page, and the page names
 * nothing else.
 */
function agrees(page: string, known: readonly string[], entry: RegExp, what: string): Rule {
  return {
    name: `${page} and the code agree`,
    check: (files) => {
      const file = files.find((each) => each.path === page);
      if (file === undefined) {
        return [
          {
            path: page,
            line: 1,
            message: `a missing page is banned, use one that lists every ${what}`,
          },
        ];
      }
      return [...notDocumented(file, known, entry, what), ...notKnown(file, known, entry, what)];
    },
  };
}

function notDocumented(
  file: SourceFile,
  known: readonly string[],
  entry: RegExp,
  what: string,
): readonly Violation[] {
  const documented = new Set(entriesOf(file, entry).map(([name]) => name));
  return known
    .filter((name) => !documented.has(name))
    .map((name) => banned(file, 1, `${what} ${name} without an entry`, 'an entry in this page'));
}

function notKnown(
  file: SourceFile,
  known: readonly string[],
  entry: RegExp,
  what: string,
): readonly Violation[] {
  return entriesOf(file, entry)
    .filter(([name]) => !known.includes(name))
    .map(([name, line]) => banned(file, line, `an entry for ${name}`, `a ${what} that exists`));
}

function entriesOf(file: SourceFile, entry: RegExp): readonly (readonly [string, number])[] {
  return file.lines.flatMap((line, at) => {
    const name = entry.exec(line)?.[1];
    return name === undefined ? [] : [[name, at + 1] as const];
  });
}

/** docs/errors.md: a heading `### SPINE_…` per code. */
export const errorDocs = agrees(
  'docs/errors.md',
  Object.keys(ERRORS),
  /^### `?(SPINE_[A-Z0-9_]+)`?$/u,
  'error code',
);

/** docs/config.md: a row of a table whose first cell is the key. */
export const configDocs = agrees(
  'docs/config.md',
  configKeys().map((key) => key.name),
  /^\| `([a-z0-9_.]+)` \|/u,
  'configuration key',
);
