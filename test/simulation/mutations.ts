// Planted bugs of the delivery protocol, each made from outside: a runner is handed something that
// does almost what it should. The checkers must find every one of them.
// Example: for (const mutation of MUTATIONS) await simulate(seed, mutation)
import type { StoreBatch } from '@agentspine/clickhouse/port';
import type { Commit, Committed, LogReader, OutRecord } from '@agentspine/kafka/port';
import { isSpineError } from '@agentspine/outcome/errors';
import type { RunnerParts as SinkParts } from '../../services/sink/run-batch.ts';
import type { RunnerParts as WorkerParts } from '../../services/worker/run-batch.ts';
import type { Mutation } from './services.ts';
import { TOPICS } from './world.ts';

type Insert = (batch: StoreBatch) => Promise<void>;

const withInsert = (parts: SinkParts, insert: Insert): SinkParts => ({
  ...parts,
  insert: { ...parts.insert, store: { insert } },
});

/** Every batch under a token that says less, or more, than it should. */
const tokens =
  (tokenOf: (token: string, count: number) => string) =>
  (parts: SinkParts): SinkParts => {
    let count = 0;
    const { store } = parts.insert;
    return withInsert(parts, (batch) =>
      store.insert({ ...batch, token: tokenOf(batch.token, count++) }),
    );
  };

/** generation:topic:partition:range:table with one part left out. */
const tokenWithout = (part: number) =>
  tokens((token) => token.split(':').toSpliced(part, 1).join(':'));

type SinkReader = SinkParts['reader'];

const withSinkReader = (parts: SinkParts, changed: Partial<SinkReader>): SinkParts => {
  const { reader } = parts;
  const right: SinkReader = {
    committed: (topic, partition) => reader.committed(topic, partition),
    commit: (commits) => reader.commit(commits),
    onAssigned: (listener) => reader.onAssigned(listener),
  };
  return { ...parts, reader: { ...right, ...changed } };
};

const withWorkerReader = (
  parts: WorkerParts,
  changed: (right: LogReader) => Partial<LogReader>,
): WorkerParts => ({ ...parts, reader: { ...parts.reader, ...changed(parts.reader) } });

type Note = Record<string, unknown> & { mark?: number; pending?: [number, number] | undefined };

/** The sink's note as it is read back, changed. */
const readsBack = (change: (note: Note) => Note) => (parts: SinkParts) =>
  withSinkReader(parts, {
    committed: async (topic, partition) =>
      changeNote(await parts.reader.committed(topic, partition), change),
  });

function changeNote<C extends Committed>(committed: C, change: (note: Note) => Note): C {
  if (committed === null) return committed;
  const metadata = JSON.stringify(change(JSON.parse(committed.metadata) as Note));
  return { ...committed, metadata };
}

/** What a reader is told the first time, it is told for ever. */
function remembering(reader: Pick<LogReader, 'committed'>): LogReader['committed'] {
  const told = new Map<number, Committed>();
  return async (topic, partition) => {
    const now = await reader.committed(topic, partition);
    const before = told.get(partition) ?? now;
    if (before !== null) told.set(partition, before);
    return before;
  };
}

/** Says that the range is stored before it is. */
function commitsTooFar(commit: Commit): Commit {
  const { pending, ...note } = JSON.parse(commit.metadata) as Note;
  if (pending === undefined) return commit;
  return { ...commit, offset: pending[1] + 1, metadata: JSON.stringify(note) };
}

/** Commits that were refused are taken for made. */
const unfenced =
  (reader: Pick<LogReader, 'commit'>): LogReader['commit'] =>
  async (commits) => {
    await reader.commit(commits).catch((error: unknown) => {
      if (!isSpineError(error) || error.code !== 'SPINE_KAFKA_FENCED') throw error;
    });
  };

