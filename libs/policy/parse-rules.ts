// Rule files, already parsed to data → rules ready to compile. All mistakes of all files are found
// in one reading.
// Guarantees: a rule that comes out of here has a known shape, known names, settled types and a
// bounded cost.
// Example: parseRules([readRuleDocument('tools.yaml', text)], fieldTable(avsc)) throws
// SPINE_POLICY_FILE tools.yaml:14 …
import type { z } from 'zod';
import type { Condition } from './condition.ts';
import type { FieldTable } from './field-table.ts';
import { LIMITS } from './limits.ts';
import { parseMessage } from './message.ts';
import { ConditionError, type Mistake, quoted, raise } from './mistake.ts';
import { nearestName } from './nearest-name.ts';
import { readCondition } from './read-condition.ts';
import { withExceptions } from './read-exceptions.ts';
import type { Names } from './read-value.ts';
import type { Rule, RuleDefinition } from './rule.ts';
import type { RuleDocument } from './rule-document.ts';
import { RULE_FILE, type RuleEntry, type RuleFile } from './rule-schema.ts';
import { testMistakes } from './test-event.ts';

type Path = readonly (string | number)[];

/** Throws SpineError SPINE_POLICY_FILE: the first mistake, the others in hint and cause. */
export function parseRules(documents: readonly RuleDocument[], fields: FieldTable): Rule[] {
  const { rules, mistakes } = readRules(documents, fields);
  raise(mistakes);
  return rules;
}

/** As parseRules, for tools that show mistakes instead of stopping. */
export function readRules(
  documents: readonly RuleDocument[],
  fields: FieldTable,
): { readonly rules: Rule[]; readonly mistakes: Mistake[] } {
  const rules: Rule[] = [];
  const mistakes: Mistake[] = [];
  for (const document of documents) {
    const file = fileOf(document, mistakes);
    if (file !== undefined) rules.push(...rulesOf(file, document, fields, mistakes));
  }
  mistakes.push(...doubles(rules));
  if (rules.length > LIMITS.rules) {
    const where = rules[LIMITS.rules]?.where ?? '';
    mistakes.push({ where, wanted: `at most ${LIMITS.rules} rules`, found: `${rules.length}` });
  }
  return { rules, mistakes };
}

function fileOf(document: RuleDocument, mistakes: Mistake[]): RuleFile | undefined {
  if (document.mistakes.length > 0) {
    mistakes.push(...document.mistakes);
    return undefined;
  }
  const checked = RULE_FILE.safeParse(document.content);
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues) mistakes.push(...issueMistakes(issue, document));
  return undefined;
}

/** zod's issue in our words: where, what was wanted, what was found. */
function issueMistakes(issue: z.core.$ZodIssue, document: RuleDocument): Mistake[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const key = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(document.content, path);
    return issue.keys.map((unknown) => {
      const near = nearestName(unknown, known);
      const wanted = near === undefined ? 'no such key' : `"${near}"`;
      return {
        where: document.locate([...path, unknown]),
        wanted,
        found: `key ${quoted(unknown)}`,
      };
    });
  }
  const found = at(document.content, path);
  return [
    {
      where: document.locate(path),
      wanted: `${key === '' ? 'the file' : key}: ${wantedBy(issue)}`,
      found: found === undefined ? 'nothing' : quoted(found),
    },
  ];
}

function wantedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return issue.pattern === undefined ? issue.format : `text like ${issue.pattern}`;
    case 'too_small':
      return `at least ${issue.minimum} (${issue.origin})`;
    case 'too_big':
      return `at most ${issue.maximum} (${issue.origin})`;
    default:
      return issue.message;
  }
}

/** Keys that the schema knows at the place, by the shape of the path. */
function knownKeys(content: unknown, path: Path): readonly string[] {
  const shape = path.reduce<unknown>((schema, step) => below(schema, step), RULE_FILE);
  const keys = (shape as { shape?: object } | undefined)?.shape;
  return keys === undefined
    ? []
    : Object.keys(keys).filter((k) => at(content, [...path, k]) === undefined);
}

