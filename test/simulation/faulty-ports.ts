// The ports as one process of the simulation sees them: each call takes its time on the way there
// and back, may be lost on either, and is shown to the observer.
// Guarantees: what a port promises still holds (libs/kafka/port.ts, libs/clickhouse/port.ts); the
// faults are the ones those promises leave room for. A dead or frozen process gets no answer.
// Example: const reader = faultyReader({ world, process, role: 'sink', group }, real)
import type { StoreBatch } from '@agentspine/clickhouse/port';
import type {
  BatchControl,
  BatchHandler,
  Committed,
  LogReader,
  LogWriter,
} from '@agentspine/kafka/port';
import { fenced } from '@agentspine/kafka/ownership';
import { isSpineError, SpineError } from '@agentspine/outcome/errors';
import type { Role } from './scenario.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

export type Place = {
  readonly world: World;
  readonly process: SimulatedProcess;
  readonly role: Role;
  readonly group: string;
};

const unanswered = (where: string): SpineError =>
  new SpineError('SPINE_KAFKA_UNREACHABLE', { where, found: 'no answer' });

export function faultyReader(place: Place, real: LogReader): LogReader {
  const { world, process, role, group } = place;
  const { observer } = world;
  const { name } = process;
  let assignments = 0;
  real.onAssigned(() => void assignments++);
  return {
    run: (handler) => real.run(handler),
    pause: (topic, partitions) => real.pause(topic, partitions),
    resume: (topic, partitions) => real.resume(topic, partitions),
    stop: () => real.stop(),
    closed: () => real.closed(),
    onAssigned: (listener) =>
      real.onAssigned((assigned) => {
        world.count(`assignment of a ${role}`);
        listener(assigned);
      }),
    committed: async (topic, partition) => {
      await world.travel(process);
      if (world.strikes('committed() unanswered', name)) throw unanswered('committed');
      const committed = await real.committed(topic, partition);
      observer.owns(role, partition, name);
      if (hasPending(committed)) world.count('pending range found after a restart');
      world.tell(`${name} finds ${partition} at ${committed?.offset} ${committed?.metadata}`);
      await world.travel(process);
      return committed;
    },
    commit: async (commits) => {
      for (const commit of commits) observer.asks(role, name, commit);
      const asked = assignments;
      await world.travel(process);
      if (world.strikes('commit lost on its way', name)) throw unanswered('commit');
      try {
        await process.log.ping();
        // The request names the group's generation as it was when it was made.
        if (asked !== assignments) throw fenced('commit', 'an older generation');
        await real.commit(commits);
      } catch (error) {
        world.count(`commit of a ${role} refused`);
        world.tell(`${name}: commit refused, ${codeOf(error)}`);
        await world.travel(process);
        throw error;
      }
      for (const commit of commits) {
        observer.accepted(group, role, commit);
        world.tell(`${name} committed ${commit.partition} at ${commit.offset} ${commit.metadata}`);
      }
      await world.travel(process);
      if (world.strikes('commit made, answer lost', name)) throw unanswered('commit');
    },
  };
}

export function faultyWriter({ world, process }: Place, real: LogWriter): LogWriter {
  const { observer } = world;
  const { name } = process;
  const send: LogWriter['send'] = async (records) => {
    const partition = records[0]?.partition ?? 0;
    const isZombie = observer.isZombie('worker', partition, name);
    observer.sends(name, records);
    await real.send(records);
    world.tell(`${name} wrote ${records.length} to ${records[0]?.topic}/${partition}`);
    if (isZombie) world.count('produce by a zombie');
    observer.acknowledged(records);
  };
  return {
    close: () => real.close(),
    send: async (records) => {
      await world.travel(process);
      if (records.length > 1 && world.strikes('torn produce', name)) {
        const first = world.int(1, records.length - 1);
        await send(records.slice(0, first));
        await process.wait(world.int(1, 200));
        await send(records.slice(first));
      } else {
        await send(records);
      }
      await world.travel(process);
    },
  };
}

/** The store over a network, as the sink calls it. */
export function faultyStore({ world, process, role }: Place) {
  const { name } = process;
  return {
    insert: async (batch: StoreBatch): Promise<void> => {
      await world.travel(process);
      const partition = Number(batch.token.split(':')[2]);
      if (world.observer.isZombie(role, partition, name)) world.count('insert by a zombie');
      try {
        await world.store.insert(batch);
        world.observer.lookAtStore();
        world.tell(`${name} stored ${batch.rows} as ${batch.token}`);
      } catch (error) {
        world.tell(`${name}: insert of ${batch.token} failed, ${codeOf(error)}`);
        await world.travel(process);
        throw error;
      }
      await world.travel(process);
    },
  };
}

/** The runner's handler, as the log calls it. */
export function faultyHandler(place: Place, handle: BatchHandler): BatchHandler {
  const { world, process, role } = place;
  return async (batch, control) => {
    world.observer.handed(role, batch);
    const offsets = batch.records.map(({ offset }) => offset);
    world.tell(`${process.name} gets ${batch.partition}: ${offsets.join(' ')}`);
    await world.travel(process);
    const faulty: BatchControl = {
      isStale: () => control.isStale(),
      heartbeat: async () => {
        await world.travel(process);
        await control.heartbeat();
        await world.travel(process);
      },
    };
    await handle(batch, faulty);
  };
}

function hasPending(committed: Committed): boolean {
  return committed !== null && committed.metadata.includes('"pending"');
}

export function codeOf(error: unknown): string {
  return isSpineError(error) ? error.code : String(error);
}
