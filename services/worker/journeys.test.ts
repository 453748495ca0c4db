// Many events stage by stage come to what each comes to alone: rows, refusals at every stage, and
// exits to be tried again, in the order of the sources.
import type { AgentEvent } from '@agentspine/event/agent-event';
import { deadLetter, ok, retry, type Outcome } from '@agentspine/outcome/outcome';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { journey, type Source, type Stage, type Steps } from './journey.ts';
import { journeys } from './journeys.ts';

const STAGES: readonly Stage[] = [
  'decode',
  'validate',
  'enrich',
  'pseudonymize',
  'judge',
  'encode',
];

/** What becomes of the source at each offset: a row, or an exit of one stage. */
type Plan = { readonly stage: Stage | null; readonly again: boolean };

/** Steps whose values tell what made them, so that a value of another record would show. */
function stepsOf(plans: readonly Plan[]): Steps {
  const at = <T>(stage: Stage, offset: number, value: T): Outcome<T> => {
    const plan = plans[offset]!;
    if (plan.stage !== stage) return ok(value);
    const cause = `wanted ${offset} to pass`;
    return plan.again
      ? retry('SPINE_REGISTRY_UNREACHABLE', cause)
      : deadLetter('SPINE_EVENT_VALUE', cause);
  };
  const eventOf = (offset: number, by: string): AgentEvent => ({ seq: offset, by }) as never;
  const offsetOf = (event: AgentEvent): number => event.seq!;
  return {
    decode: ({ offset }) =>
      at('decode', offset, { schemaId: offset, event: eventOf(offset, 'decode') }),
    validate: (event, { offset }) => at('validate', offset, { ...event, by: 'validate' } as never),
    enrich: (event, { offset }) => at('enrich', offset, { event } as never),
    pseudonymize: (event) => {
      const scrubbed = eventOf(offsetOf(event), 'pseudonymize');
      return at('pseudonymize', offsetOf(event), { event: scrubbed, pii: { of: event } as never });
    },
    judge: (judged) => at('judge', offsetOf(judged.event), [{ judged }] as never),
    encode: (source, schemaId, judged, verdicts) =>
      at('encode', source.offset, { source, schemaId, judged, verdicts } as never),
  };
}

function sourceAt(offset: number): Source {
  return { partition: 0, offset, previousOffset: offset - 1, timestampMs: 0, value: null };
}

const plans = fc.array(
  fc.record({ stage: fc.constantFrom(null, null, null, ...STAGES), again: fc.boolean() }),
  { maxLength: 200 },
);

describe('many journeys', () => {
  it('come to what each comes to alone', () => {
    fc.assert(
      fc.property(plans, (each) => {
        const steps = stepsOf(each);
        const sources = each.map((_, offset) => sourceAt(offset));
        expect(journeys(steps, sources)).toEqual(sources.map((one) => journey(steps, one)));
      }),
    );
  });
});
