// The journey of many events, stage by stage: all are decoded, then all validated, and so on. Each
// stage's code and memos stay in the processor's caches that way, which is a fifth to a quarter
// cheaper than event by event (docs/performance.md).
// Guarantee: the fates of `journey` for each source, in the order of the sources
// (journeys.test.ts). Steps are pure, so that an order among events cannot matter.
// Example: const fates = journeys(steps, sources); // fates[0] is what sources[0] became
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Facts, Judged, Verdict } from '@agentspine/event/facts';
import type { Outcome } from '@agentspine/outcome/outcome';
import type { Decoded, Fate, Source, Stage, Steps } from './journey.ts';

/**
 * How many a caller gives at once: enough to stay in a stage, few enough that their events stay in
 * the cache, and that only so many are held in memory.
 */
export const TOGETHER = 64;

export function journeys(steps: Steps, sources: readonly Source[]): Fate[] {
  const underWay = sources.map((source) => new UnderWay(source));
  for (const stage of STAGES) {
    for (const one of underWay) if (one.fate === null) stage(steps, one);
  }
  return underWay.map(({ fate }) => fate!);
}

type StageRun = (steps: Steps, one: UnderWay) => void;

/** As in journey.ts; a stage runs where the one before it left no fate. */
const STAGES: readonly StageRun[] = [
  (steps, one) => {
    one.decoded = one.take('decode', steps.decode(one.source));
  },
  (steps, one) => {
    one.event = one.take('validate', steps.validate(one.decoded!.event, one.source));
  },
  (steps, one) => {
    one.facts = one.take('enrich', steps.enrich(one.event!, one.source));
  },
  (steps, one) => {
    const scrubbed = one.take('pseudonymize', steps.pseudonymize(one.event!));
    if (scrubbed === null) return;
    one.judged = { event: scrubbed.event, facts: one.facts!, pii: scrubbed.pii };
  },
  (steps, one) => {
    one.verdicts = one.take('judge', steps.judge(one.judged!));
  },
  (steps, one) => {
    const { source, decoded, judged, verdicts } = one;
    const outcome = steps.encode(source, decoded!.schemaId, judged!, verdicts!);
    const governed = one.take('encode', outcome);
    if (governed === null) return;
    one.fate = { is: 'row', governed, event: judged!.event, verdicts: verdicts! };
  },
];

/** What the stages so far made of one record; a fate ends it. */
class UnderWay {
  readonly source: Source;
  decoded: Decoded | null = null;
  event: AgentEvent | null = null;
  facts: Facts | null = null;
  judged: Judged | null = null;
  verdicts: readonly Verdict[] | null = null;
  fate: Fate | null = null;

  constructor(source: Source) {
    this.source = source;
  }

  /** The value of an outcome; or null, and the fate of a refusal. */
  take<T>(stage: Stage, outcome: Outcome<T>): T | null {
    if (outcome.is === 'ok') return outcome.value;
    this.fate = { is: 'refused', stage, exit: outcome, decoded: this.decoded };
    return null;
  }
}
