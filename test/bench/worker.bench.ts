// The journey alone, without Kafka: events per second on one core, and what each stage costs.
// Limit: 40,000 events/s on one core for events like the demo's (about 800 B). npm run bench --
// worker
import { governedRow } from '@agentspine/event/governed-row';
import type { Judged } from '@agentspine/event/facts';
import type { Outcome } from '@agentspine/outcome/outcome';
import { journey, type Decoded, type Source, type Steps } from '@agentspine/worker-service/journey';
import { journeys, TOGETHER } from '@agentspine/worker-service/journeys';
import { lineageOf } from '@agentspine/worker-service/steps';
import { fleetLoad, type FleetLoad } from './fleet-load.ts';
import { inSlices, line, type Measured } from './measure.ts';

const EVENTS = 6_000;
const SLICE = 250;
const ROUNDS = 15;
const WANTED_PER_SECOND = 40_000;

export async function bench(): Promise<void> {
  const load = await fleetLoad({ events: EVENTS });
  const { values } = load;
  const bytes = values.reduce((sum, value) => sum + value.length, 0) / values.length;
  // First, while the process holds what a worker holds: no decoded events of a whole topic.
  const [whole, alone, json] = measureWhole(load) as [Measured, Measured, Measured];
  const stages = measureStages(load);
  console.log(
    `${EVENTS} events of the demo fleet, ${Math.round(bytes)} B on average; ${ROUNDS} rounds in slices of ${SLICE}`,
  );
  line('', 'µs CPU/event', 'least', 'most', 'events/s/core');
  for (const { name, us, min, max } of [whole, alone, ...stages, json]) {
    line(name, us, min, max, 1e6 / us);
  }
  line('sum of the stages', sumOf(stages, 'us'), sumOf(stages, 'min'));
  line('journey ÷ JSON there and back', whole.us / json.us, whole.min / json.min);
  line(
    `journey ÷ limit (${WANTED_PER_SECOND}/s)`,
    1e6 / whole.us / WANTED_PER_SECOND,
    1e6 / whole.min / WANTED_PER_SECOND,
  );
  console.log('median of a slice, its least (a core of its own) and its most, as means');
}

function sumOf(stages: readonly Measured[], figure: 'us' | 'min'): number {
  // flatten is a part of encode
  const apart = stages.filter(({ name }) => name !== FLATTEN);
  return apart.reduce((sum, stage) => sum + stage[figure], 0);
}

const each =
  (run: (index: number) => unknown) =>
  (start: number, end: number): void => {
    for (let index = start; index < end; index++) run(index);
  };

function measureWhole({ sources, steps, events }: FleetLoad): readonly Measured[] {
  const json = events.map((event) => JSON.stringify(event));
  // As services/worker/run-batch.ts takes the records of a batch.
  const together = (start: number, end: number): void => {
    for (let from = start; from < end; from += TOGETHER) {
      journeys(steps, sources.slice(from, Math.min(end, from + TOGETHER)));
    }
  };
  return inSlices(
    [
      ['journey, as the worker runs it', together],
      ['journey, event by event', each((i) => journey(steps, sources[i]!))],
      ['JSON.parse, JSON.stringify of it', each((i) => JSON.stringify(JSON.parse(json[i]!)))],
    ],
    { rounds: ROUNDS, items: EVENTS, slice: SLICE },
  );
}

const FLATTEN = '  flatten';

/** Every stage alone, on what the stages before made. */
function measureStages({ sources, steps }: FleetLoad): readonly Measured[] {
  const decoded = sources.map((source) => valueOf(steps.decode(source)));
  const judged = decoded.map((one, index) => judgedOf(steps, one, sources[index]!));
  const verdicts = judged.map((one) => valueOf(steps.judge(one)));
  const made = { generation: 1, policy_bundle: 'b', key_version: 'k1', price_table: 'p' };
  return inSlices(
    [
      ['  decode', each((i) => steps.decode(sources[i]!))],
      ['  validate', each((i) => steps.validate(decoded[i]!.event, sources[i]!))],
      ['  enrich', each((i) => steps.enrich(decoded[i]!.event, sources[i]!))],
      ['  pseudonymize', each((i) => steps.pseudonymize(decoded[i]!.event))],
      ['  judge', each((i) => steps.judge(judged[i]!))],
      [FLATTEN, each((i) => governedRow(lineageOf(sources[i]!, 1, made), judged[i]!, []))],
      ['  flatten + encode', each((i) => steps.encode(sources[i]!, 1, judged[i]!, verdicts[i]!))],
    ],
    { rounds: ROUNDS, items: EVENTS, slice: SLICE },
  );
}

function judgedOf(steps: Steps, { event }: Decoded, source: Source): Judged {
  const facts = valueOf(steps.enrich(event, source));
  const scrubbed = valueOf(steps.pseudonymize(event));
  return { event: scrubbed.event, facts, pii: scrubbed.pii };
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.is === 'ok') return outcome.value;
  throw new Error(`${outcome.code}: ${outcome.cause}`);
}
