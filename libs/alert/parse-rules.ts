// Reads files of alert rules: every rule with its tests, all mistakes at once with file and line.
// Guarantees: what is returned is in bounds; an id stands for one rule over all files; a rule
// without a runbook or without a test is a mistake.
// Example: const { rules, tests } = parseRules([{ value, locate, nearest }])
import { conditionKeys, parseCondition } from './parse-condition.ts';
import { parseTests } from './parse-tests.ts';
import {
  FieldReader,
  raise,
  type Fields,
  type Mistake,
  type Path,
  type Source,
} from './read-fields.ts';
import { DIMENSIONS, SEVERITIES } from './rule.ts';
import type { Condition, Dimension, Rule, RuleSet, RuleTest } from './rule.ts';

const RULE_KEYS = [
  'id',
  'name',
  'kind',
  'severity',
  'by',
  'where',
  'for',
  'keep_firing_for',
  'resolve_without_data',
  'labels',
  'advice',
  'runbook',
  'tests',
] as const;

const ID = /^[A-Z][A-Z0-9-]{2,62}$/u;
const URL_FORM = /^(?:https?:\/\/\S+|docs\/\S+)$/u;
const RULES_MAX = 500;
const DAY = 86_400_000;

/** @throws SpineError SPINE_ALERT_FILE */
export function parseRules(sources: readonly Source[]): RuleSet {
  const mistakes: Mistake[] = [];
  const rules: Rule[] = [];
  const tests: RuleTest[] = [];
  const places = new Map<string, string>();
  for (const source of sources) {
    const read = new FieldReader(source);
    const file = read.fields(source.value, [], ['rules']);
    const list = read.list(file, [], 'rules', 'rules');
    if (list.length === 0) read.refuse(['rules'], 'at least one rule', file['rules']);
    for (const [index, value] of list.entries()) {
      const path = ['rules', index];
      const { rule, own } = parseRule(read, value, path);
      const taken = places.get(rule.id);
      if (taken !== undefined && rule.id !== '') {
        read.refuse([...path, 'id'], `an id of its own; ${rule.id} stands at ${taken}`, rule.id);
      }
      places.set(rule.id, rule.where);
      rules.push(rule);
      tests.push(...own);
    }
    mistakes.push(...read.mistakes);
  }
  if (rules.length > RULES_MAX) {
    const where = rules.at(-1)?.where ?? '';
    mistakes.push({ where, wanted: `at most ${RULES_MAX} rules`, found: String(rules.length) });
  }
  raise(mistakes);
  return { rules, tests };
}

function parseRule(
  read: FieldReader,
  value: unknown,
  path: Path,
): { readonly rule: Rule; readonly own: readonly RuleTest[] } {
  const given = typeof value === 'object' && value !== null ? (value as Fields)['kind'] : undefined;
  const from = read.fields(value, path, [...RULE_KEYS, ...conditionKeys(given)]);
  const id = read.text(from, path, 'id', undefined, ID);
  const condition = parseCondition(read, from, path);
  const rule: Rule = {
    id,
    name: read.text(from, path, 'name'),
    severity: read.choice(from, path, 'severity', SEVERITIES),
    scope: {
      by: read.choices(from, path, 'by', dimensionsOf(condition), defaultBy(condition)),
      where: read.labels(from['where'], [...path, 'where'], DIMENSIONS),
    },
    condition,
    forMs: read.duration(from, path, 'for', 0),
    keepFiringForMs: read.duration(from, path, 'keep_firing_for', 600_000),
    resolveWithoutDataMs: read.duration(from, path, 'resolve_without_data', DAY),
    labels: read.labels(from['labels'], [...path, 'labels']),
    advice: read.text(from, path, 'advice'),
    runbook: read.text(from, path, 'runbook', undefined, URL_FORM),
    where: read.where(path),
  };
  const own = parseTests(read, from, path, rule);
  if (own.length === 0) read.refuse([...path, 'id'], `tests beside the rule ${id}`, undefined);
  return { rule, own };
}

/** Some signals know no finer split. */
function dimensionsOf(condition: Condition): readonly Dimension[] {
  switch (condition.kind) {
    case 'pipeline':
      return [];
    case 'drift':
    case 'violations':
      return ['tenant', 'agent'];
    case 'budget':
    case 'absence':
    case 'slo_burn':
    case 'threshold':
      return DIMENSIONS;
    default:
      return condition satisfies never;
  }
}

function defaultBy(condition: Condition): readonly Dimension[] {
  return condition.kind === 'pipeline' ? [] : ['tenant', 'agent'];
}
