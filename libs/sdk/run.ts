// One run of one agent: a trace context, a place in the conversation, a counter for the order of
// its events. A run inside a run is its child in the same trace; a run that continues a carrier is
// a remote child of the hand-over.
// Example: spine.run({ conversationId: 'chat-7', input: question }, async (run) => answer(run,
//   question))
import { readCarrier, RUN_ID } from './carrier.ts';
import type { Context, RunState } from './context.ts';
import type { AgentFields, RunFields } from './fields.ts';
import { runSpan, type Span } from './open-span.ts';
import { Operations, type Parts } from './operations.ts';
import { actorRecord, agentRecord } from './particulars.ts';

/** A run under way: its operations, and what is said of the run itself. */
export class Run extends Operations {
  readonly runId: string;
  readonly traceId: string;
  readonly #span: Span<RunFields>;

  constructor(parts: Parts, home: Context | null, span: Span<RunFields>) {
    super(parts, home);
    this.runId = home?.run.runId ?? '';
    this.traceId = home?.run.traceId ?? '';
    this.#span = span;
  }

  /**
   * Adds to what the end of the run will say: an output other than the return value, a status,
   * attributes.
   */
  set(fields: Partial<RunFields>): void {
    this.#span.set(fields);
  }
}

export function startRun<T>(
  parts: Parts,
  agent: Partial<AgentFields>,
  fields: RunFields,
  fn: (run: Run) => T | Promise<T>,
): Promise<T> {
  const { recorder, storage } = parts;
  const { read } = recorder.options;
  const given = read.fields(fields, 'agent_run');
  const context = openRun(parts, agent, given);
  const work = (span: Span<RunFields>): T | Promise<T> => {
    const home = context && span.ref && { ...context, spanId: span.ref.spanId, isRemote: false };
    return fn(new Run(parts, home && { ...home, tries: null }, span));
  };
  return runSpan(
    {
      recorder,
      storage,
      context,
      kind: 'agent_run',
      given,
      rest: (f) => ({ name: read.text(f.name, 'name') ?? context?.run.agent?.id ?? null }),
      starts: true,
    },
    typeof fn === 'function' ? work : (fn as typeof work),
  );
}

/** The context around the new run: its state, and the operation it is a child of. */
function openRun(
  { recorder, storage }: Parts,
  agent: Partial<AgentFields>,
  given: Partial<RunFields>,
): Context | null {
  const { clock, ids, read } = recorder.options;
  try {
    const runId = read.form(given.runId, RUN_ID, 'run_id');
    const around = storage.getStore() ?? null;
    const origin = readCarrier(given.continuing);
    const above = origin ?? around?.run ?? null;
    const run: RunState = {
      runId: runId ?? ids.eventId(clock.nowUs()),
      traceId: above?.traceId ?? ids.traceId(),
      conversationId:
        read.text(given.conversationId, 'conversation_id') ?? above?.conversationId ?? null,
      causationId: origin?.causationId ?? null,
      agent: agentRecord(read, { ...agent, ...read.fields(given.agent, 'agent') }),
      actor: given.actor
        ? actorRecord(read, read.fields(given.actor, 'actor'))
        : (around?.run.actor ?? null),
      correlation: {
        ...around?.run.correlation,
        ...read.textMap(given.correlation, 'correlation'),
      },
      nextSeq: 0,
    };
    return {
      run,
      spanId: origin?.spanId ?? around?.spanId ?? null,
      isRemote: origin !== null,
      tries: origin === null ? (around?.tries ?? null) : null,
    };
  } catch {
    recorder.lose('bad_argument', 'the arguments of a run could not be read');
    return null;
  }
}
