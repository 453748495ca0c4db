// What logs promise: lines a machine can read, and nothing in them that came from a record.
// Example: lines(log => log.info({ topic: 'agent.events' }, 'ready'))
import { SpineError } from '@agentspine/outcome/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogFields, Logger } from './log.ts';
import { createLogger } from './log.ts';

type Line = Record<string, unknown> & { error?: Record<string, unknown> };

function written(level: 'debug' | 'info', say: (log: Logger) => void): readonly string[] {
  const chunks: string[] = [];
  const destination = { write: (chunk: string) => void chunks.push(chunk) };
  say(createLogger({ service: 'worker', level, destination }));
  return chunks.join('').split('\n').filter(Boolean);
}

const lines = (say: (log: Logger) => void): readonly Line[] =>
  written('info', say).map((line) => JSON.parse(line) as Line);

test('a line has time, level, service, its fields and the message', () => {
  const [line] = lines((log) => log.info({ topic: 'agent.events', partition: 3 }, 'ready'));
  expect(line).toMatchObject({
    level: 'info',
    service: 'worker',
    topic: 'agent.events',
    partition: 3,
    message: 'ready',
  });
  expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT/u);
});

test('lines below the level are not written', () => {
  const say = (log: Logger): void => log.debug({}, 'detail');
  expect(written('info', say)).toHaveLength(0);
  expect(written('debug', say)).toHaveLength(1);
});

test('a field outside the list is withheld and its name is told', () => {
  const fields = { prompt: 'my card is 4111 1111 1111 1111', records: 3 } as LogFields;
  const [line] = lines((log) => log.warn(fields, 'odd'));
  expect(line).toMatchObject({ records: 3, withheld: ['prompt'] });
  expect(JSON.stringify(line)).not.toContain('4111');
});

test('values that are deep, long, multi-line or hold credentials are made plain', () => {
  const fields = {
    reason: { body: 'secret-body' },
    found: 'x'.repeat(5_000),
    where: 'one\ntwo\u2028three\u0000',
    url: 'https://me:hush@host/path',
    partitions: [1, [2], 3n],
  };
  const [line] = lines((log) => log.info(fields, 'a\nb https://u:p@h'));
  expect(line?.['reason']).toBe('(object)');
  expect(line?.['found']).toMatch(/^x{400}…$/u);
  expect(line?.['where']).toBe('one two three ');
  expect(line?.['url']).toBe('https://***@host/path');
  expect(line?.['partitions']).toEqual([1, '(list)', '3']);
  expect(line?.['message']).toBe('a b https://***@h');
});

test('an error of ours is told in full, one that is not without its message', () => {
  const cause = Object.assign(new TypeError('cannot parse "alice@example.org"'), { code: 'EBAD' });
  const error = new SpineError('SPINE_RECORD_AVRO', { where: 'agent.events/0/5', cause });
  const [line] = lines((log) => log.error({ error }, 'failed'));
  expect(line?.error).toMatchObject({
    name: 'SpineError',
    code: 'SPINE_RECORD_AVRO',
    message: 'SPINE_RECORD_AVRO agent.events/0/5',
    cause: { name: 'TypeError', code: 'EBAD' },
  });
  expect(JSON.stringify(line)).not.toContain('alice');
  expect(line?.error?.['stack']).toEqual(
    expect.arrayContaining([expect.stringContaining('log.test.ts')]),
  );
});

test('a message that looks like stack frames cannot carry a value into the log', () => {
  const error = new Error('boom\n    at alice@example.org (x)\n    at alice (x.ts:1:2)');
  const [line] = lines((log) => log.error({ error }, 'failed'));
  expect(JSON.stringify(line)).not.toContain('alice');
});

test('any fields give exactly one line of JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), fc.anything(), (fields, error) => {
      const out = written('info', (log) => log.info({ ...fields, error, found: error }, 'any'));
      expect(out).toHaveLength(1);
      expect(() => JSON.parse(out[0] ?? '') as unknown).not.toThrow();
    }),
  );
});
