// The defaults, and each relation that must hold.
import { expect, test } from 'vitest';
import { checkWriterLimits, readerOptions, WRITER_DEFAULTS } from './options.ts';
import type { ReaderOptions } from './port.ts';

const base = { groupId: 'g', topics: ['t'] };

test('the defaults hold their own relations', () => {
  expect(readerOptions(base)).toMatchObject({ groupId: 'g', sessionTimeoutMs: 30_000 });
  expect(() => checkWriterLimits(WRITER_DEFAULTS)).not.toThrow();
});

test.each<[string, Partial<ReaderOptions>]>([
  ['groupId', { groupId: '' }],
  ['topics', { topics: [] }],
  ['heartbeatIntervalMs', { heartbeatIntervalMs: 10_001 }],
  ['maxWaitMs', { maxWaitMs: 10_001 }],
  ['minBytes', { minBytes: 5, maxBytesPerPartition: 4 }],
  ['partitionsConcurrently', { partitionsConcurrently: 0 }],
  ['sessionTimeoutMs', { sessionTimeoutMs: 1.5 }],
])('%s outside its relation is named', (name, wrong) => {
  const attempt = (): unknown => readerOptions({ ...base, ...wrong });
  expect(attempt).toThrow(`SPINE_CONFIG_VALUE kafka.${name}: wanted`);
});

test('a request smaller than a batch is refused', () => {
  const limits = { maxBatchBytes: 2, maxRequestBytes: 1, maxWaitingBytes: 9 };
  expect(() => checkWriterLimits(limits)).toThrow('SPINE_CONFIG_VALUE kafka.maxRequestBytes');
});
