// What an event costs the agent: building and buffering through the SDK, against building the plain
// object alone.
// Run with `npm run bench -- emit`; figures are the medians of paired rounds, so that a busy
// machine shifts both alike.
import { agentEvent, producer } from '@agentspine/event/build';
import { connect } from './connect.ts';
import type { Transport } from './transport.ts';

const ROUNDS = 9;
const EVENTS = 20_000;

export type EmitFigures = {
  readonly microsecondsPerEvent: number;
  readonly microsecondsPlain: number;
  readonly ratio: number;
  readonly eventsPerSecond: number;
};

const ANSWER = 'Your order has left the warehouse and should be with you on Thursday. '.repeat(6);

export async function bench(): Promise<EmitFigures> {
  const figures: { sdk: number; plain: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const plain = buildPlain();
    figures.push({ plain, sdk: await emitThroughSdk() });
  }
  const sdk = median(figures.map((figure) => figure.sdk));
  const plain = median(figures.map((figure) => figure.plain));
  return {
    microsecondsPerEvent: round2(sdk),
    microsecondsPlain: round2(plain),
    ratio: round2(median(figures.map((figure) => figure.sdk / figure.plain))),
    eventsPerSecond: Math.round(1e6 / sdk),
  };
}

/**
 * Microseconds per event: a tool call with arguments and a result of about 450 bytes, ids, parents
 * and times made.
 */
async function emitThroughSdk(): Promise<number> {
  const discard: Transport = { send: async () => {}, close: async () => {} };
  const spine = connect({
    tenantId: 'bench',
    service: 'bench',
    environment: 'bench',
    agent: { id: 'bench' },
    transport: discard,
    buffer: { maxEvents: EVENTS + 10, maxBytes: 1e9 },
  });
  let micros = 0;
  await spine.run({}, async (run) => {
    const start = process.hrtime.bigint();
    for (let n = 0; n < EVENTS; n += 1) {
      await run.toolCall({ name: 'lookup', effect: 'read', input: { id: n } }, () => ANSWER);
    }
    micros = Number(process.hrtime.bigint() - start) / 1000;
  });
  await spine.close(5000);
  const { dropped } = spine.stats();
  if (dropped.buffer_full > 0) throw new Error('the bench dropped events');
  return micros / EVENTS;
}

function buildPlain(): number {
  const from = producer({ service: 'bench' });
  const start = process.hrtime.bigint();
  let bytes = 0;
  for (let n = 0; n < EVENTS; n += 1) {
    const event = agentEvent({
      event_id: '018f0000-0000-7000-8000-000000000001',
      tenant_id: 'bench',
      kind: 'tool_call',
      event_time: n,
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      run_id: 'run',
      producer: from,
    });
    bytes += event.event_time;
  }
  const micros = Number(process.hrtime.bigint() - start) / 1000;
  return bytes < 0 ? 0 : micros / EVENTS;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
