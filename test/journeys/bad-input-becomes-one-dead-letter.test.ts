// Each kind of bad record becomes one dead letter with code, stage, cause and origin, its bytes
// sealed, and the partition goes on: the good record behind it is stored.
import { agentEvent, content, producer } from '@agentspine/event/build';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { openKeyring } from '@agentspine/keys/keyring-file';
import { createAgentEventEncoder, registeredId } from '@agentspine/wire/agent-event-codec';
import { guardedAvro as avro } from '@agentspine/wire/guard-avsc';
import { loadSchemas, subjectOf } from '@agentspine/wire/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPipeline, type Pipeline } from './pipeline.ts';

let pipeline: Pipeline;
let encode: (event: AgentEvent) => Buffer;
let schemaId: number;
let next = 0;
let published = 0;

beforeAll(async () => {
  pipeline = await startPipeline('bad', { partitions: 1 });
  encode = await createAgentEventEncoder(pipeline.opened.registry(), pipeline.prefix);
  schemaId = await registeredId(
    pipeline.opened.registry(),
    subjectOf(pipeline.prefix, 'events'),
    loadSchemas().agentEvent,
  );
});
afterAll(() => pipeline.close());

function good(fields: Partial<AgentEvent> = {}): AgentEvent {
  next += 1;
  return agentEvent({
    event_id: `0199a1b2-0000-7000-8000-${String(next).padStart(12, '0')}`,
    tenant_id: 'acme',
    kind: 'step',
    event_time: Date.now() * 1000,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
    run_id: 'run-1',
    producer: producer({ service: 'test' }),
    ...fields,
  });
}

/** A frame of another schema id around good bytes. */
function framed(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, body]);
}

/** Bytes that are not UTF-8 in place of a marker of the same length. */
function withBytes(marker: string, bytes: Buffer): Buffer {
  const value = Buffer.from(encode(good({ name: marker })));
  bytes.copy(value, value.indexOf(marker));
  return value;
}

const cases: [string, () => Buffer | null, string, string][] = [
  [
    'an unknown schema id',
    () => framed(999_999, encode(good()).subarray(5)),
    'SPINE_RECORD_SCHEMA_UNKNOWN',
    'decode',
  ],
  ['a wrong magic byte', () => Buffer.from('{"kind":"step"}'), 'SPINE_RECORD_FRAME', 'decode'],
  ['a frame that ends before the id', () => Buffer.from([0, 0, 0]), 'SPINE_RECORD_FRAME', 'decode'],
  ['an empty value', () => Buffer.alloc(0), 'SPINE_RECORD_EMPTY', 'decode'],
  ['truncated Avro', () => encode(good()).subarray(0, 60), 'SPINE_RECORD_AVRO', 'decode'],
  [
    'bytes behind the record',
    () => Buffer.concat([encode(good()), Buffer.from([1, 2])]),
    'SPINE_RECORD_AVRO',
    'decode',
  ],
  [
    'a count of items no record could hold',
    () => framed(schemaId, Buffer.alloc(40, 0xff)),
    'SPINE_RECORD_AVRO',
    'decode',
  ],
  [
    'a time in the year 2255',
    () => encode(good({ event_time: 9e15 })),
    'SPINE_EVENT_TIME',
    'validate',
  ],
  [
    'a time in seconds',
    () => encode(good({ event_time: 1_758_026_593 })),
    'SPINE_EVENT_TIME',
    'validate',
  ],
  [
    'a start after its end',
    () => encode(good({ start_time: Date.now() * 1000 + 9e6 })),
    'SPINE_EVENT_TIME',
    'validate',
  ],
  [
    'a 10 MB body',
    () => encode(good({ input: content('x'.repeat(10_000_000)) })),
    'SPINE_RECORD_TOO_LARGE',
    'decode',
  ],
  ['NUL in a text', () => encode(good({ name: 'a\0b' })), 'SPINE_EVENT_TEXT', 'decode'],
  [
    'invalid UTF-8',
    () => withBytes('MARKER', Buffer.from([0xc3, 0x28, 0xa0, 0xff, 0xfe, 0x41])),
    'SPINE_EVENT_TEXT',
    'decode',
  ],
  [
    'an event id of the wrong form',
    () => encode(good({ event_id: 'mia.li@example.com' })),
    'SPINE_EVENT_ID',
    'validate',
  ],
  [
    'a trace id of the wrong form',
    () => encode(good({ trace_id: 'abc' })),
    'SPINE_EVENT_ID',
    'validate',
  ],
  [
    'a confidence above 1',
    () => encode(good({ decision: { ...decisionOf(), confidence: 7 } })),
    'SPINE_EVENT_VALUE',
    'validate',
  ],
];

function decisionOf() {
  return {
    id: 'd',
    type: 't',
    chosen: 'c',
    confidence: 0.5,
    confidence_kind: null,
    propensity: null,
    irreversible: null,
    alternatives: [],
    rationale: null,
  };
}

test.each(cases)('%s', async (_, make, code, stage) => {
  const after = good();
  const value = make();
  await pipeline.publishRaw([value, encode(after)]);
  published += 2;
  await pipeline.stored(published);

  const letters = await pipeline.rows<{
    code: string;
    stage: string;
    cause: string;
    source_offset: number;
  }>(
    `SELECT code, stage, cause, source_offset FROM v_dead_letters WHERE source_offset = ${published - 2}`,
  );
  expect(letters).toEqual([
    {
      code,
      stage,
      cause: expect.stringContaining('wanted') as string,
      source_offset: published - 2,
    },
  ]);
  expect(letters[0]?.cause).not.toContain('mia.li');
  const rows = await pipeline.rows(
    'SELECT event_id FROM events WHERE source_offset = ' + (published - 1),
  );
  expect(rows).toEqual([{ event_id: after.event_id }]);

  const sealed = await deadLetterAt(published - 2);
  expect(sealed).toMatchObject({
    code,
    stage,
    origin_topic: `${pipeline.prefix}.events`,
    origin_partition: 0,
  });
  // Sealed: the bytes are not there in clear, and come back whole under the key and the place.
  const place = `${pipeline.prefix}.events/0/${published - 2}`;
  const keyring = openKeyring(pipeline.opened.config.privacy.key_file ?? '');
  const packed = keyring.open({ keyVersion: sealed.key_version, bytes: sealed.sealed }, place);
  if (value !== null) {
    expect(packed.includes(value)).toBe(true);
    expect(value.length > 8 && sealed.sealed.includes(value)).toBe(false);
  }
});

type DeadLetter = {
  code: string;
  stage: string;
  origin_topic: string;
  origin_partition: number;
  origin_offset: number;
  key_version: string;
  sealed: Buffer;
};

async function deadLetterAt(offset: number): Promise<DeadLetter> {
  const type = avro.Type.forSchema(loadSchemas().deadLetter as never);
  const topic = `${pipeline.prefix}.deadletters`;
  for await (const { value } of pipeline.opened.log().readRange(topic, 0, 0)) {
    const letter = type.fromBuffer((value as Buffer).subarray(5)) as DeadLetter;
    if (letter.origin_offset === offset) return letter;
  }
  throw new Error(`no dead letter for offset ${offset}`);
}
