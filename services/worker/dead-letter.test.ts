// A refused record leaves two traces: its bytes, sealed, which come back whole at their own place
// alone; and a marker that tells why, and nothing that is not in the form of an id.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentEvent, producer } from '@agentspine/event/build';
import type { LogRecord } from '@agentspine/kafka/port';
import { createKeyring, openKeyring } from '@agentspine/keys/keyring-file';
import { deadLetter } from '@agentspine/outcome/outcome';
import { createEncoder } from '@agentspine/wire/avro-encoder';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import { guardedAvro as avro } from '@agentspine/wire/guard-avsc';
import { loadSchemas } from '@agentspine/wire/schemas';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { packRecord, traces, type DeadLetterParts } from './dead-letter.ts';
import type { Refused, Source } from './journey.ts';

const folder = mkdtempSync(join(tmpdir(), 'spine-dead-letter-'));
const keyring = openKeyring(createKeyring(join(folder, 'keys.json'), new Date()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const schemas = loadSchemas();
const parts: DeadLetterParts = {
  topic: 'agent.events',
  made: { generation: 1, policy_bundle: 'b', key_version: 'k1', price_table: 'p' },
  seal: (plain, place) => keyring.seal(plain, place).bytes,
  encodeDeadLetter: createEncoder<object>(schemas.deadLetter, 8),
  encodeGoverned: createEncoder<object>(schemas.governedEvent, 9),
};

const event = agentEvent({
  event_id: '0199a1b2-0000-7000-8000-000000000001',
  tenant_id: 'acme',
  kind: 'step',
  event_time: 1_758_026_593_000_000,
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  run_id: 'run-1',
  producer: producer({ service: 'test' }),
});
const exit = deadLetter('SPINE_EVENT_ID', 'wanted a UUID, found another form');
const refused = (decoded: Refused['decoded']): Refused => ({
  is: 'refused',
  stage: 'validate',
  exit,
  decoded,
});

function record(fields: Partial<LogRecord> = {}): LogRecord {
  return {
    offset: 41,
    timestampMs: 1_758_026_593_000,
    key: null,
    value: null,
    headers: {},
    ...fields,
  };
}

function source({ offset, timestampMs, value }: LogRecord): Source {
  return { partition: 3, offset, previousOffset: 40, timestampMs, value };
}

const read = (schema: object, framed: Buffer): Record<string, unknown> =>
  avro.Type.forSchema(schema as never).fromBuffer(framed.subarray(FRAME_BYTES)) as Record<
    string,
    unknown
  >;

/** The reverse of packRecord, from its description. */
function unpack(packed: Buffer): Pick<LogRecord, 'key' | 'value' | 'headers'> {
  const fields: (Buffer | null)[] = [];
  for (let at = 0; at < packed.length;) {
    const length = packed.readUInt32BE(at);
    at += 4;
    const size = length === 0xffffffff ? 0 : length;
    fields.push(length === 0xffffffff ? null : packed.subarray(at, at + size));
    at += size;
  }
  const [key = null, value = null, headers] = fields;
  const texts = JSON.parse(String(headers)) as Record<string, string>;
  return {
    key,
    value,
    headers: Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, Buffer.from(text, 'base64')]),
    ),
  };
}

describe('a record packed', () => {
  it('comes back whole: key, value and headers, null apart from empty', () => {
    const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    const anyRecord = fc.record({
      key: fc.option(anyBytes, { nil: null }),
      value: fc.option(anyBytes, { nil: null }),
      headers: fc.dictionary(
        fc.string({ maxLength: 12 }).filter((name) => name !== '__proto__'),
        anyBytes,
        { noNullPrototype: true, maxKeys: 5 },
      ),
    });
    fc.assert(
      fc.property(anyRecord, (given) => {
        expect(unpack(packRecord(given))).toEqual(given);
      }),
    );
  });
});

describe('the sealed original', () => {
  const bytes = randomBytes(64);
  const given = record({ key: Buffer.from('acme|run-1'), value: bytes });
  const { sealed } = traces(parts, given, source(given), refused({ schemaId: 7, event }));
  const letter = read(schemas.deadLetter, sealed);

  it('says what was refused, where, and why', () => {
    expect(letter).toMatchObject({
      code: 'SPINE_EVENT_ID',
      stage: 'validate',
      cause: 'wanted a UUID, found another form',
      origin_topic: 'agent.events',
      origin_partition: 3,
      origin_offset: 41,
      origin_time: 1_758_026_593_000_000,
      schema_id: 7,
      event_id: event.event_id,
      tenant_id: 'acme',
      key_version: 'k1',
      size_bytes: 64,
    });
  });

  it('holds nothing in clear, and opens at its own place alone', () => {
    const box = { keyVersion: 'k1', bytes: letter['sealed'] as Buffer };
    expect(sealed.includes(bytes)).toBe(false);
    expect(sealed.includes('acme|run-1')).toBe(false);
    expect(unpack(keyring.open(box, 'agent.events/3/41'))).toEqual({
      key: given.key,
      value: bytes,
      headers: {},
    });
    expect(() => keyring.open(box, 'agent.events/3/42')).toThrow('SPINE_KEYS_FILE');
  });
});

describe('the marker', () => {
  it('takes the place of the row, with what made it', () => {
    const given = record({ value: Buffer.from([0, 0, 0, 0, 7, 1]) });
    const { marker } = traces(parts, given, source(given), refused({ schemaId: 7, event }));
    expect(read(schemas.governedEvent, marker)).toMatchObject({
      fate: 'dead_letter',
      source_partition: 3,
      source_offset: 41,
      previous_source_offset: 40,
      schema_id: 7,
      event_id: event.event_id,
      tenant_id: 'acme',
      dead_letter_code: 'SPINE_EVENT_ID',
      dead_letter_stage: 'validate',
      dead_letter_cause: 'wanted a UUID, found another form',
    });
  });

  it('tells no id and no tenant that has not the form of one', () => {
    const odd = { ...event, event_id: 'mia.li@example.com', tenant_id: 'Mia Li' };
    const given = record();
    const { sealed, marker } = traces(
      parts,
      given,
      source(given),
      refused({ schemaId: 7, event: odd }),
    );
    expect(read(schemas.governedEvent, marker)).toMatchObject({ event_id: '', tenant_id: '' });
    expect(read(schemas.deadLetter, sealed)).toMatchObject({ event_id: null, tenant_id: null });
    const both = Buffer.concat([sealed, marker]);
    expect([both.includes('mia.li'), both.includes('Mia Li')]).toEqual([false, false]);
  });

  it.each([
    ['no value', null, 0],
    ['no frame', Buffer.from('{"kind":"step"}'), 0],
    ['a frame cut off', Buffer.from([0, 0, 0]), 0],
    ['a frame alone', Buffer.from([0, 0, 0, 4, 1]), 1025],
    ['an id that is none', Buffer.from([0, 255, 255, 255, 255, 1]), 0],
  ])('of a record with %s has the schema id its frame tells', (_, value, schemaId) => {
    const given = record({ value });
    const { marker } = traces(parts, given, source(given), refused(null));
    expect(read(schemas.governedEvent, marker)).toMatchObject({ schema_id: schemaId });
  });
});
