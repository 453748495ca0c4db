// What becomes of a governed row the store will never take: a dead letter in its place, so that its
// source record still has exactly one fate. Its bytes stay where they are, in the governed log.
// Guarantees: deterministic but for the server's words; the token says which row, so a replay
// stores one dead letter; a dead letter that is refused itself stops the sink.
// Example: await refuseRow(parts, record, token, error)
import type { Store } from '@agentspine/clickhouse/port';
import type { GovernedRow } from '@agentspine/event/governed-columns';
import { deadLetterRow } from '@agentspine/event/governed-row';
import type { SpineError } from '@agentspine/outcome/errors';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import { guardedAvro as avro } from '@agentspine/wire/guard-avsc';
import type { Layouts } from './layouts.ts';

export type RefuseParts = {
  readonly store: Pick<Store, 'insert'>;
  readonly layouts: Pick<Layouts, 'of'>;
  /** Told of each row that was refused. */
  readonly tell: (token: string, error: SpineError) => void;
};

const CAUSE_LENGTH = 300;

export async function refuseRow(
  { store, layouts, tell }: RefuseParts,
  record: Buffer,
  token: string,
  error: SpineError,
): Promise<void> {
  const schemaId = record.readUInt32BE(1);
  const { schema, container, columns } = layouts.of(schemaId);
  const type = avro.Type.forSchema(schema as never);
  const row = type.fromBuffer(record.subarray(FRAME_BYTES)) as GovernedRow;
  if (row.fate !== 'row') throw error;
  tell(token, error);
  const marker = deadLetterRow(row, {
    code: 'SPINE_ENCODE_FAILED',
    stage: 'store',
    cause: `wanted a row the store takes, found ${error.facts.found ?? error.code}`.slice(
      0,
      CAUSE_LENGTH,
    ),
    eventId: row.event_id,
    tenantId: row.tenant_id,
  });
  const value = createEncoder<GovernedRow>(schema, schemaId)(marker);
  await store.insert({
    table: 'dead_letters',
    columns: columns.dead_letters,
    container: container.frame([value], FRAME_BYTES),
    token: `${token}:refused`,
    rows: 1,
  });
}
