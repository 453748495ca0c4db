// A row the store will not take becomes one dead letter that names it.
import type { StoreBatch } from '@agentspine/clickhouse/port';
import { GovernedRow } from '@agentspine/event/governed-columns';
import { SpineError } from '@agentspine/outcome/errors';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { guardedAvro as avro } from '@agentspine/wire/guard-avsc';
import { loadSchemas } from '@agentspine/wire/schemas';
import { expect, it } from 'vitest';
import { createLayouts } from './layouts.ts';
import { refuseRow } from './refuse-row.ts';

const schema = loadSchemas().governedEvent;
const encode = createEncoder<GovernedRow>(schema, 9);
const layouts = createLayouts(
  'agent.governed',
  new Map([['dead_letters', new Set(['source_offset', 'dead_letter_code'])]]),
);
layouts.add(9, schema);
const error = new SpineError('SPINE_CLICKHOUSE_REFUSED', { found: '33 CANNOT_READ_ALL_DATA' });

function rowOf(fate: GovernedRow['fate']): Buffer {
  const fields = {
    fate,
    source_offset: 41,
    previous_source_offset: 40,
    event_id: 'e',
    input: 'text',
  };
  return encode(Object.assign(new GovernedRow(), fields));
}

it('stores a dead letter in its place, under a token of its own', async () => {
  const stored: StoreBatch[] = [];
  const told: string[] = [];
  await refuseRow(
    {
      store: { insert: async (batch) => void stored.push(batch) },
      layouts,
      tell: (token) => told.push(token),
    },
    rowOf('row'),
    'token',
    error,
  );
  expect(told).toEqual(['token']);
  expect(stored).toMatchObject([
    {
      table: 'dead_letters',
      token: 'token:refused',
      rows: 1,
      columns: ['source_offset', 'dead_letter_code'],
    },
  ]);
  const block = stored[0]!.container[3]!;
  expect(avro.Type.forSchema(schema as never).fromBuffer(block)).toMatchObject({
    fate: 'dead_letter',
    source_offset: 41,
    previous_source_offset: 40,
    event_id: 'e',
    input: '',
    dead_letter_code: 'SPINE_ENCODE_FAILED',
    dead_letter_stage: 'store',
    dead_letter_cause: 'wanted a row the store takes, found 33 CANNOT_READ_ALL_DATA',
  });
});

it('passes the refusal on when it is a dead letter that is refused', async () => {
  const parts = { store: { insert: async () => undefined }, layouts, tell: () => undefined };
  await expect(refuseRow(parts, rowOf('dead_letter'), 'token', error)).rejects.toBe(error);
});
