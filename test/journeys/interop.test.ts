// Other people's clients and ours understand each other by the registry alone: kcat and Python's
// confluent-kafka read agent.governed, and an event that Python publishes is stored like any other.
// The Python program is interop/spine_python.py; it knows nothing of this repository.
// Example: SPINE_PYTHON=.spine/venv/bin/python npx vitest run --project journeys interop
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AgentEvent } from '@agentspine/event/agent-event';
import { agentEvent, content, producer, toolCall } from '@agentspine/event/build';
import { FRAME_BYTES } from '@agentspine/wire/confluent-frame';
import { guardedAvro } from '@agentspine/wire/guard-avsc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPipeline, type Pipeline } from './pipeline.ts';

const PROGRAM = fileURLToPath(new URL('./interop/spine_python.py', import.meta.url));
const VENV = fileURLToPath(new URL('../../.spine/venv/bin/python', import.meta.url));
const EVENTS = 5;

const python = [process.env['SPINE_PYTHON'], VENV, 'python3'].find(hasClients);
const kcatSays = said('kcat', ['-h']);
const kcatCanAvro =
  kcatSays !== undefined &&
  !said('kcat', ['-Q', '-s', 'value=avro', '-r', 'http://x'])?.includes('lacks Avro');

/** What a program prints, on either stream; undefined where there is none. */
function said(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe', timeout: 20_000 });
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout?: string; stderr?: string; code?: string };
    return code === 'ENOENT' ? undefined : `${stdout ?? ''}${stderr ?? ''}`;
  }
}

function hasClients(program: string | undefined): program is string {
  if (program === undefined || (program.includes('/') && !existsSync(program))) return false;
  return (
    said(program, ['-c', 'import confluent_kafka, fastavro; print("both")'])?.trim() === 'both'
  );
}

let pipeline: Pipeline;
let sent: AgentEvent[];
const place = () => {
  const { kafka, registry } = pipeline.opened.config;
  return { brokers: kafka.brokers.join(','), registryUrl: registry.url };
};

beforeAll(async () => {
  pipeline = await startPipeline('interop', { partitions: 1 });
  sent = Array.from({ length: EVENTS }, (_, at) => eventOf(`ours-${at}`, at));
  await pipeline.publish(sent);
  await pipeline.stored(EVENTS);
});
afterAll(() => pipeline.close());

function eventOf(run: string, at: number): AgentEvent {
  const micros = Date.now() * 1000 - 60_000_000 + at;
  const hex = (length: number): string =>
    Buffer.from(`${run}-${at}`).toString('hex').padStart(length, '1').slice(-length);
  return agentEvent({
    event_id: `0190b6a8-7c1e-7abc-8def-${hex(12)}`,
    tenant_id: 'interop-tenant',
    kind: 'tool_call',
    phase: 'end',
    event_time: micros,
    start_time: micros - 1_250,
    duration_ns: 1_250_123,
    seq: at,
    trace_id: hex(32),
    span_id: hex(16),
    run_id: run,
    status: 'ok',
    producer: producer({ service: 'interop', sdk: 'other' }),
    tool: toolCall({ name: 'weigh_parcel', type: 'function', call_id: `call-${at}` }),
    input: content('{"grams":1200,"note":"größer als gedacht"}', { mime: 'application/json' }),
    correlation: { order: 'A-7' },
    features: { grams: 1200.5 },
    attributes: { 'shop.lane': 'süd' },
  });
}

/** Runs a program to its end, with text on its standard input. */
function output(program: string, args: readonly string[], input = ''): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 120_000 });
    const parts: Buffer[] = [];
    let err = '';
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => (err += part.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(Buffer.concat(parts)) : reject(new Error(`${program} ${code}: ${err}`)),
    );
    child.stdin.end(input);
  });
}

const governed = (): string => `${pipeline.prefix}.governed`;
const fromStart = (...more: string[]): string[] => {
  const range = ['-t', governed(), '-p', '0', '-o', 'beginning', '-c', '1'];
  return ['-q', '-C', '-b', place().brokers, ...range, ...more];
};