function below(schema: unknown, step: string | number): unknown {
  let inner = schema as {
    shape?: Record<string, unknown>;
    element?: unknown;
    unwrap?: () => unknown;
  };
  while (typeof inner?.unwrap === 'function' && inner.element === undefined) {
    inner = inner.unwrap() as typeof inner;
  }
  return typeof step === 'number' ? inner?.element : inner?.shape?.[step];
}

function at(content: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    content,
  );
}

function rulesOf(
  file: RuleFile,
  document: RuleDocument,
  fields: FieldTable,
  mistakes: Mistake[],
): Rule[] {
  const lists = file.lists ?? {};
  const macros = file.macros ?? {};
  const names: Names = {
    fields,
    lists: new Map(Object.entries(lists)),
    macros: new Map(Object.entries(macros)),
  };
  const tell = teller(document, mistakes);
  for (const [group, defined] of Object.entries({ lists, macros })) {
    for (const name of Object.keys(defined)) {
      const taken = fields.has(name) || (group === 'macros' && Object.hasOwn(lists, name));
      if (taken) {
        const where = document.locate([group, name]);
        mistakes.push({ where, wanted: 'a name of its own', found: `${quoted(name)}, taken` });
      }
    }
  }
  for (const name of names.macros.keys()) {
    tell(['macros', name], () => readCondition(name, names));
  }
  const rules = file.rules.map((entry, i) => ruleOf(entry, ['rules', i], names, document, tell));
  return rules.filter((rule) => rule !== undefined).map((rule) => ({ ...rule, lists, macros }));
}

type Tell = <T>(path: Path, read: () => T) => T | undefined;

/** Runs a reading; a ConditionError becomes a mistake at its place. */
function teller(document: RuleDocument, mistakes: Mistake[]): Tell {
  return (path, read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      const place = error.offset > 0 ? ` (character ${error.offset + 1})` : '';
      mistakes.push({
        where: document.locate(path, error.offset),
        wanted: error.wanted,
        found: `${error.found}${place}`,
      });
      return undefined;
    }
  };
}

function ruleOf(
  entry: RuleEntry,
  path: Path,
  names: Names,
  document: RuleDocument,
  tell: Tell,
): Omit<Rule, 'lists' | 'macros'> | undefined {
  const definition: RuleDefinition = {
    ...entry,
    exceptions: entry.exceptions ?? [],
    tests: entry.tests.map((test) => ({ ...test, facts: test.facts ?? {}, pii: test.pii ?? {} })),
  };
  const condition = tell([...path, 'condition'], () => readCondition(entry.condition, names));
  let whole: Condition | undefined = condition;
  for (const [i, exception] of definition.exceptions.entries()) {
    const before = whole ?? { is: 'const', value: true };
    whole = tell([...path, 'exceptions', i], () => withExceptions(before, [exception], names));
  }
  const message = tell([...path, 'message'], () => parseMessage(entry.message, names));
  for (const [i, test] of definition.tests.entries()) {
    tell([...path, 'tests', i], () => testMistakes(test, names.fields));
  }
  if (condition === undefined || whole === undefined || message === undefined) return undefined;
  return {
    definition,
    condition: whole,
    message: message,
    where: document.locate(path),
    locate: (inner) => document.locate([...path, ...inner]),
  };
}

function doubles(rules: readonly Rule[]): Mistake[] {
  const first = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const { definition, where, locate } of rules) {
    const earlier = first.get(definition.id);
    if (earlier === undefined) first.set(definition.id, where);
    else {
      const found = `${quoted(definition.id)}, taken at ${earlier}`;
      mistakes.push({ where: locate(['id']), wanted: 'an id of its own', found });
    }
  }
  return mistakes;
}
