// The in-memory log against the contract, then what only it can do: stand still, die, be away.
import { describe, expect, test } from 'vitest';
import { describeLog } from './contract.ts';
import { numbersTo, record, records, textsOf } from './contract-tools.ts';
import { createMemoryLog } from './memory-log.ts';
import type { Clock } from './memory-clock.ts';
import { readerOptions } from './options.ts';
import type { ReaderOptions } from './port.ts';

describeLog('the in-memory log keeps the contract', async () => {
  const log = createMemoryLog();
  return {
    connect: async () => log.process().log,
    sessionTimeoutMs: 300,
    makeGap: async (topic, partition) => log.appendGap(topic, partition, 2),
    deleteBefore: async (topic, partition, offset) => log.deleteBefore(topic, partition, offset),
    close: () => log.close(),
  };
});

/** A clock that stands until it is moved. */
function manualClock(): Clock & { advance(ms: number): Promise<void>; timers(): number } {
  let nowMs = 1_000;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      const timer = { at: nowMs + delayMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    timers: () => timers.size,
    advance: async (ms) => {
      const end = nowMs + ms;
      for (;;) {
        await settle();
        const [next] = [...timers].toSorted((a, b) => a.at - b.at);
        if (next === undefined || next.at > end) break;
        timers.delete(next);
        nowMs = next.at;
        next.run();
      }
      nowMs = end;
      await settle();
    },
  };
}

/** Lets everything that waits for nothing but promises happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

const spec = { name: 't', partitions: 2, replication: 1, config: {} };
const options = (more: Partial<ReaderOptions> = {}): ReaderOptions =>
  readerOptions({ groupId: 'g', topics: ['t'], minBytes: 1, maxWaitMs: 100, ...more });

describe('the in-memory log under a given clock', () => {
  test('leaves no timer behind when nothing is at work', async () => {
    const clock = manualClock();
    const log = createMemoryLog({ clock });
    await (await log.admin()).createTopics([spec]);
    const reader = await log.reader(options());
    const seen: string[] = [];
    await reader.run(async (batch) => void seen.push(...textsOf(batch)));
    await (await log.writer()).send([...records('t', 0, 3), ...records('t', 1, 3)]);
    await settle();
    expect(seen).toHaveLength(6);
    expect(clock.timers()).toBe(0);
    await reader.stop();
  });

  test('stamps records with the clock and holds a batch back for minBytes or maxWaitMs', async () => {
    const clock = manualClock();
    const log = createMemoryLog({ clock });
    await (await log.admin()).createTopics([spec]);
    const reader = await log.reader(options({ minBytes: 1_000 }));
    const batches: number[][] = [];
    await reader.run(async (batch) => {
      batches.push(batch.records.map(({ timestampMs }) => timestampMs));
    });
    const writer = await log.writer();
    await writer.send([record('t', 0, 'a')]);
    await clock.advance(60);
    await writer.send([record('t', 0, 'b')]);
    expect(batches).toEqual([]);
    await clock.advance(60);
    expect(batches).toEqual([[1_000, 1_060]]);
    await writer.send([{ ...record('t', 0, 'c'), value: Buffer.alloc(2_000) }]);
    await settle();
    expect(batches).toHaveLength(2);
    await reader.stop();
  });

  test('a killed process says nothing more, and its partitions pass on when its session is over', async () => {
    const clock = manualClock();
    const log = createMemoryLog({ clock, sessionTimeoutMs: 6_000 });
    await (await log.admin()).createTopics([spec]);
    const victim = log.process();
    const first = await victim.log.reader(options());
    let reached = '';
    await first.run(async (batch) => {
      victim.kill();
      reached += 'killed';
      await first.commit([{ topic: 't', partition: batch.partition, offset: 1, metadata: 'dead' }]);
      reached += ' and alive';
    });
    await (await log.writer()).send([record('t', 0, 'a')]);
    await settle();
    const survivor = await log.reader(options());
    const seen: string[] = [];
    void survivor.run(async (batch) => void seen.push(...textsOf(batch)));
    await clock.advance(5_000);
    expect(seen).toEqual([]);
    await clock.advance(1_500);
    expect(seen).toEqual(['a']);
    expect(reached).toBe('killed');
    expect(await survivor.committed('t', 0)).toBeNull();
    await survivor.stop();
  });

  test('while the log is away nothing happens, and after it everything goes on', async () => {
    const clock = manualClock();
    const log = createMemoryLog({ clock });
    await (await log.admin()).createTopics([spec]);
    const reader = await log.reader(options());
    const seen: string[] = [];
    await reader.run(async (batch) => void seen.push(...textsOf(batch)));
    log.setAvailable(false);
    let sent = false;
    const sending = (await log.writer()).send(records('t', 0, 5)).then(() => (sent = true));
    await clock.advance(60_000);
    expect([seen, sent]).toEqual([[], false]);
    log.setAvailable(true);
    await sending;
    await clock.advance(1_000);
    expect(seen).toEqual(numbersTo(5));
    await reader.stop();
  });

  test('a send whose acknowledgement got lost is in the log twice', async () => {
    const log = createMemoryLog();
    await (await log.admin()).createTopics([spec]);
    log.repeatNextSend();
    await (await log.writer()).send(records('t', 0, 2));
    const texts: string[] = [];
    for await (const { value } of log.readRange('t', 0, 0)) texts.push(String(value));
    expect(texts).toEqual(['0', '1', '0', '1']);
  });

  test('keeps no more records than it was told', async () => {
    const log = createMemoryLog({ maxRecordsPerPartition: 10 });
    await (await log.admin()).createTopics([spec]);
    await (await log.writer()).send(records('t', 0, 25));
    expect((await (await log.admin()).offsets('t'))![0]).toEqual({
      partition: 0,
      low: 15,
      high: 25,
    });
  });
});
