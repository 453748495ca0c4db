// The contract's part about writing and administration: order, large records, refusals, topics,
// offsets. See contract.ts.
import { expect, test } from 'vitest';
import { numbersTo, record, records, type ContractTools } from './contract-tools.ts';

export function writingContract(tools: ContractTools): void {
  sending(tools);
  refusing(tools);
  administration(tools);
}

async function textsIn(tools: ContractTools, topic: string, partition: number): Promise<string[]> {
  const log = await tools.connect();
  const found: string[] = [];
  for await (const { value } of log.readRange(topic, partition, 0)) found.push(String(value));
  return found;
}

function sending(tools: ContractTools): void {
  test('sends made together keep their order on each partition', async () => {
    const topic = await tools.topic(3);
    const writer = await (await tools.connect()).writer();
    const sends: Promise<void>[] = [];
    for (let i = 0; i < 3_000; i++) sends.push(writer.send([record(topic, i % 3, String(i))]));
    await Promise.all(sends);
    for (const partition of [0, 1, 2]) {
      const expected = numbersTo(3_000).filter((_, i) => i % 3 === partition);
      expect(await textsIn(tools, topic, partition)).toEqual(expected);
    }
    await writer.send([]);
    await writer.close();
    await expect(writer.send(records(topic, 0, 1))).rejects.toMatchObject({
      code: 'SPINE_KAFKA_REFUSED',
    });
  });

  test('close delivers what was sent before it', async () => {
    const topic = await tools.topic(1);
    const writer = await (await tools.connect()).writer();
    const sent = writer.send(records(topic, 0, 100));
    await writer.close();
    await sent;
    expect(await textsIn(tools, topic, 0)).toEqual(numbersTo(100));
  });

  test('a record of 10 MB goes through where the topic allows it', async () => {
    const topic = await tools.topic(1, { 'max.message.bytes': String(12 * 1024 * 1024) });
    const value = Buffer.alloc(10 * 1024 * 1024, 'x');
    await tools.write([record(topic, 0, 'before'), { topic, partition: 0, key: null, value }]);
    await tools.write([record(topic, 0, 'after')]);
    const found = await textsIn(tools, topic, 0);
    expect(found.map((text) => text.length)).toEqual([6, value.length, 5]);
  });
}

function refusing(tools: ContractTools): void {
  test('a record that is too large rejects its send, and nothing behind it overtakes it', async () => {
    const topic = await tools.topic(2, { 'max.message.bytes': '20000' });
    const writer = await (await tools.connect()).writer();
    const large = { topic, partition: 0, key: null, value: Buffer.alloc(30_000) };
    const refused = writer.send([
      ...records(topic, 0, 10),
      large,
      ...records(topic, 0, 10, 90),
      ...records(topic, 1, 10),
    ]);
    const other = writer.send(records(topic, 1, 10, 10));
    await expect(refused).rejects.toMatchObject({ code: 'SPINE_RECORD_TOO_LARGE' });
    await other;
    await writer.send([record(topic, 0, 'next')]);
    expect(await textsIn(tools, topic, 0)).toEqual([...numbersTo(10), 'next']);
    expect(await textsIn(tools, topic, 1)).toEqual(numbersTo(20));
  });

  test('many records above the limit of one batch go in several', async () => {
    const topic = await tools.topic(1, { 'max.message.bytes': '20000' });
    await tools.write(
      Array.from({ length: 60 }, (_, i) => {
        const value = Buffer.alloc(3_000, String(i % 10));
        return { topic, partition: 0, key: null, value };
      }),
    );
    const found = await textsIn(tools, topic, 0);
    expect(found.map((text) => text[0])).toEqual(numbersTo(60).map((text) => text.at(-1)));
  });

  test('a partition or topic that does not exist is refused, and the others are written', async () => {
    const topic = await tools.topic(1);
    const writer = await (await tools.connect()).writer();
    const missing = writer.send([record(topic, 5, 'nowhere')]);
    const present = writer.send([record(topic, 0, 'here')]);
    await expect(missing).rejects.toMatchObject({ code: 'SPINE_KAFKA_TOPIC' });
    await present;
    const noTopic = writer.send([record(`${topic}.missing`, 0, 'nowhere')]);
    await expect(noTopic).rejects.toMatchObject({ code: 'SPINE_KAFKA_TOPIC' });
    expect(await textsIn(tools, topic, 0)).toEqual(['here']);
  });
}

function administration(tools: ContractTools): void {
  test('topics are created once, and offsets say what a partition holds', async () => {
    const topic = await tools.topic(2);
    const admin = await (await tools.connect()).admin();
    const spec = { partitions: 2, replication: 1, config: { 'retention.ms': '3600000' } };
    const names = [topic, `${topic}.second`];
    expect(await admin.createTopics(names.map((name) => ({ name, ...spec })))).toEqual([names[1]]);
    expect(await admin.createTopics(names.map((name) => ({ name, ...spec })))).toEqual([]);
    await tools.write(records(topic, 1, 7));
    await tools.subject.deleteBefore(topic, 1, 3);
    expect(await admin.offsets(topic)).toEqual([
      { partition: 0, low: 0, high: 0 },
      { partition: 1, low: 3, high: 7 },
    ]);
    expect(await admin.offsets(`${topic}.missing`)).toBeNull();
    expect((await admin.committed(tools.group(), topic)).get(0) ?? null).toBeNull();
    await (await tools.connect()).ping();
  });
}
