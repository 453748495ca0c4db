// Tests beside an alert rule, in the manner of promtool: series in, expected alerts out.
// Guarantees: values in promtool's expanding notation (`0x12 20x6`, `0+10x5`, `_` for no data), at
// most 10,000 steps; a field the kind does not know is a mistake with its line.
// Example: expand('1+2x3 _x2 9') → [1, 3, 5, 7, NaN, NaN, 9]
import { ALERT_STATES } from './alert.ts';
import type { FieldReader, Fields, Path } from './read-fields.ts';
import type { Condition, ExpectedAlert, Rule, RuleTest, TestSeries } from './rule.ts';

const STEPS_MAX = 10_000;
const TERM =
  /^(?:(?<none>_)|(?<first>-?\d+(?:\.\d+)?)(?:(?<step>[+-]\d+(?:\.\d+)?))?)(?:x(?<times>\d+))?$/u;
/** What the drift watch may say, as the numbers that the series of a test hold. */
export const DRIFT_WORDS = ['insufficient_data', 'ok', 'warn', 'alert'] as const;

export function parseTests(
  read: FieldReader,
  from: Fields,
  path: Path,
  rule: Rule,
): readonly RuleTest[] {
  return read.list(from, path, 'tests', 'tests').map((value, index) => {
    const at = [...path, 'tests', index];
    const test = read.fields(value, at, ['name', 'step', 'series', 'expect']);
    const stepMs = read.duration(test, at, 'step', 300_000);
    return {
      rule: rule.id,
      name: read.text(test, at, 'name'),
      stepMs: Math.max(1_000, stepMs),
      series: read
        .list(test, at, 'series', 'series')
        .map((one, n) => parseSeries(read, one, [...at, 'series', n], rule.condition)),
      expect: read.list(test, at, 'expect', 'expectations').map((one, n) => {
        const here = [...at, 'expect', n];
        const expected = read.fields(one, here, ['at', 'alerts']);
        return {
          atMs: read.duration(expected, here, 'at'),
          alerts: read
            .list(expected, here, 'alerts', 'alerts')
            .map((alert, m) => parseExpected(read, alert, [...here, 'alerts', m])),
          where: read.where(here),
        };
      }),
      where: read.where(at),
    };
  });
}

function parseSeries(
  read: FieldReader,
  value: unknown,
  path: Path,
  condition: Condition,
): TestSeries {
  const fields = fieldsOf(condition);
  const from = read.fields(value, path, ['of', ...fields]);
  const values = new Map<string, readonly number[]>();
  for (const field of fields) {
    const text = from[field];
    if (text === undefined) continue;
    const steps = field === 'states' ? expandWords(text) : expand(text);
    if (steps === undefined) {
      read.refuse([...path, field], 'values like `0x12 20x6`, `0+10x5` or `_x3`', text);
    } else values.set(field, steps);
  }
  if (values.size === 0) read.refuse(path, `at least one of ${fields.join(', ')}`, value);
  return { of: read.labels(from['of'], [...path, 'of']), values };
}

function parseExpected(read: FieldReader, value: unknown, path: Path): ExpectedAlert {
  const from = read.fields(value, path, ['of', 'state', 'value']);
  return {
    of: read.labels(from['of'], [...path, 'of']),
    state: read.choice(from, path, 'state', ALERT_STATES),
    ...(from['value'] !== undefined && { value: read.number(from, path, 'value', {}) }),
  };
}

/** The fields the series of a test may hold. */
function fieldsOf(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'threshold':
    case 'pipeline':
      return ['value', 'n', 'part', 'whole'];
    case 'slo_burn':
      return ['bad', 'total'];
    case 'budget':
      return ['spent'];
    case 'drift':
      return ['states'];
    case 'violations':
      return ['count'];
    case 'absence':
      return ['events'];
    default:
      return condition satisfies never;
  }
}

/** promtool's notation; undefined where it is not that, or too long. */
export function expand(text: unknown): readonly number[] | undefined {
  if (typeof text === 'number') return [text];
  if (typeof text !== 'string') return undefined;
  const values: number[] = [];
  for (const term of text.trim().split(/\s+/u)) {
    const groups = TERM.exec(term)?.groups;
    if (groups === undefined) return undefined;
    // As in promtool, `a+bxn` is a and n more; `axn` too. `_xn` is n times nothing.
    const times = groups['times'] === undefined ? 0 : Number(groups['times']);
    const count = groups['none'] === undefined ? times + 1 : Math.max(1, times);
    if (values.length + count > STEPS_MAX) return undefined;
    const first = groups['none'] === undefined ? Number(groups['first']) : Number.NaN;
    const step = Number(groups['step'] ?? 0);
    for (let at = 0; at < count; at += 1) values.push(first + step * at);
  }
  return values;
}

/** `ok x3 alert x2` for the drift watch: the state of each step, by its place in DRIFT_WORDS. */
function expandWords(text: unknown): readonly number[] | undefined {
  if (typeof text !== 'string') return undefined;
  const values: number[] = [];
  for (const word of text.trim().split(/\s+/u)) {
    const { name, times } = /^(?<name>[a-z_]+?)(?:x(?<times>\d+))?$/u.exec(word)?.groups ?? {};
    const state = DRIFT_WORDS.findIndex((one) => one === name);
    const count = times === undefined ? 1 : Number(times);
    if (state < 0 || values.length + count > STEPS_MAX) return undefined;
    for (let at = 0; at < count; at += 1) values.push(state);
  }
  return values;
}
