// Binds the pure libraries to the worker's files, keys and limits: the six steps journey.ts runs.
// Guarantees: a step that throws is an exit with the code of its stage, never a crash and never a
// pass.
// Example: const steps = bindSteps({ decoder, enrich, pseudonymize, judge, encodeGoverned, limits,
// lineage })
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Facts, Judged, PiiFacts, Verdict } from '@agentspine/event/facts';
import { blankGroups } from '@agentspine/event/governed-groups';
import { governedRow, type Lineage } from '@agentspine/event/governed-row';
import { validate } from '@agentspine/event/validate';
import type { SpineErrorCode } from '@agentspine/outcome/errors';
import { deadLetter, ok, type Outcome } from '@agentspine/outcome/outcome';
import type { AgentEventDecoder } from '@agentspine/wire/agent-event-codec';
import { readFrame } from '@agentspine/wire/confluent-frame';
import type { GovernedEncoder } from '@agentspine/wire/governed-encoder';
import type { Source, Steps } from './journey.ts';

export type StepParts = {
  readonly decoder: AgentEventDecoder;
  readonly enrich: (event: AgentEvent, ingestedAtUs: number) => Outcome<Facts>;
  readonly pseudonymize: (event: AgentEvent) => Outcome<{ event: AgentEvent; pii: PiiFacts }>;
  readonly judge: (judged: Judged) => Outcome<readonly Verdict[]>;
  readonly encodeGoverned: GovernedEncoder;
  readonly limits: {
    readonly recordBytesMax: number;
    readonly futureMaxUs: number;
    readonly pastMaxUs: number;
  };
  readonly made: MadeBy;
};

/** What stays the same for all records of a run of the worker. */
export type MadeBy = Pick<Lineage, 'generation' | 'policy_bundle' | 'key_version' | 'price_table'>;

export function bindSteps(parts: StepParts): Steps {
  const { decoder, limits } = parts;
  return {
    decode(source) {
      const size = source.value?.length ?? 0;
      if (size > limits.recordBytesMax) {
        return deadLetter(
          'SPINE_RECORD_TOO_LARGE',
          `wanted at most ${limits.recordBytesMax} bytes, found ${size}`,
        );
      }
      const frame = readFrame(source.value);
      if (frame.is !== 'ok') return frame;
      const event = decoder.decode(frame.value, source.value as Buffer);
      return event.is === 'ok' ? ok({ schemaId: frame.value, event: event.value }) : event;
    },
    validate: guarded('SPINE_EVENT_VALUE', (event: AgentEvent, source: Source) =>
      validate(event, {
        ingestedAtUs: source.timestampMs * 1000,
        futureMaxUs: limits.futureMaxUs,
        pastMaxUs: limits.pastMaxUs,
      }),
    ),
    enrich: guarded('SPINE_EVENT_VALUE', (event: AgentEvent, source: Source) =>
      parts.enrich(event, source.timestampMs * 1000),
    ),
    pseudonymize: guarded('SPINE_PRIVACY_FAILED', parts.pseudonymize),
    judge: guarded('SPINE_POLICY_FAILED', parts.judge),
    encode: guarded('SPINE_ENCODE_FAILED', (source, schemaId, judged, verdicts) =>
      ok(
        parts.encodeGoverned(
          governedRow(lineageOf(source, schemaId, parts.made), judged, verdicts),
          blankGroups(judged.event),
        ),
      ),
    ),
  };
}

export function lineageOf(source: Source, schemaId: number, made: MadeBy): Lineage {
  return {
    source_offset: source.offset,
    previous_source_offset: source.previousOffset,
    source_partition: source.partition,
    generation: made.generation,
    ingested_at: source.timestampMs * 1000,
    schema_id: schemaId,
    policy_bundle: made.policy_bundle,
    key_version: made.key_version,
    price_table: made.price_table,
  };
}

/**
 * Fails closed: a defect in a step seals the record. The message may hold values, so only its class
 * is told.
 */
function guarded<A extends unknown[], T>(
  code: SpineErrorCode,
  step: (...inputs: A) => Outcome<T>,
): (...inputs: A) => Outcome<T> {
  return (...inputs) => {
    try {
      return step(...inputs);
    } catch (error) {
      const found = error instanceof Error ? error.name : typeof error;
      return deadLetter(code, `wanted the step to finish, found a ${found}`);
    }
  };
}
