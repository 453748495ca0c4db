// The contract's part about reading: order, positions, commits with metadata, gaps, pauses, ranges.
// See contract.ts.
import { expect, test } from 'vitest';
import {
  numbersTo,
  record,
  records,
  textsOf,
  until,
  type ContractTools,
} from './contract-tools.ts';
import type { LogRecord } from './port.ts';

export function readingContract(tools: ContractTools): void {
  order(tools);
  positions(tools);
  gapsAndPauses(tools);
  deletedOffsets(tools);
  ranges(tools);
}

function order(tools: ContractTools): void {
  test('records arrive in order, with key, value, headers, offset and time', async () => {
    const topic = await tools.topic(1);
    const headers = { traceparent: '00-abc', tenant: 'acmé' };
    await tools.write([{ ...record(topic, 0, 'first'), headers }, ...records(topic, 0, 99)]);
    const seen: LogRecord[] = [];
    const highs: number[] = [];
    const reader = await tools.reader(tools.group(), topic);
    await reader.run(async (batch) => {
      seen.push(...batch.records);
      highs.push(batch.highWatermark);
    });
    await until('100 records', () => seen.length >= 100);
    expect(seen.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(seen.map(({ value }) => value?.toString())).toEqual(['first', ...numbersTo(99)]);
    expect(seen[0]!.key?.toString()).toBe('key of first');
    expect(seen[0]!.headers['traceparent']?.toString()).toBe('00-abc');
    expect(seen[0]!.headers['tenant']?.toString()).toBe('acmé');
    expect(seen[1]!.headers).toEqual({});
    expect(seen.every(({ timestampMs }) => Number.isSafeInteger(timestampMs))).toBe(true);
    expect(highs.at(-1)).toBe(100);
  });
}

function positions(tools: ContractTools): void {
  test('a later reader goes on at the committed offset and gets the metadata back as written', async () => {
    const topic = await tools.topic(2);
    const group = tools.group();
    await tools.write([...records(topic, 0, 10), ...records(topic, 1, 10, 100)]);
    const metadata = JSON.stringify({ v: 1, pending: [4, 9], text: 'é "quoted" \u0000 end' });
    const first = await tools.reader(group, topic);
    await first.run(async (batch) => {
      const { partition } = batch;
      await first.commit([{ topic, partition, offset: partition === 0 ? 4 : 10, metadata }]);
    });
    await until('two commits', async () => {
      const both = await Promise.all([first.committed(topic, 0), first.committed(topic, 1)]);
      return both.every((committed) => committed !== null);
    });
    await first.stop();

    const seen: string[] = [];
    const second = await tools.reader(group, topic);
    expect(await second.committed(topic, 0)).toEqual({ offset: 4, metadata });
    await second.run(async (batch) => {
      seen.push(...textsOf(batch));
    });
    await tools.write([record(topic, 1, 'last')]);
    await until('seven records', () => seen.length >= 7);
    expect(seen.toSorted()).toEqual([...numbersTo(6, 4), 'last'].toSorted());
    const admin = await (await tools.connect()).admin();
    expect((await admin.committed(group, topic)).get(1)).toEqual({ offset: 10, metadata });
  });

  test('what was never committed is null, and is read from the beginning', async () => {
    const topic = await tools.topic(1);
    const group = tools.group();
    await tools.write(records(topic, 0, 3));
    for (const _ of [1, 2]) {
      const seen: string[] = [];
      const reader = await tools.reader(group, topic);
      expect(await reader.committed(topic, 0)).toBeNull();
      await reader.run(async (batch) => {
        seen.push(...textsOf(batch));
      });
      await until('three records', () => seen.length >= 3);
      expect(seen).toEqual(numbersTo(3));
      await reader.stop();
    }
  });
}

function gapsAndPauses(tools: ContractTools): void {
  test('offsets without a record are stepped over', async () => {
    const topic = await tools.topic(1);
    await tools.write(records(topic, 0, 3));
    await tools.subject.makeGap(topic, 0);
    await tools.write(records(topic, 0, 3, 3));
    await tools.subject.makeGap(topic, 0);
    const seen: LogRecord[] = [];
    const reader = await tools.reader(tools.group(), topic);
    await reader.run(async (batch) => {
      seen.push(...batch.records);
    });
    await until('six records', () => seen.length >= 6);
    await tools.write(records(topic, 0, 1, 6));
    await until('the one behind the last gap', () => seen.length >= 7);
    expect(seen.map(({ value }) => value?.toString())).toEqual(numbersTo(7));
    expect(seen[3]!.offset).toBeGreaterThan(3);
    const admin = await (await tools.connect()).admin();
    expect((await admin.offsets(topic))![0]!.high).toBe(seen[6]!.offset + 1);
  });

  test('a paused partition waits, the others go on, and nothing is lost when it is resumed', async () => {
    const topic = await tools.topic(2);
    const seen: string[] = [];
    const reader = await tools.reader(tools.group(), topic);
    reader.onAssigned(() => reader.pause(topic, [0]));
    await reader.run(async (batch) => {
      seen.push(...textsOf(batch).map((text) => `${batch.partition}:${text}`));
    });
    await tools.write([...records(topic, 0, 5), ...records(topic, 1, 5)]);
    await until('partition 1', () => seen.length >= 5);
    await tools.write(records(topic, 1, 5, 5));
    await until('more of partition 1', () => seen.length >= 10);
    expect(seen.every((text) => text.startsWith('1:'))).toBe(true);
    reader.resume(topic, [0]);
    await until('partition 0', () => seen.length >= 15);
    expect(seen.filter((text) => text.startsWith('0:'))).toEqual(numbersTo(5).map((n) => `0:${n}`));
  });
}

function deletedOffsets(tools: ContractTools): void {
  test('offsets the log has deleted before they were read end the reader with the place', async () => {
    const topic = await tools.topic(1);
    const group = tools.group();
    await tools.write(records(topic, 0, 10));
    const first = await tools.reader(group, topic);
    let committed = false;
    await first.run(async () => {
      await first.commit([{ topic, partition: 0, offset: 4, metadata: 'mine' }]);
      committed = true;
    });
    await until('the commit', () => committed);
    await first.stop();
    await tools.subject.deleteBefore(topic, 0, 7);

    const second = await tools.reader(group, topic);
    const seen: string[] = [];
    void second.run(async (batch) => void seen.push(...textsOf(batch)));
    await expect(second.closed()).rejects.toMatchObject({
      code: 'SPINE_DELIVERY_HOLE',
      facts: { where: `${topic}/0`, found: 'offsets 7 to 10' },
    });
    expect(seen).toEqual([]);
    expect(await second.committed(topic, 0)).toEqual({ offset: 4, metadata: 'mine' });
  });

  test('a group without a commit begins at the oldest record there is', async () => {
    const topic = await tools.topic(1);
    await tools.write(records(topic, 0, 10));
    await tools.subject.deleteBefore(topic, 0, 7);
    const seen: string[] = [];
    const reader = await tools.reader(tools.group(), topic);
    await reader.run(async (batch) => void seen.push(...textsOf(batch)));
    await until('three records', () => seen.length >= 3);
    expect(seen).toEqual(numbersTo(3, 7));
  });
}

function ranges(tools: ContractTools): void {
  test('a range is read without a group, up to the end it had, and refuses deleted offsets', async () => {
    const topic = await tools.topic(1);
    await tools.write(records(topic, 0, 500));
    const log = await tools.connect();
    const read = async (from: number, to?: number): Promise<string[]> => {
      const texts: string[] = [];
      for await (const { value } of log.readRange(topic, 0, from, to)) texts.push(String(value));
      return texts;
    };
    expect(await read(0)).toEqual(numbersTo(500));
    expect(await read(490)).toEqual(numbersTo(10, 490));
    expect(await read(20, 25)).toEqual(numbersTo(5, 20));
    expect(await read(500)).toEqual([]);
    await tools.subject.makeGap(topic, 0);
    expect(await read(499)).toEqual(['499']);
    await tools.subject.deleteBefore(topic, 0, 100);
    await expect(read(50)).rejects.toMatchObject({ code: 'SPINE_DELIVERY_HOLE' });
    await expect(read(50, 60)).rejects.toMatchObject({ code: 'SPINE_DELIVERY_HOLE' });
    expect(await read(100, 102)).toEqual(['100', '101']);
  });
}
