// AgentEvents to and from bytes. The decoder reads whatever schema a producer wrote with, resolved
// to today's contract.
// Guarantees: decode() is synchronous, pure and total: bad bytes are an Outcome, never a throw and
// never a hang.
// Example: const codec = createAgentEventDecoder(schema); codec.add(7, writerSchema);
// codec.decode(7, value)
import type { AgentEvent } from '@agentspine/event/agent-event';
import { oddText } from '@agentspine/event/odd-text';
import { SpineError } from '@agentspine/outcome/errors';
import { deadLetter, ok, type DeadLetter, type Outcome } from '@agentspine/outcome/outcome';
import { createEncoder, type Encoder } from './avro-encoder.ts';
import { FRAME_BYTES } from './confluent-frame.ts';
import { text } from './fast-strings.ts';
import { AvroTap, guardedAvro as avro } from './guard-avsc.ts';
import { quicken } from './quick-reader.ts';
import type { Registry } from './registry.ts';
import { loadSchemas, subjectOf, type SchemaJson } from './schemas.ts';

/** What avsc's types and resolvers have in common. */
type Reading = { _read(tap: object): AgentEvent };

export type AgentEventDecoder = {
  has(schemaId: number): boolean;
  /** Makes a writer's schema known. One that today's contract cannot read is remembered as such. */
  add(schemaId: number, writerSchema: SchemaJson): void;
  /** value is the framed Kafka value; the frame has been read. */
  decode(schemaId: number, value: Buffer): Outcome<AgentEvent>;
};

export function createAgentEventDecoder(readerSchema: SchemaJson): AgentEventDecoder {
  const reader = avro.Type.forSchema(readerSchema as never);
  const quick = quicken(reader);
  const readings = new Map<number, Reading | DeadLetter>();
  return {
    has: (schemaId) => readings.has(schemaId),
    add(schemaId, writerSchema) {
      try {
        const writer = avro.Type.forSchema(writerSchema as never);
        // The same schema needs no resolver, and reads twice as fast without.
        const isSame = writer.fingerprint().equals(reader.fingerprint());
        const reading = isSame ? quick : reader.createResolver(writer);
        readings.set(schemaId, reading as unknown as Reading);
      } catch (error) {
        readings.set(
          schemaId,
          deadLetter(
            'SPINE_RECORD_SCHEMA_INCOMPATIBLE',
            `wanted a schema AgentEvent can be read from, found schema ${schemaId}: ${(error as Error).message}`,
          ),
        );
      }
    },
    decode(schemaId, value) {
      const reading = readings.get(schemaId);
      if (reading === undefined) {
        return deadLetter(
          'SPINE_RECORD_SCHEMA_UNKNOWN',
          `wanted a schema id the registry knows, found ${schemaId}`,
        );
      }
      return 'is' in reading ? reading : readEvent(reading, schemaId, value);
    },
  };
}

function readEvent(reading: Reading, schemaId: number, value: Buffer): Outcome<AgentEvent> {
  try {
    const tap = new AvroTap(value, FRAME_BYTES);
    text.isOdd = false;
    const event = reading._read(tap);
    if (tap.pos === value.length) return text.isOdd ? oddText(event, value) : ok(event);
    const found =
      tap.pos < value.length ? `${value.length - tap.pos} bytes too many` : 'too few bytes';
    return deadLetter(
      'SPINE_RECORD_AVRO',
      `wanted one record of schema ${schemaId}, found ${found}`,
    );
  } catch (error) {
    // avsc's messages name types and counts, never values.
    const found = (error as Error).message.slice(0, 200);
    return deadLetter(
      'SPINE_RECORD_AVRO',
      `wanted one record of schema ${schemaId}, found: ${found}`,
    );
  }
}

/**
 * Encoder of AgentEvents under the id the registry has for today's contract.
 * Errors: SPINE_REGISTRY_MISSING when the contract is not registered, SPINE_REGISTRY_UNREACHABLE.
 */
export async function createAgentEventEncoder(
  registry: Registry,
  prefix = 'agent',
): Promise<Encoder<AgentEvent>> {
  const schema = loadSchemas().agentEvent;
  return createEncoder<AgentEvent>(
    schema,
    await registeredId(registry, subjectOf(prefix, 'events'), schema),
  );
}

/** The id of a schema of ours, looked up, never registered. */
export async function registeredId(
  registry: Registry,
  subject: string,
  schema: SchemaJson,
): Promise<number> {
  const id = await registry.idOf(subject, schema);
  if (id !== null) return id;
  throw new SpineError('SPINE_REGISTRY_MISSING', {
    where: subject,
    wanted: `schema ${String(schema.name)} as this release has it`,
    found: 'no such version',
  });
}
