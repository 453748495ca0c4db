// The journey alone, without Kafka: events per second on one core, and what each stage costs.
// Limit: 40,000 events/s on one core for events like the demo's (about 800 B). npm run bench --
// worker
import { governedRow } from '@agentspine/event/governed-row';
import type { Judged, Verdict } from '@agentspine/event/facts';
import type { Outcome } from '@agentspine/outcome/outcome';
import { journey, type Decoded } from '@agentspine/worker-service/journey';
import { lineageOf } from '@agentspine/worker-service/steps';
import { fleetLoad } from './fleet-load.ts';
import { inTurn, line } from './measure.ts';

const EVENTS = 6_000;
const ROUNDS = 11;
const WANTED_PER_SECOND = 40_000;

export async function bench(): Promise<void> {
  const { sources, steps, values, events } = await fleetLoad({ events: EVENTS });
  const bytes = values.reduce((sum, value) => sum + value.length, 0) / values.length;
  const json = events.map((event) => JSON.stringify(event));
  const decoded = sources.map((source) => valueOf(steps.decode(source)));
  const judged = decoded.map((one, index) => judgedOf(one, index));
  const verdicts = judged.map((one) => valueOf(steps.judge(one)));

  function judgedOf({ event }: Decoded, index: number): Judged {
    const facts = valueOf(steps.enrich(event, sources[index]!));
    const scrubbed = valueOf(steps.pseudonymize(event));
    return { event: scrubbed.event, facts, pii: scrubbed.pii };
  }
  const made = { generation: 1, policy_bundle: 'b', key_version: 'k1', price_table: 'p' };
  const each = (run: (index: number) => unknown) => () => {
    for (let index = 0; index < EVENTS; index++) run(index);
  };
  const results = inTurn(
    [
      ['journey, whole', each((i) => journey(steps, sources[i]!))],
      ['  decode', each((i) => steps.decode(sources[i]!))],
      ['  validate', each((i) => steps.validate(decoded[i]!.event, sources[i]!))],
      ['  enrich', each((i) => steps.enrich(decoded[i]!.event, sources[i]!))],
      ['  pseudonymize', each((i) => steps.pseudonymize(decoded[i]!.event))],
      ['  judge', each((i) => steps.judge(judged[i]!))],
      ['  flatten', each((i) => governedRow(lineageOf(sources[i]!, 1, made), judged[i]!, []))],
      [
        '  flatten + encode',
        each((i) => steps.encode(sources[i]!, 1, judged[i]!, verdicts[i] as Verdict[])),
      ],
      ['baseline: JSON.parse of the event', each((i) => JSON.parse(json[i]!))],
      ['baseline: JSON.stringify of it', each((i) => JSON.stringify(events[i]))],
    ],
    { rounds: ROUNDS, per: EVENTS },
  );
  const whole = results[0]!;
  const baseline = results.at(-2)!.us + results.at(-1)!.us;
  console.log(
    `${EVENTS} events of the demo fleet, ${Math.round(bytes)} B on average, median of ${ROUNDS} rounds`,
  );
  line('', 'µs CPU/event', 'min', 'max', 'events/s/core');
  for (const { name, us, min, max } of results) line(name, us, min, max, 1e6 / us);
  line('journey ÷ JSON there and back', whole.us / baseline);
  line(`journey ÷ limit (${WANTED_PER_SECOND}/s)`, 1e6 / whole.us / WANTED_PER_SECOND);
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.is === 'ok') return outcome.value;
  throw new Error(`${outcome.code}: ${outcome.cause}`);
}
