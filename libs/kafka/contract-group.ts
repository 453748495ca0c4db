// The contract's part about membership: fencing, rebalancing, failing handlers, stopping. See
// contract.ts.
import { SpineError } from '@agentspine/outcome/errors';
import { expect, test } from 'vitest';
import {
  numbersTo,
  record,
  records,
  textsOf,
  until,
  type ContractTools,
} from './contract-tools.ts';
import type { BatchControl } from './port.ts';

export function groupContract(tools: ContractTools): void {
  memberIsFenced(tools);
  membersShare(tools);
  handlersFail(tools);
  readersStop(tools);
}

function memberIsFenced(tools: ContractTools): void {
  test('a member whose handler sleeps past its session is refused, and then reads again', async () => {
    const topic = await tools.topic(1);
    const group = tools.group();
    await tools.write(records(topic, 0, 5));
    const asleep = await tools.reader(group, topic);
    const wake = Promise.withResolvers<void>();
    const facts: Record<string, unknown> = {};
    let control: BatchControl | undefined;
    await asleep.run(async (batch, given) => {
      if (control !== undefined) return;
      control = given;
      facts['staleAtFirst'] = given.isStale();
      await wake.promise;
      facts['stale'] = given.isStale();
      const offset = batch.records.at(-1)!.offset + 1;
      const commit = { topic, partition: 0, offset, metadata: 'zombie' };
      facts['commit'] = await asleep.commit([commit]).catch((error: unknown) => error);
      facts['heartbeat'] = await given.heartbeat().catch((error: unknown) => error);
    });
    await until('the sleeper to begin', () => control !== undefined);

    const other = await tools.reader(group, topic);
    const seen: string[] = [];
    await other.run(async (batch) => {
      seen.push(...textsOf(batch));
      await other.commit([{ topic, partition: 0, offset: 5, metadata: 'owner' }]);
    });
    await until('the other to take over', () => seen.length >= 5);
    wake.resolve();
    await until('the sleeper to be told', () => facts['heartbeat'] !== undefined);
    expect(facts).toMatchObject({
      staleAtFirst: false,
      commit: { code: 'SPINE_KAFKA_FENCED' },
      heartbeat: { code: 'SPINE_KAFKA_FENCED' },
    });
    expect(await other.committed(topic, 0)).toEqual({ offset: 5, metadata: 'owner' });
    await other.stop();
    const later: string[] = [];
    const third = await tools.reader(group, topic);
    await asleep.stop();
    await third.run(async (batch) => void later.push(...textsOf(batch)));
    await tools.write([record(topic, 0, 'after')]);
    await until('the rest', () => later.length > 0);
    expect(later).toEqual(['after']);
  });
}

function membersShare(tools: ContractTools): void {
  test('a second member takes its share, and no record is lost or read twice by commits', async () => {
    const topic = await tools.topic(4);
    const group = tools.group();
    const committed = new Map<number, string[]>();
    const owners: Record<string, number[]> = {};
    const start = async (name: string): Promise<void> => {
      const reader = await tools.reader(group, topic);
      reader.onAssigned((assigned) => {
        owners[name] = [...(assigned.get(topic) ?? [])];
      });
      await reader.run(async (batch, control) => {
        await control.heartbeat();
        const { partition } = batch;
        const offset = batch.records.at(-1)!.offset + 1;
        await reader.commit([{ topic, partition, offset, metadata: name }]);
        committed.set(partition, [...(committed.get(partition) ?? []), ...textsOf(batch)]);
      });
    };
    const writer = await (await tools.connect()).writer();
    const send = async (from: number): Promise<void> => {
      for (let i = from; i < from + 50; i++) {
        await writer.send([0, 1, 2, 3].map((partition) => record(topic, partition, String(i))));
      }
    };
    await start('one');
    expect(owners['one']).toEqual([0, 1, 2, 3]);
    await send(0);
    await Promise.all([send(50), start('two')]);
    await until('a share each', () => owners['one']?.length === 2 && owners['two']?.length === 2);
    await send(100);
    const all = (): string[] => [...committed.values()].flat();
    await until('all records', () => all().length >= 600);
    for (const partition of [0, 1, 2, 3]) {
      expect(committed.get(partition)).toEqual(numbersTo(150));
    }
    expect(new Set([...owners['one']!, ...owners['two']!])).toEqual(new Set([0, 1, 2, 3]));
  });

  test('a partition has one handler at a time, and is assigned before its first batch', async () => {
    const topic = await tools.topic(3);
    const reader = await tools.reader(tools.group(), topic, { partitionsConcurrently: 3 });
    const events: string[] = [];
    reader.onAssigned((assigned) => events.push(`assigned ${assigned.get(topic)?.join(',')}`));
    const working = new Set<number>();
    let overlaps = 0;
    let seen = 0;
    await reader.run(async (batch) => {
      events.push('batch');
      if (working.has(batch.partition)) overlaps++;
      working.add(batch.partition);
      await new Promise((resolve) => setImmediate(resolve));
      working.delete(batch.partition);
      seen += batch.records.length;
    });
    for (let i = 0; i < 30; i++) {
      await tools.write([0, 1, 2].map((partition) => record(topic, partition, String(i))));
    }
    await until('90 records', () => seen >= 90);
    expect(overlaps).toBe(0);
    expect(events[0]).toBe('assigned 0,1,2');
  });
}

