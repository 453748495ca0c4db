// What the runner commits when a partition is taken over and given back while a delivery is under
// way. Found by the simulation (test/simulation).
import type { BatchControl, Commit, Committed, LogBatch, LogReader } from '@agentspine/kafka/port';
import { deadLetter } from '@agentspine/outcome/outcome';
import { expect, it } from 'vitest';
import { createBatchRunner, type RunnerParts } from './run-batch.ts';

const topics = { events: 'e', governed: 'g', deadletters: 'd', violations: 'v' };
const control: BatchControl = { heartbeat: async () => undefined, isStale: () => false };

function batchOf(...offsets: number[]): LogBatch {
  const records = offsets.map((offset) => ({
    offset,
    timestampMs: 0,
    key: null,
    value: null,
    headers: {},
  }));
  return { topic: topics.events, partition: 0, records, highWatermark: 99 };
}

/**
 * A group that is asked for nothing but its commits, and acknowledgements that wait for release.
 */
function pipeline() {
  let assign: () => void = () => undefined;
  let committed: Committed = null;
  const commits: Commit[] = [];
  const held: (() => void)[] = [];
  const previous: number[] = [];
  const refuse = () => deadLetter('SPINE_RECORD_EMPTY', 'empty');
  const reader = {
    onAssigned: (listener: () => void) => {
      assign = listener;
    },
    committed: async () => committed,
    commit: async (given: readonly Commit[]) => {
      commits.push(...given);
      committed = given.at(-1) ?? committed;
    },
  } as unknown as LogReader;
  const parts = {
    reader,
    writer: {
      send: () => new Promise<void>((resolve) => held.push(resolve)),
      close: async () => undefined,
    },
    steps: { decode: refuse },
    deadLetters: {
      topic: topics.events,
      made: { generation: 1, policy_bundle: '', key_version: '', price_table: '' },
      seal: (plain: Buffer) => plain,
      encodeDeadLetter: () => Buffer.alloc(1),
      encodeGoverned: (row: { previous_source_offset: number }) => {
        previous.push(row.previous_source_offset);
        return Buffer.alloc(1);
      },
    },
    topics,
    generation: 1,
    learnSchemas: async () => undefined,
    done: () => undefined,
    fatal: (error: unknown) => {
      throw error;
    },
  } as unknown as RunnerParts;
  return {
    runner: createBatchRunner(parts),
    commits,
    previous,
    assignAnew: (by: Committed) => {
      committed = by;
      assign();
    },
    /** Acknowledges what was sent, and what is sent because of it. */
    acknowledge: async () => {
      for (let turn = 0; turn < 20; turn++) {
        for (const resolve of held.splice(0)) resolve();
        await Promise.resolve();
      }
    },
  };
}

it('commits nothing of a delivery whose partition was taken over and given back', async () => {
  const { runner, commits, previous, assignAnew, acknowledge } = pipeline();
  await runner.handle(batchOf(0, 1), control);
  // Another member has done 0 to 7 meanwhile; then the partition comes back.
  assignAnew({ offset: 8, metadata: '{"v":1,"gen":1,"previous":7}' });
  await acknowledge();
  await runner.settled();
  expect(commits).toEqual([]);

  await runner.handle(batchOf(8, 9), control);
  expect(previous).toEqual([-1, 0, 7, 8]);
  await acknowledge();
  await runner.settled();
  expect(commits.map(({ offset }) => offset)).toEqual([10]);
});
