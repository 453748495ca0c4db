// What the end of a service promises: in order, once, within the deadline, whatever fails.
// Example: drain.add('kafka', close); await drain.drain('SIGTERM')
import { expect, test, vi } from 'vitest';
import type { DrainHost } from './drain.ts';
import { createDrain } from './drain.ts';
import { keepTrying } from './keep-trying.ts';
import type { Logger } from './log.ts';
import { sayOnce } from './say-once.ts';
import { SpineError } from '@agentspine/outcome/errors';

function recorder(): Logger & { readonly said: string[] } {
  const said: string[] = [];
  const at = (level: string) => (_fields: object, message: string) =>
    void said.push(`${level} ${message}`);
  return { said, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

type Listener = (signal: NodeJS.Signals) => void;

function fakeHost() {
  const listeners = new Map<string, Listener>();
  const exits: number[] = [];
  let now = 0;
  const host: DrainHost = {
    on: (signal, listener) => listeners.set(signal, listener),
    off: (signal) => listeners.delete(signal),
    exit: (code) => void exits.push(code),
    nowMs: () => now,
  };
  const send = (signal: NodeJS.Signals, atMs: number): void => {
    now = atMs;
    listeners.get(signal)?.(signal);
  };
  return { host, exits, send, listeners };
}

const forever = (): Promise<void> => new Promise(() => undefined);

test('what was opened last is closed first, one after the other', async () => {
  const closed: string[] = [];
  const drain = createDrain({ log: recorder(), deadlineMs: 10_000, host: fakeHost().host });
  drain.add('sink', () => void closed.push('sink'));
  drain.add('source', async () => {
    await Promise.resolve();
    closed.push('source');
    drain.add('late', () => void closed.push('late'));
  });
  expect(await drain.drain('done')).toEqual({ ok: true, failed: [] });
  expect(closed).toEqual(['source', 'late', 'sink']);
});

test('each closer runs once, however often drain is called', async () => {
  const close = vi.fn<() => void>();
  const drain = createDrain({ log: recorder(), deadlineMs: 10_000, host: fakeHost().host });
  drain.add('one', close);
  expect(drain.isDraining()).toBe(false);
  await Promise.all([drain.drain('a'), drain.drain('b')]);
  await drain.drain('c');
  expect(close).toHaveBeenCalledOnce();
  expect(drain.isDraining()).toBe(true);
});

test('a closer that fails is named and the others are still closed', async () => {
  const log = recorder();
  const close = vi.fn<() => void>();
  const drain = createDrain({ log, deadlineMs: 10_000, host: fakeHost().host });
  drain.add('good', close);
  drain.add('bad', () => Promise.reject(new Error('no')));
  expect(await drain.drain('done')).toEqual({ ok: false, failed: ['bad'] });
  expect(close).toHaveBeenCalledOnce();
  expect(log.said).toContain('error could not close');
});

test('the deadline ends the wait and names what is still open', async () => {
  const drain = createDrain({ log: recorder(), deadlineMs: 5, host: fakeHost().host });
  drain.add('never reached', () => undefined);
  drain.add('stuck', forever);
  expect(await drain.drain('done')).toEqual({ ok: false, failed: ['stuck', 'never reached'] });
});

test('a signal drains and exits 0, or 1 when something could not be closed', async () => {
  for (const [close, code] of [
    [() => undefined, 0],
    [() => Promise.reject(new Error('no')), 1],
  ] as const) {
    const { host, exits, send } = fakeHost();
    const drain = createDrain({ log: recorder(), deadlineMs: 10_000, host });
    drain.add('one', close);
    drain.onSignals();
    send('SIGTERM', 0);
    await vi.waitFor(() => expect(exits).toEqual([code]));
  }
});

test('a second signal leaves at once, the same one sent twice does not', () => {
  const { host, exits, send, listeners } = fakeHost();
  const drain = createDrain({ log: recorder(), deadlineMs: 10_000, host });
  drain.add('stuck', forever);
  const stop = drain.onSignals();
  send('SIGINT', 0);
  send('SIGINT', 20);
  expect(exits).toEqual([]);
  send('SIGINT', 900);
  expect(exits).toEqual([130]);
  send('SIGTERM', 1_000);
  expect(exits).toEqual([130, 143]);
  stop();
  expect(listeners.size).toBe(0);
});

test('an outside system that goes away and comes back is said once each', () => {
  const log = recorder();
  let now = 0;
  const waits = new Map<string, boolean>();
  const waiting = (what: string, isWaiting: boolean) => void waits.set(what, isWaiting);
  const said = sayOnce({ log, nowMs: () => now, waiting });
  said.back('Kafka');
  expect(waits).toEqual(new Map([['Kafka', false]]));
  said.away('Kafka', '127.0.0.1:9092');
  said.away('Kafka', '127.0.0.1:9092');
  said.away('ClickHouse', 'http://127.0.0.1:8123');
  expect(said.awayNow()).toEqual(['Kafka', 'ClickHouse']);
  expect([...waits.values()]).toEqual([true, true]);
  now = 12_345;
  said.back('Kafka');
  said.back('Kafka');
  now = 600_000;
  said.back('ClickHouse');
  expect([...waits.values()]).toEqual([false, false]);
  expect(log.said).toEqual([
    'warn waiting for Kafka at 127.0.0.1:9092',
    'warn waiting for ClickHouse at http://127.0.0.1:8123',
    'info Kafka is back after 12 s',
    'info ClickHouse is back after 10 min',
  ]);
});

test('waiting for a system tries again with bounded, growing pauses and speaks twice', async () => {
  const log = recorder();
  const pauses: number[] = [];
  let now = 0;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      pauses.push(ms);
      now += ms;
      await Promise.resolve();
    },
  };
  let left = 8;
  const attempt = async (): Promise<string> => {
    await Promise.resolve();
    if (left-- > 0) throw new SpineError('SPINE_KAFKA_UNREACHABLE');
    return 'up';
  };
  const said = sayOnce({ log, nowMs: () => now });
  const kafka = { what: 'Kafka', where: 'here' };
  expect(await keepTrying(kafka, attempt, { said, clock })).toBe('up');
  expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(log.said).toEqual(['warn waiting for Kafka at here', 'info Kafka is back after 21 s']);
  const fatal = (): Promise<never> => Promise.reject(new SpineError('SPINE_KAFKA_TOPIC'));
  await expect(keepTrying(kafka, fatal, { said, clock })).rejects.toMatchObject({
    code: 'SPINE_KAFKA_TOPIC',
  });
});