export const MUTATIONS: readonly Mutation[] = [
  { name: 'the store forgets tokens', sink: tokens((token, count) => `${token}:${count}`) },
  {
    name: 'a repeated insert gets a new token',
    sink: (parts) => {
      const tried = new Map<string, number>();
      const { store } = parts.insert;
      return withInsert(parts, (batch) => {
        const times = tried.get(batch.token) ?? 0;
        tried.set(batch.token, times + 1);
        return store.insert({ ...batch, token: `${batch.token}:${times}` });
      });
    },
  },
  { name: 'the token leaves out the generation', sink: tokenWithout(0) },
  { name: 'the token leaves out the partition', sink: tokenWithout(2) },
  { name: 'the token leaves out the range', sink: tokenWithout(3) },
  {
    name: 'the sink commits the end of the range before the insert',
    sink: (parts) =>
      withSinkReader(parts, {
        commit: (commits) => parts.reader.commit(commits.map(commitsTooFar)),
      }),
  },
  {
    name: 'the sink does not say which range is pending',
    sink: (parts) =>
      withSinkReader(parts, {
        commit: (commits) =>
          parts.reader.commit(
            commits.map((commit) =>
              changeNote(commit, (note) => ({ ...note, pending: undefined })),
            ),
          ),
      }),
  },
  {
    name: 'the pending range is not read back',
    sink: readsBack((note) => ({ ...note, pending: undefined })),
  },
  {
    name: 'the pending range is read back one record short',
    sink: readsBack(({ pending, ...note }) =>
      pending === undefined || pending[0] === pending[1]
        ? { ...note, ...(pending && { pending }) }
        : { ...note, pending: [pending[0], pending[1] - 1] },
    ),
  },
  { name: 'the mark is not read back', sink: readsBack((note) => ({ ...note, mark: -1 })) },
  {
    name: 'the sink is told what was committed long ago',
    sink: (parts) => withSinkReader(parts, { committed: remembering(parts.reader) }),
  },
  {
    name: 'the sink goes on whether or not it is a member',
    sink: (parts) => ({
      ...withSinkReader(parts, { commit: unfenced(parts.reader) }),
      untilStored: (attempt, control) =>
        parts.untilStored(attempt, { ...control, heartbeat: async () => undefined }),
    }),
  },
  {
    name: 'the sink keeps its state over a rebalance',
    sink: (parts) => withSinkReader(parts, { onAssigned: () => undefined }),
  },
  {
    name: 'an insert without an answer counts as stored',
    sink: (parts) => ({
      ...parts,
      untilStored: (attempt) => attempt().catch(() => undefined),
    }),
  },
  {
    name: 'the sink waits for the store when the partition is long lost',
    sink: (parts, { process }) => ({
      ...parts,
      untilStored: async (attempt, control) => {
        for (;;) {
          try {
            await control.heartbeat();
            return await attempt();
          } catch {
            await process.wait(500);
          }
        }
      },
    }),
  },
  {
    name: 'the worker commits before the acknowledgement',
    worker: (parts) => ({
      ...parts,
      writer: {
        ...parts.writer,
        send: async (records) => {
          parts.writer.send(records).catch(() => undefined);
        },
      },
    }),
  },
  {
    name: 'the marker of a dead letter goes before the dead letter',
    worker: (parts) => {
      let held: readonly OutRecord[] = [];
      const send = async (records: readonly OutRecord[]): Promise<void> => {
        if (records[0]?.topic === TOPICS.deadletters) {
          held = records;
          return;
        }
        await parts.writer.send(records);
        if (held.length > 0) await parts.writer.send(held);
        held = [];
      };
      return { ...parts, writer: { ...parts.writer, send } };
    },
  },
  {
    name: 'the worker takes the offset before for the record before',
    worker: (parts) => {
      const { encode } = parts.steps;
      return {
        ...parts,
        steps: {
          ...parts.steps,
          encode: (source, ...rest) =>
            encode({ ...source, previousOffset: source.offset - 1 }, ...rest),
        },
      };
    },
  },
  {
    name: 'the worker forgets the chain when it starts',
    worker: (parts) =>
      withWorkerReader(parts, (right) => ({
        committed: async (topic, partition) =>
          changeNote(await right.committed(topic, partition), (note) => ({
            ...note,
            previous: -1,
          })),
      })),
  },
  {
    name: 'the worker is told what was committed long ago',
    worker: (parts) => withWorkerReader(parts, (right) => ({ committed: remembering(right) })),
  },
  {
    name: 'the worker keeps its state over a rebalance',
    worker: (parts) => withWorkerReader(parts, () => ({ onAssigned: () => undefined })),
  },
];
