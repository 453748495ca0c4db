// One simulated run of the delivery protocol: the real runners of worker and sink over the log and
// the store in memory, with every fault, and all time, from one seed.
// Guarantees: the same seed and options give the same history, line by line; steps and simulated
// time are bounded; it ends at the first violation, otherwise when faults are over, everything has
// drained and the reckoning is done.
// Example: const { violations, history } = await simulate(42)
import {
  memoryClickHouse,
  type Fault as StoreFault,
} from '@agentspine/clickhouse/memory-clickhouse';
import { ClickHouseRefusal } from '@agentspine/clickhouse/refusal';
import { createMemoryLog } from '@agentspine/kafka/memory-log';
import { finalCheck, readAll } from './final-check.ts';
import { Fleet } from './fleet.ts';
import { readContainer } from './governed-codec.ts';
import { Observer } from './observer.ts';
import { Random } from './random.ts';
import { FAULTS_MS, scenarioOf, SESSION_MS, type Planned, type Scenario } from './scenario.ts';
import type { Mutation } from './services.ts';
import { SimulatedTime } from './simulated-time.ts';
import { sourceRecord, type SourceRecord } from './source-records.ts';
import { TOPICS, World } from './world.ts';

export type Run = {
  readonly scenario: Scenario;
  readonly violations: readonly string[];
  readonly history: readonly string[];
  /** What happened, by kind. */
  readonly counts: ReadonlyMap<string, number>;
  readonly records: number;
  readonly steps: number;
};

const START_MS = 1_758_026_593_000;
const STEPS_MAX = 200_000;
const DRAIN_MS_MAX = 300_000;
const LOOK_EVERY_MS = 250;

export async function simulate(
  seed: number,
  mutation: Mutation | null = null,
  scenario: Scenario = scenarioOf(seed),
): Promise<Run> {
  const world = createWorld(scenario);
  const { observer } = world;
  const sent = new Map<string, SourceRecord>();
  const fleet = new Fleet(world, mutation);
  await createTopics(world);
  await scheduleSends(world, sent);
  for (let index = 0; index < scenario.workers; index++) fleet.start('worker');
  for (let index = 0; index < scenario.sinks; index++) fleet.start('sink');
  for (const fault of scenario.plan) {
    world.time.after(fault.atMs, () => strike(world, fleet, fault), fault.amid);
    if (fault.amid > 0) world.count('of these in the middle of an await');
  }
  world.time.after(FAULTS_MS, () => {
    world.tell('faults end');
    world.isCalm = true;
    fleet.calm();
  });
  await drain(world, 'sinks');
  if (observer.violations.length === 0) await reckon(world, sent);
  if (observer.violations.length === 0 && scenario.isReprocessed) {
    world.tell('everything is stored again under generation 2');
    world.count('reprocessing under the next generation');
    observer.copies = 2;
    fleet.killAll();
    fleet.start('sink', 2);
    await drain(world, 'sinks of generation 2');
    if (observer.violations.length === 0) await reckon(world, sent);
  }
  fleet.killAll();
  world.count('insert repeated, kept out by its token', world.store.repeats);
  const { history, counts } = world;
  const { violations } = observer;
  return { scenario, violations, history, counts, records: sent.size, steps: world.time.steps };
}

function createWorld(scenario: Scenario): World {
  const time = new SimulatedTime(START_MS);
  const random = new Random(scenario.seed, 'calls');
  const log = createMemoryLog({ clock: time, ackDelayMs: scenario.ackDelayMs });
  const world = new World(scenario, time, log, random);
  world.observer = new Observer(world);
  world.store = memoryClickHouse({
    decode: readContainer,
    fault: () => storeFault(world),
    pause: async () => {
      const delayMs = world.strikes('slow store', 'store') ? slowMs(world) : world.latency('store');
      if (delayMs > 0) await new Promise<void>((resolve) => void time.after(delayMs, resolve));
    },
  });
  return world;
}

/** Sometimes longer than a session. */
const slowMs = (world: World): number => world.int(50, SESSION_MS * 2);

