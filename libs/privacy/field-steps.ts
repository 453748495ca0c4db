// Compiles the tree of an event's strings and a field policy to steps: functions from a value to
// the same value, or to a changed copy. A step that would keep everything below it is left out.
// Guarantee: what no path of the policy names is scanned.
// Example: compileField(fields.get('actor'), 'actor', policy, true)?.({ type: 'user', id: 'bob' },
// work)
import type { AgentEvent } from '@agentspine/event/agent-event';
import { READ_FIELD } from '@agentspine/event/copy-event';
import { REPEATED_RECORDS } from '@agentspine/event/repeated-records';
import { keyContext } from './context.ts';
import type { EventField } from './event-fields.ts';
import { declare, textStep, type TextStep } from './field-actions.ts';
import type { FieldAction, FieldPolicy } from './field-policy.ts';
import { DeclaredMemo, rememberClean, rememberDeclared } from './record-memo.ts';
import { rekeyDigest } from './token.ts';
import { TwoGenerationMap } from './two-generation-map.ts';
import type { Work } from './work.ts';

/** Value in, value out; the same object when nothing changed. */
export type Step = (value: unknown, work: Work) => unknown;

const SCAN: FieldAction = { action: 'scan' };

/** The step over one field, null when it would change nothing. */
export function compileField(
  field: EventField,
  path: string,
  policy: FieldPolicy,
  nullable: boolean,
): Step | null {
  switch (field.is) {
    case 'text':
      return textField(path, policy, nullable);
    case 'list': {
      const item = compileField(field.items, `${path}[]`, policy, false);
      const drops = policy.fields.get(`${path}[]`)?.action === 'drop';
      return item && ((value, work) => listStep(value as readonly unknown[], work, item, drops));
    }
    case 'map':
      return mapStep(path, policy, field.values?.is === 'text');
    case 'record':
      return rememberedStep(field, path, policy);
  }
}

function textField(path: string, policy: FieldPolicy, nullable: boolean): Step | null {
  const action = policy.fields.get(path) ?? SCAN;
  if (action.action === 'keep') return null;
  const step = textStep(action, keyContext(path.slice(path.lastIndexOf('.') + 1)));
  return (value, work) => step(value as string, work) ?? (nullable ? null : '');
}

function listStep(list: readonly unknown[], work: Work, item: Step, drops: boolean): unknown {
  if (list.length === 0) return list;
  if (drops) return [];
  let copy: unknown[] | null = null;
  for (let k = 0; k < list.length; k++) {
    const changed = item(list[k], work);
    if (changed !== list[k]) (copy ??= [...list])[k] = changed;
  }
  return copy ?? list;
}

/** The step over a record; for those that come again and again one that looks at each once. */
function rememberedStep(
  field: Extract<EventField, { is: 'record' }>,
  path: string,
  policy: FieldPolicy,
): Step | null {
  const step = recordStep(field, path, policy);
  if (step === null || !isRepeated(field, path)) return step;
  const names = [...field.fields.keys()];
  const isDeclared = (name: string): boolean =>
    policy.fields.get(`${path}.${name}`)?.action === 'pseudonymise';
  return names.some(isDeclared) ? rememberDeclared(step) : rememberClean(step, names);
}

function isRepeated(field: EventField, path: string): boolean {
  if (field.is !== 'record' || path.includes('.') || !REPEATED_RECORDS.has(field.name))
    return false;
  return [...field.fields.values()].every((child) => child.is === 'text');
}

function recordStep(
  field: Extract<EventField, { is: 'record' }>,
  path: string,
  policy: FieldPolicy,
): Step | null {
  const names: string[] = [];
  const steps: Step[] = [];
  for (const [name, child] of field.fields) {
    const step = compileField(child, `${path}.${name}`, policy, field.nullable.has(name));
    if (step === null) continue;
    names.push(name);
    steps.push(step);
  }
  if (steps.length === 0) return null;
  const finish = field.name === 'Content' ? finishContent : null;
  return (value, work) => {
    const record = value as Record<string, unknown>;
    let copy: Record<string, unknown> | null = null;
    for (let k = 0; k < steps.length; k++) {
      const name = names[k]!;
      const child = record[name];
      if (child === null || child === undefined) continue;
      const changed = steps[k]!(child, work);
      if (changed !== child) (copy ??= { ...record })[name] = changed;
    }
    if (copy === null) return value;
    return finish === null ? copy : finish(record, copy, work, shortens(policy, path));
  };
}

function shortens(policy: FieldPolicy, path: string): boolean {
  const action = policy.fields.get(`${path}.inline`)?.action;
  return action === 'truncate' || action === 'drop' || action === 'mask';
}

/**
 * Says that a body was cut, and puts the plain digest of an original that was scrubbed under the
 * key.
 */