function handlersFail(tools: ContractTools): void {
  test('after a handler failed, reading goes on from the committed offset', async () => {
    const topic = await tools.topic(1);
    const reader = await tools.reader(tools.group(), topic);
    const seen: string[] = [];
    let failures = 0;
    await reader.run(async (batch) => {
      if (failures < 1 && batch.records.some(({ value }) => String(value) === '5')) {
        failures++;
        throw new SpineError('SPINE_CLICKHOUSE_UNREACHABLE', { where: 'test' });
      }
      seen.push(...textsOf(batch));
      if (failures > 0) return;
      await reader.commit([{ topic, partition: 0, offset: 2, metadata: '' }]);
    });
    await tools.write(records(topic, 0, 4));
    await until('the first records', () => seen.length >= 4);
    await tools.write(records(topic, 0, 4, 4));
    await until('the records after the failure', () => seen.includes('7'));
    expect(seen).toEqual([...numbersTo(4), ...numbersTo(6, 2)]);
    expect(failures).toBe(1);
  });

  test('an error that no repetition changes ends the reader', async () => {
    const topic = await tools.topic(1);
    const group = tools.group();
    const reader = await tools.reader(group, topic);
    await tools.write(records(topic, 0, 1));
    await reader.run(async () => {
      throw new SpineError('SPINE_DELIVERY_HOLE', { where: 'here' });
    });
    await expect(reader.closed()).rejects.toMatchObject({ code: 'SPINE_DELIVERY_HOLE' });
    const commit = { topic, partition: 0, offset: 1, metadata: '' };
    await expect(reader.commit([commit])).rejects.toMatchObject({ code: 'SPINE_KAFKA_FENCED' });
    const next = await tools.reader(group, topic);
    let seen = 0;
    await next.run(async (batch) => void (seen += batch.records.length));
    await until('the next member to read', () => seen === 1);
  });

  test('a topic that does not exist is an error, not a wait', async () => {
    const reader = await tools.reader(tools.group(), `contract.missing.${tools.group()}`);
    const run = reader.run(async () => undefined);
    await expect(run).rejects.toMatchObject({ code: 'SPINE_KAFKA_TOPIC' });
    await expect(reader.closed()).rejects.toMatchObject({ code: 'SPINE_KAFKA_TOPIC' });
  });
}

function readersStop(tools: ContractTools): void {
  test('stop waits for the running handler, whose commit still counts, and hands out no more', async () => {
    const topic = await tools.topic(1);
    const group = tools.group();
    await tools.write(records(topic, 0, 3));
    const reader = await tools.reader(group, topic);
    const go = Promise.withResolvers<void>();
    let begun = 0;
    let staleWhenStopping: boolean | undefined;
    await reader.run(async (batch, control) => {
      begun++;
      await go.promise;
      staleWhenStopping = control.isStale();
      const offset = batch.records.at(-1)!.offset + 1;
      await reader.commit([{ topic, partition: 0, offset, metadata: 'drained' }]);
    });
    await until('the handler', () => begun === 1);
    let stopped = false;
    const stopping = reader.stop().then(() => (stopped = true));
    await tools.write(records(topic, 0, 3, 3));
    expect(stopped).toBe(false);
    go.resolve();
    await stopping;
    await reader.closed();
    await reader.stop();
    expect(staleWhenStopping).toBe(true);
    expect(begun).toBe(1);
    expect((await reader.committed(topic, 0))?.metadata).toBe('drained');
    const commit = { topic, partition: 0, offset: 1, metadata: 'late' };
    await expect(reader.commit([commit])).rejects.toMatchObject({ code: 'SPINE_KAFKA_FENCED' });
  });

  test('a commit for a partition that is not assigned, or with too much metadata, is refused', async () => {
    const topic = await tools.topic(1);
    const reader = await tools.reader(tools.group(), topic);
    await reader.run(async () => undefined);
    const commit = { topic, partition: 7, offset: 1, metadata: '' };
    await expect(reader.commit([commit])).rejects.toMatchObject({ code: 'SPINE_KAFKA_FENCED' });
    const long = { topic, partition: 0, offset: 1, metadata: 'x'.repeat(4097) };
    await expect(reader.commit([long])).rejects.toMatchObject({ code: 'SPINE_KAFKA_REFUSED' });
    const largest = { topic, partition: 0, offset: 1, metadata: 'x'.repeat(4096) };
    await reader.commit([largest]);
    expect((await reader.committed(topic, 0))?.metadata).toHaveLength(4096);
  });
}
