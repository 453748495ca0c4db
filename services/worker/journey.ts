// The journey of one event, whole: decode → validate → enrich → pseudonymize → judge → encode.
// Every step is pure and may leave by an exit; whatever happens, one source record gets exactly one
// fate: a governed row, or the marker of a dead letter. Nothing that could not be scrubbed and
// judged goes on in clear.
// Example: const fate = journey(steps, source); // fate.governed is what agent.governed gets
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Facts, Judged, PiiFacts, Verdict } from '@agentspine/event/facts';
import type { DeadLetter, Outcome, Retry } from '@agentspine/outcome/outcome';

export type Stage = 'decode' | 'validate' | 'enrich' | 'pseudonymize' | 'judge' | 'encode';

/** One record of agent.events, and the offset that was consumed before it. */
export type Source = {
  readonly partition: number;
  readonly offset: number;
  readonly previousOffset: number;
  readonly timestampMs: number;
  readonly value: Buffer | null;
};

export type Decoded = { readonly schemaId: number; readonly event: AgentEvent };

export type Steps = {
  decode(source: Source): Outcome<Decoded>;
  validate(event: AgentEvent, source: Source): Outcome<AgentEvent>;
  enrich(event: AgentEvent, source: Source): Outcome<Facts>;
  pseudonymize(event: AgentEvent): Outcome<{ event: AgentEvent; pii: PiiFacts }>;
  judge(judged: Judged): Outcome<readonly Verdict[]>;
  encode(
    source: Source,
    schemaId: number,
    judged: Judged,
    verdicts: readonly Verdict[],
  ): Outcome<Buffer>;
};

export type Row = {
  readonly is: 'row';
  readonly governed: Buffer;
  readonly event: AgentEvent;
  readonly verdicts: readonly Verdict[];
};
export type Refused = {
  readonly is: 'refused';
  readonly stage: Stage;
  readonly exit: DeadLetter | Retry;
  readonly decoded: Decoded | null;
};
export type Fate = Row | Refused;

export function journey(steps: Steps, source: Source): Fate {
  const decoded = steps.decode(source);
  if (decoded.is !== 'ok') return refused('decode', decoded, null);
  const { schemaId } = decoded.value;

  const valid = steps.validate(decoded.value.event, source);
  if (valid.is !== 'ok') return refused('validate', valid, decoded.value);

  const facts = steps.enrich(valid.value, source);
  if (facts.is !== 'ok') return refused('enrich', facts, decoded.value);

  const scrubbed = steps.pseudonymize(valid.value);
  if (scrubbed.is !== 'ok') return refused('pseudonymize', scrubbed, decoded.value);

  const judged = { event: scrubbed.value.event, facts: facts.value, pii: scrubbed.value.pii };
  const verdicts = steps.judge(judged);
  if (verdicts.is !== 'ok') return refused('judge', verdicts, decoded.value);

  const governed = steps.encode(source, schemaId, judged, verdicts.value);
  if (governed.is !== 'ok') return refused('encode', governed, decoded.value);

  return { is: 'row', governed: governed.value, event: judged.event, verdicts: verdicts.value };
}

function refused(stage: Stage, exit: DeadLetter | Retry, decoded: Decoded | null): Refused {
  return { is: 'refused', stage, exit, decoded };
}
