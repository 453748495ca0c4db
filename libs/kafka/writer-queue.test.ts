// The bookkeeping of the writer under any order of sends.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sizeOf, WriterQueue } from './writer-queue.ts';

const limits = { maxBatchBytes: 200, maxRequestBytes: 500, maxWaitingBytes: 10_000 };
const record = (partition: number, bytes: number, text = '') => ({
  topic: 't',
  partition,
  key: null,
  value: Buffer.from(text.padEnd(bytes, '.')),
});

test('whatever is added comes out once, in order per partition, within the limits', () => {
  const sends = fc.array(
    fc.array(fc.tuple(fc.nat(4), fc.nat(300)), { minLength: 1, maxLength: 8 }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(sends, (list) => {
      const queue = new WriterQueue(limits);
      const added = new Map<number, number[]>();
      let resolved = 0;
      for (const send of list) {
        const records = send.map(([partition, bytes]) => record(partition, bytes));
        for (const { partition, value } of records) {
          added.set(partition, [...(added.get(partition) ?? []), value.length]);
        }
        queue.add(
          records,
          () => resolved++,
          (error) => expect.unreachable(error.message),
        );
      }
      const taken = new Map<number, number[]>();
      while (!queue.isEmpty) {
        const request = queue.take();
        const sizes = request.map((run) => run.records.reduce((sum, r) => sum + sizeOf(r), 0));
        const records = request.flatMap((run) => run.records);
        expect(request.length).toBeGreaterThan(0);
        expect(new Set(request.map((run) => run.partition)).size).toBe(request.length);
        if (records.length > 1) {
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(
            limits.maxRequestBytes,
          );
        }
        for (const [i, run] of request.entries()) {
          if (run.records.length > 1) expect(sizes[i]).toBeLessThanOrEqual(limits.maxBatchBytes);
          const lengths = run.records.map(({ value }) => value.length);
          taken.set(run.partition, [...(taken.get(run.partition) ?? []), ...lengths]);
          queue.acknowledge(run);
        }
      }
      expect(taken).toEqual(added);
      expect(resolved).toBe(list.length);
      expect(queue.waitingBytes).toBe(0);
    }),
  );
});

test('a refused record takes what waits behind it on its partition along, and nothing else', () => {
  const queue = new WriterQueue(limits);
  const outcome: string[] = [];
  const add = (name: string, ...partitions: number[]): void => {
    const records = partitions.map((partition) => record(partition, 90, name));
    const done = (): void => void outcome.push(`${name} sent`);
    queue.add(records, done, (error) => outcome.push(`${name} ${error.message}`));
  };
  add('a', 0);
  add('b', 0, 1);
  add('c', 1);
  add('d', 0);
  const [zero] = queue.take();
  queue.acknowledge({ ...zero!, records: zero!.records.slice(0, 1) });
  queue.refuse(zero!, new Error('refused'));
  while (!queue.isEmpty) for (const run of queue.take()) queue.acknowledge(run);
  expect(outcome).toEqual(['a sent', 'b refused', 'd refused', 'c sent']);
  expect(queue.waitingBytes).toBe(0);
});
