// The real runners of worker and sink, put together as their start.ts does, over the ports of one
// simulated process. The rulebook is small and cheap; the journey, the codecs and the protocol are
// the product's own.
// Guarantees: a mutation changes what is handed to a runner, never the runner.
// Example: const service = await startSink(place, mutation, onEnd); await service.stop()
import { isDataError } from '@agentspine/clickhouse/refusal';
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Facts, Judged, Verdict } from '@agentspine/event/facts';
import { keepTrying } from '@agentspine/observe/keep-trying';
import { ok, retry, type Outcome } from '@agentspine/outcome/outcome';
import {
  createBatchRunner as createSinkRunner,
  type RunnerParts as SinkParts,
} from '../../services/sink/run-batch.ts';
import { createLayouts } from '../../services/sink/layouts.ts';
import type { Steps } from '../../services/worker/journey.ts';
import {
  createBatchRunner as createWorkerRunner,
  type RunnerParts as WorkerParts,
} from '../../services/worker/run-batch.ts';
import { bindSteps } from '../../services/worker/steps.ts';
import {
  faultyHandler,
  faultyReader,
  faultyStore,
  faultyWriter,
  type Place,
} from './faulty-ports.ts';
import {
  COLUMNS,
  decoder,
  encodeGoverned,
  GOVERNED_SCHEMA,
  GOVERNED_SCHEMAS,
} from './governed-codec.ts';
import { BREAKS, RECORD_BYTES_MAX, RULE_ID } from './source-records.ts';
import { SESSION_MS } from './scenario.ts';
import { TOPICS, type World } from './world.ts';

/** A planted bug: what a runner is given instead of the right thing. */
export type Mutation = {
  readonly name: string;
  readonly worker?: (parts: WorkerParts, place: Place) => WorkerParts;
  readonly sink?: (parts: SinkParts, place: Place) => SinkParts;
};

export type Service = { stop(): Promise<void> };
export type OnEnd = (error: unknown) => void;

const layouts = createLayouts(
  TOPICS.governed,
  new Map([
    ['events', new Set<string>(COLUMNS)],
    ['dead_letters', new Set<string>(COLUMNS)],
  ]),
);
for (const id of GOVERNED_SCHEMAS) layouts.add(id, GOVERNED_SCHEMA);

export async function startWorker(
  place: Place,
  mutation: Mutation | null,
  onEnd: OnEnd,
): Promise<Service> {
  const { world, process } = place;
  const real = await process.log.reader(readerOptions(place, TOPICS.events));
  const writer = await process.log.writer();
  const steps = stepsOf(place);
  const encode = encodeGoverned.get(world.int(GOVERNED_SCHEMAS[0], GOVERNED_SCHEMAS[1]))!;
  const made = madeBy(process.name);
  const right: WorkerParts = {
    reader: faultyReader(place, real),
    writer: faultyWriter(place, writer),
    steps: steps(encode),
    topics: TOPICS,
    generation: 1,
    deadLetters: {
      topic: TOPICS.events,
      made,
      seal: (plain) => plain,
      encodeDeadLetter: (letter) => {
        const { origin_offset: offset } = letter as { origin_offset: number };
        return Buffer.from(JSON.stringify({ offset }));
      },
      encodeGoverned: encode,
    },
    encodeViolation: (source, _event, verdict) =>
      Buffer.from(JSON.stringify({ offset: source.offset, rule: verdict.rule_id })),
    learnSchemas: () => world.travel(process),
    pause: () => process.wait(200),
    done: () => undefined,
    fatal: onEnd,
  };
  const runner = createWorkerRunner(mutation?.worker?.(right, place) ?? right);
  real.closed().catch(onEnd);
  // Killed while it started: it never joins.
  if (!process.isDead) void real.run(faultyHandler(place, runner.handle));
  return {
    stop: async () => {
      await real.stop();
      await runner.settled();
      await writer.close();
    },
  };
}