function storeFault(world: World): StoreFault {
  if (world.isStoreAway || world.strikes('insert refused', 'store')) {
    const word = { code: 252, name: 'TOO_MANY_PARTS', message: 'too many parts' };
    return { is: 'refuse', error: new ClickHouseRefusal(word, 'memory') };
  }
  if (world.strikes('insert lost on its way', 'store')) return { is: 'timeout' };
  if (world.strikes('insert applied, answer lost', 'store')) return { is: 'appliedThenTimeout' };
  if (!world.strikes('insert applied later', 'store')) return { is: 'ok' };
  world.time.after(world.int(1, SESSION_MS * 3), () => {
    world.store.release();
    world.observer.lookAtStore();
  });
  return { is: 'later' };
}

async function createTopics({ log, scenario }: World): Promise<void> {
  const { partitions } = scenario;
  const admin = await log.admin();
  await admin.createTopics(
    Object.values(TOPICS).map((name) => ({ name, partitions, replication: 1, config: {} })),
  );
}

async function scheduleSends(world: World, sent: Map<string, SourceRecord>): Promise<void> {
  const { time, log, scenario } = world;
  const writer = await log.writer();
  for (const [index, { atMs, partition, kind }] of scenario.sends.entries()) {
    time.after(atMs, () => {
      const record = sourceRecord(index, kind, time.nowMs());
      sent.set(record.value.toString('hex'), record);
      world.count(kind === 'good' ? 'good record' : `bad record: ${kind}`);
      world.tell(`a ${kind} record is sent to ${partition}`);
      void writer.send([{ topic: TOPICS.events, partition, key: 'k', value: record.value }]);
    });
  }
}

function strike(world: World, fleet: Fleet, fault: Planned): void {
  switch (fault.is) {
    case 'kill':
      return fleet.kill(fault.role, fault.which, fault.downMs);
    case 'freeze':
      return fleet.freeze(fault.role, fault.which, fault.forMs);
    case 'restart':
      return fleet.restart(fault.role, fault.which, fault.downMs);
    case 'scale':
      return fleet.scale(fault.role);
    case 'log away':
      return world.away('log', fault.forMs);
    case 'store away':
      return world.away('store', fault.forMs);
    case 'repeated produce':
      world.count(fault.is);
      world.tell('the next produce is appended twice');
      return world.log.repeatNextSend();
    case 'gap': {
      const { suffix, partition } = fault;
      world.count(`gap in ${suffix}`);
      world.tell(`${suffix}/${partition} leaves out offsets`);
      return world.log.appendGap(TOPICS[suffix], partition, 1 + (fault.atMs % 3));
    }
  }
}

/** Runs until everything sent is stored and committed, or something is wrong. */
async function drain(world: World, group: string): Promise<void> {
  const { time, observer } = world;
  const endMs = time.nowMs() + FAULTS_MS + DRAIN_MS_MAX;
  let lookAtMs = time.nowMs();
  while (observer.violations.length === 0) {
    if (world.isCalm && time.nowMs() >= lookAtMs) {
      lookAtMs = time.nowMs() + LOOK_EVERY_MS;
      if (await isDrained(world, group)) return;
    }
    const isOver = time.nowMs() > endMs || time.steps > STEPS_MAX;
    if (isOver || !(await time.step())) {
      if (world.isCalm && (await isDrained(world, group))) return;
      return observer.violated(`stuck: not everything is stored after ${time.steps} steps`);
    }
    observer.lookAtStore();
  }
}

async function isDrained(world: World, group: string): Promise<boolean> {
  if (world.isLogAway) return false;
  for (let partition = 0; partition < world.scenario.partitions; partition++) {
    for (const [topic, of] of [
      [TOPICS.events, 'workers'],
      [TOPICS.governed, group],
    ] as const) {
      const last = (await readAll(world, topic, partition)).at(-1)?.offset ?? -1;
      if (world.observer.settledAt(of, partition) <= last) return false;
    }
  }
  return true;
}

/** What is still on its way to the store arrives, and then nothing may be amiss. */
async function reckon(world: World, sent: ReadonlyMap<string, SourceRecord>): Promise<void> {
  world.store.release();
  world.observer.lookAtStore();
  for (const violation of await finalCheck(world, sent)) world.observer.violated(violation);
}
