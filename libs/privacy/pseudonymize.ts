// The privacy step of the journey: field policy, declared values, detector, over every string of an
// AgentEvent, compiled once from the schema. Only what changes is copied.
// Guarantees: every string leaf, list item, map key and map value of the schema is walked; an event
// that cannot be scrubbed is a dead letter SPINE_PRIVACY_FAILED, whose cause never holds a payload;
// it never passes in clear.
// Example: const pseudonymize = compilePrivacy(policy, fields); const outcome = pseudonymize(event,
// keys)
import type { AgentEvent } from '@agentspine/event/agent-event';
import { copyEvent, READ_FIELD } from '@agentspine/event/copy-event';
import type { PiiFacts } from '@agentspine/event/facts';
import { deadLetter, ok, type Outcome } from '@agentspine/outcome/outcome';
import { SpineError } from '@agentspine/outcome/errors';
import type { EventField } from './event-fields.ts';
import { compileField, declaredSteps, type Step } from './field-steps.ts';
import type { FieldPolicy } from './field-policy.ts';
import { PrivacyBoundError } from './scan.ts';
import { Tokenizer, type PseudonymKeys } from './token.ts';
import { Work } from './work.ts';

export type Pseudonymize = (
  event: AgentEvent,
  keys: PseudonymKeys,
) => Outcome<{ event: AgentEvent; pii: PiiFacts }>;

/**
 * `fields` is readEventFields of schemas/agent-event.avsc; `tokenizer` holds the bounded memo of
 * tokens.
 */
export function compilePrivacy(
  policy: FieldPolicy,
  fields: EventField,
  tokenizer: Tokenizer = new Tokenizer(),
): Pseudonymize {
  if (fields.is !== 'record') throw new TypeError('the schema of an event is a record');
  const work = new Work(tokenizer);
  const declare = declaredSteps(policy, fields);
  const steps = topSteps(policy, fields);
  return (event, keys) => {
    try {
      work.open(keys, event.tenant_id);
      for (let k = 0; k < declare.length; k++) declare[k]!(event, work);
      return ok(run(event, steps, work));
    } catch (error) {
      return deadLetter('SPINE_PRIVACY_FAILED', causeOf(error));
    }
  };
}

type TopStep = {
  readonly name: string;
  readonly read: (event: AgentEvent) => unknown;
  readonly step: Step;
};

function topSteps(
  policy: FieldPolicy,
  fields: Extract<EventField, { is: 'record' }>,
): readonly TopStep[] {
  const steps: TopStep[] = [];
  for (const [name, field] of fields.fields) {
    const read = READ_FIELD[name as keyof AgentEvent] as TopStep['read'] | undefined;
    if (read === undefined) throw new TypeError('the schema has a field that events have not');
    const step = compileField(field, name, policy, fields.nullable.has(name));
    if (step !== null) steps.push({ name, read, step });
  }
  return steps;
}

function run(
  event: AgentEvent,
  steps: readonly TopStep[],
  work: Work,
): { event: AgentEvent; pii: PiiFacts } {
  let copy: Record<string, unknown> | null = null;
  let input: Set<string> | null = null;
  let output: Set<string> | null = null;
  for (let k = 0; k < steps.length; k++) {
    const { name, read, step } = steps[k]!;
    const value = read(event);
    if (value === null || value === undefined) continue;
    work.found = null;
    const changed = step(value, work);
    if (changed === value) continue;
    copy ??= copyEvent(event);
    copy[name] = changed;
    if (name === 'input') input = work.found;
    else if (name === 'output') output = work.found;
  }
  const scrubbed = (copy ?? event) as AgentEvent;
  return { event: scrubbed, pii: work.facts(input, output) };
}

/**
 * Names the reason without a value of the event: bounds and errors of the catalogue speak, all else
 * is its class.
 */
function causeOf(error: unknown): string {
  if (error instanceof PrivacyBoundError) return `wanted ${error.message}, found more`;
  if (error instanceof SpineError) return error.code;
  return error instanceof Error
    ? `${error.name} in a privacy step`
    : 'an unknown failure in a privacy step';
}