export async function startSink(
  place: Place,
  mutation: Mutation | null,
  onEnd: OnEnd,
  generation = 1,
): Promise<Service> {
  const { world, process } = place;
  const real = await process.log.reader(readerOptions(place, TOPICS.governed));
  const clock = {
    now: () => world.time.nowMs(),
    sleep: (ms: number) => process.wait(ms),
  };
  const said = { away: () => undefined, back: () => undefined, awayNow: () => [] };
  const right: SinkParts = {
    reader: faultyReader(place, real),
    insert: {
      store: faultyStore(place),
      isDataError,
      topic: TOPICS.governed,
      generation,
      containerOf: (schemaId) => layouts.of(schemaId).container,
      columnsOf: (schemaId, table) => layouts.of(schemaId).columns[table],
      refuse: async (_record, _token, error) => {
        throw error;
      },
    },
    limits: { rowsMax: world.int(1, 20), bytesMax: world.int(500, 20_000) },
    learnSchemas: () => world.travel(process),
    untilStored: async (attempt, control) => {
      let lost: Error | null = null;
      const once = async (): Promise<void> => {
        // Not to be tried again: whatever the heartbeat says, the partition is no longer ours.
        await control.heartbeat().catch((error: unknown) => {
          lost = error as Error;
        });
        if (lost === null) await attempt();
      };
      await keepTrying({ what: 'ClickHouse', where: 'memory' }, once, { said, clock });
      if (lost !== null) throw lost;
    },
    count: ({ repeats }) => world.count('repeats skipped by a sink', repeats),
  };
  const runner = createSinkRunner(mutation?.sink?.(right, place) ?? right);
  real.closed().catch(onEnd);
  // Killed while it started: it never joins.
  if (!process.isDead) void real.run(faultyHandler(place, runner.handle));
  return { stop: () => real.stop() };
}

function readerOptions({ world, group }: Place, topic: string) {
  return {
    groupId: group,
    topics: [topic],
    sessionTimeoutMs: SESSION_MS,
    heartbeatIntervalMs: SESSION_MS / 3,
    minBytes: world.int(1, 300),
    maxWaitMs: world.int(20, 300),
    maxBytesPerPartition: world.int(300, 8_000),
    partitionsConcurrently: world.int(1, 3),
  };
}

const madeBy = (process: string) => ({
  generation: 1,
  // Tells whose record it was that won.
  policy_bundle: process,
  key_version: 'k1',
  price_table: 'p1',
});

function stepsOf({ world, process }: Place) {
  return (encode: NonNullable<ReturnType<typeof encodeGoverned.get>>): Steps =>
    bindSteps({
      decoder,
      enrich: (event) => enrich(world, process.name, event),
      pseudonymize: (event) => {
        if (event.name === BREAKS.pseudonymize) throw new Error('no pseudonym');
        return ok({ event, pii: { counts: {}, labels: [], input: [], output: [] } });
      },
      judge,
      encodeGoverned: (row) => {
        if (row.name === BREAKS.encode) throw new Error('no bytes');
        return encode(row);
      },
      limits: { recordBytesMax: RECORD_BYTES_MAX, futureMaxUs: 60e6, pastMaxUs: 86_400e6 },
      made: madeBy(process.name),
    });
}

function enrich(world: World, who: string, event: AgentEvent): Outcome<Facts> {
  if (world.strikes('retry exit', who)) return retry('SPINE_REGISTRY_UNREACHABLE', 'away');
  return ok({
    start_time: 0,
    duration_ns: 0,
    ingest_lag_us: 0,
    seq: event.seq ?? -1,
    cost_nano_usd: 0,
    cost_source: '',
    failure_mode: '',
    business: {
      registered: false,
      owner: '',
      team: '',
      criticality: '',
      cost_center: '',
      kpi: '',
      profile: '',
      allowed_tools: [],
      allowed_models: [],
      allowed_regions: [],
    },
  });
}

function judge({ event }: Judged): Outcome<readonly Verdict[]> {
  if (event.name === BREAKS.judge) throw new Error('no verdict');
  if ((event.seq ?? 0) % 3 !== 0) return ok([]);
  const verdict = { rule_id: RULE_ID, rule_version: 1, message: 'third' };
  return ok([{ ...verdict, severity: 'low', status: 'monitor', action: 'flag' }]);
}