// kcat is Debian's package of that name; without it there is nothing to test here.
describe.skipIf(kcatSays === undefined)('kcat (skipped where it is not installed)', () => {
  test('reads a governed record, which the registry alone decodes', async () => {
    const value = await output('kcat', fromStart('-D', '', '-f', '%s'));
    expect(value[0]).toBe(0);
    const answer = await fetch(`${place().registryUrl}/schemas/ids/${value.readUInt32BE(1)}`);
    const { schema } = (await answer.json()) as { schema: string };
    const type = guardedAvro.Type.forSchema(JSON.parse(schema) as never);
    const row = type.fromBuffer(value.subarray(FRAME_BYTES)) as Record<string, unknown>;
    expect(row).toMatchObject({
      event_id: sent[0]?.event_id,
      fate: 'row',
      tool_name: 'weigh_parcel',
    });
  });

  // Debian builds kcat without libserdes; where it has Avro, it decodes by itself.
  test.skipIf(!kcatCanAvro)(
    'decodes it by itself (skipped where it is built without Avro)',
    async () => {
      const text = await output('kcat', fromStart('-s', 'value=avro', '-r', place().registryUrl));
      expect(text.toString('utf8')).toContain(sent[0]?.event_id ?? 'no event');
    },
  );
});

// .ci/run installs both packages into .spine/venv; SPINE_PYTHON may name another Python with them.
describe.skipIf(python === undefined)(
  'Python (skipped without confluent-kafka and fastavro)',
  () => {
    const program = (command: string, topic: string, input = '', ...more: string[]) =>
      output(
        python ?? 'python3',
        [PROGRAM, command, place().brokers, place().registryUrl, topic, ...more],
        input,
      );

    test('consumes agent.governed and decodes it by the registry alone', async () => {
      const text = await program('read', governed(), '', String(EVENTS));
      const rows = text
        .toString('utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(rows).toHaveLength(EVENTS);
      sent.forEach((event, at) =>
        expect(rows[at]).toMatchObject({
          event_id: event.event_id,
          run_id: event.run_id,
          input: event.input?.inline,
          source_offset: at,
          attributes: event.attributes,
        }),
      );
    });

    test('publishes an event that is stored like any other: as sent, exactly once', async () => {
      const theirs = eventOf('theirs', 77);
      const how = await program(
        'write',
        `${pipeline.prefix}.events`,
        `${JSON.stringify(theirs)}\n`,
      );
      expect(how.toString('utf8').trim()).toMatch(/^(?:AvroSerializer|fastavro)$/u);
      const report = await pipeline.stored(EVENTS + 1);
      expect(report).toMatchObject({ ok: true, rows: EVENTS + 1, deadLetters: 0 });

      const rows = await pipeline.rows(
        `SELECT event_id, tenant_id, kind, phase, status, run_id, trace_id, span_id, seq, duration_ns,
              toUnixTimestamp64Micro(event_time) AS event_us, toUnixTimestamp64Micro(start_time) AS start_us,
              tool_name, tool_call_id, input, correlation, features, attributes, fate
       FROM events WHERE run_id = 'theirs'`,
      );
      const { event_id, tenant_id, kind, phase, status, run_id, trace_id, span_id } = theirs;
      expect(rows).toEqual([
        {
          event_id,
          tenant_id,
          kind,
          phase,
          status,
          run_id,
          trace_id,
          span_id,
          seq: theirs.seq,
          duration_ns: theirs.duration_ns,
          event_us: theirs.event_time,
          start_us: theirs.start_time,
          tool_name: 'weigh_parcel',
          tool_call_id: 'call-77',
          input: theirs.input?.inline,
          correlation: theirs.correlation,
          features: theirs.features,
          attributes: theirs.attributes,
          fate: 'row',
        },
      ]);
    });
  },
);
