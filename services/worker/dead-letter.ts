// Turns a refused record into its two traces: the sealed original for agent.deadletters and the
// marker for agent.governed.
// Guarantees: the original's bytes leave only sealed; id and tenant are told only where they have
// the form of one.
// Example: const { sealed, marker } = traces(source, refused)
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { deadLetterRow } from '@agentspine/event/governed-row';
import type { Encoder } from '@agentspine/wire/avro-encoder';
import type { LogRecord } from '@agentspine/kafka/port';
import type { Refused, Source } from './journey.ts';
import { lineageOf, type MadeBy } from './steps.ts';

export type DeadLetterParts = {
  readonly topic: string;
  readonly made: MadeBy;
  /** Seals under the pipeline's dead-letter key; opens only at the place named. */
  readonly seal: (plain: Buffer, place: string) => Buffer;
  readonly encodeDeadLetter: Encoder<object>;
  readonly encodeGoverned: Encoder<GovernedRow>;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TENANT_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;

export function traces(
  parts: DeadLetterParts,
  record: LogRecord,
  source: Source,
  refused: Refused,
): { readonly sealed: Buffer; readonly marker: Buffer } {
  const { made } = parts;
  const schemaId = refused.decoded?.schemaId ?? schemaIdIn(record.value);
  const eventId = formed(refused.decoded?.event.event_id, UUID);
  const tenantId = formed(refused.decoded?.event.tenant_id, TENANT_ID);
  const { code, cause } = refused.exit;
  const place = `${parts.topic}/${source.partition}/${source.offset}`;
  const sealed = parts.encodeDeadLetter({
    code,
    stage: refused.stage,
    cause,
    origin_topic: parts.topic,
    origin_partition: source.partition,
    origin_offset: source.offset,
    origin_time: source.timestampMs * 1000,
    generation: made.generation,
    schema_id: schemaId,
    event_id: eventId === '' ? null : eventId,
    tenant_id: tenantId === '' ? null : tenantId,
    key_version: made.key_version,
    size_bytes: record.value?.length ?? 0,
    sealed: parts.seal(packRecord(record), place),
  });
  const marker = parts.encodeGoverned(
    deadLetterRow(lineageOf(source, schemaId ?? 0, made), {
      code,
      stage: refused.stage,
      cause,
      eventId,
      tenantId,
    }),
  );
  return { sealed, marker };
}

function formed(value: unknown, form: RegExp): string {
  return typeof value === 'string' && form.test(value) ? value : '';
}

function schemaIdIn(value: Buffer | null): number | null {
  if (value === null || value.length < 5 || value[0] !== 0) return null;
  const id = value.readInt32BE(1);
  return id >= 0 ? id : null;
}

/**
 * u32 length and bytes of key, value and headers (JSON, values as base64); length 2^32-1 stands for
 * null.
 */
export function packRecord(record: Pick<LogRecord, 'key' | 'value' | 'headers'>): Buffer {
  const headers = Object.fromEntries(
    Object.entries(record.headers).map(([name, value]) => [name, value.toString('base64')]),
  );
  const parts = [record.key, record.value, Buffer.from(JSON.stringify(headers))];
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part === null ? 0xffffffff : part.length);
      return part === null ? [length] : [length, part];
    }),
  );
}