function finishContent(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  work: Work,
  cut: boolean,
): Record<string, unknown> {
  if (before['inline'] === after['inline']) return after;
  if (cut) after['truncated'] = true;
  const digest = after['digest'];
  if (typeof digest === 'string' && digest !== '' && !digest.startsWith('hmac-')) {
    after['digest'] = rekeyDigest(work.keys, work.tenantId, digest);
  }
  return after;
}

function mapStep(path: string, policy: FieldPolicy, hasText: boolean): Step | null {
  const keyAction = policy.fields.get(`${path}.<key>`) ?? SCAN;
  const keyStep = keyAction.action === 'keep' ? null : textStep(keyAction, 0);
  const stepOf = hasText ? valueSteps(path, policy) : () => null;
  return (value, work) => {
    const map = value as Record<string, unknown>;
    let copy: Record<string, unknown> | null = null;
    let place = 0;
    for (const key of Object.keys(map)) {
      const old = map[key];
      const newKey = keyStep === null ? key : keyStep(key, work);
      const step = stepOf(key);
      const changed = step === null ? old : step(old as string, work);
      if (copy === null && (newKey !== key || changed !== old)) copy = firstOf(map, place);
      if (copy !== null && newKey !== null && changed !== null) setOwn(copy, newKey, changed);
      place++;
    }
    return copy ?? map;
  };
}

/**
 * The step of a map's value by its key: its own path in the policy, or that of all values, with the
 * key's context.
 */
function valueSteps(path: string, policy: FieldPolicy): (key: string) => TextStep | null {
  const all = policy.fields.get(`${path}.*`) ?? SCAN;
  const own = new Map<string, FieldAction>();
  for (const [name, action] of policy.fields) {
    if (name.startsWith(`${path}.`)) own.set(name.slice(path.length + 1), action);
  }
  const memo = new TwoGenerationMap<number, TextStep>(4096);
  return (key) => {
    const declared = own.get(key);
    const action = declared ?? all;
    if (action.action === 'keep') return null;
    const context = keyContext(key);
    if (declared !== undefined) return textStep(declared, context);
    let step = memo.get(context);
    if (step === undefined) memo.set(context, (step = textStep(all, context)));
    return step;
  };
}

function firstOf(map: Record<string, unknown>, count: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(map).slice(0, count)) setOwn(copy, key, map[key]);
  return copy;
}

/**
 * Two keys that scrub to one keep both values: the second gets a number. __proto__ is a key like
 * any other.
 */
function setOwn(map: Record<string, unknown>, key: string, value: unknown): void {
  let name = key;
  for (let n = 2; Object.hasOwn(map, name); n++) name = `${key}_${n}`;
  if (name === '__proto__') {
    Object.defineProperty(map, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } else map[name] = value;
}

export type DeclareStep = (event: AgentEvent, work: Work) => void;

/**
 * Steps that note the values of pseudonymised fields, so that they are found in the free text of
 * the same event. Those of one record that comes again and again are one step.
 */
export function declaredSteps(policy: FieldPolicy, fields: EventField): readonly DeclareStep[] {
  const steps: DeclareStep[] = [];
  let record = '';
  let ofRecord: DeclareStep[] = [];
  for (const [path, action] of policy.fields) {
    if (action.action !== 'pseudonymise' || path.includes('[]') || path.endsWith('>')) continue;
    const names = namesOf(path, fields);
    if (names === null) continue;
    const step = declareStep(names, action.type);
    const top = names[0]!;
    const field = fields.is === 'record' ? fields.fields.get(top) : undefined;
    if (field === undefined || !isRepeated(field, top)) {
      record = '';
      steps.push(step);
    } else if (record === top) ofRecord.push(step);
    else {
      record = top;
      ofRecord = [step];
      steps.push(remembered(top as keyof AgentEvent, ofRecord));
    }
  }
  return steps;
}

function declareStep(names: readonly string[], type: string): DeclareStep {
  return (event, work) => {
    let value: unknown = event;
    for (const name of names) value = (value as Record<string, unknown> | null)?.[name];
    if (typeof value === 'string') declare(value, work, type);
  };
}

function remembered(name: keyof AgentEvent, steps: readonly DeclareStep[]): DeclareStep {
  const memo = new DeclaredMemo();
  const read = READ_FIELD[name];
  return (event, work) => {
    const record = read(event);
    if (typeof record !== 'object' || record === null) return;
    memo.note(record, work, () => {
      for (const step of steps) step(event, work);
    });
  };
}

/** The names to follow to a path, null for all values of a map. */
function namesOf(path: string, fields: EventField): readonly string[] | null {
  const names: string[] = [];
  let field: EventField | undefined = fields;
  let rest = path;
  while (field?.is === 'record') {
    const name: string = rest.split('.', 1)[0]!;
    names.push(name);
    rest = rest.slice(name.length + 1);
    field = field.fields.get(name);
  }
  if (field?.is === 'map') return rest === '*' ? null : [...names, rest];
  return names;
}
