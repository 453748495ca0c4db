// Builds whole events and puts them into the outbox: identity, time, position in the run, the
// common fields, the redact hook, the bound on size. The only place where an AgentEvent of the SDK
// is made.
// Guarantees: every event passes libs/event/validate.ts; a failure anywhere is a counted drop and
// never an exception.
// Example: recorder.record({ kind: 'step', phase: 'end', at, fields, … })
import type {
  AgentEvent,
  Content,
  DataRef,
  Kind,
  Link,
  Phase,
  Producer,
} from '@agentspine/event/agent-event';
import { agentEvent } from '@agentspine/event/build';
import { approximateBytes } from './approximate-bytes.ts';
import type { Clock } from './clock.ts';
import { toContent, type ContentRules } from './content.ts';
import type { RunState } from './context.ts';
import type { DropReason, Drops } from './drops.ts';
import type { CommonFields, DataFields, LinkFields } from './fields.ts';
import type { Ids } from './ids.ts';
import type { Outbox } from './outbox.ts';
import type { Reader } from './read-values.ts';
import { isEventId } from './carrier.ts';

/** Pure: takes the event as built, returns the event to send, or null to send none. */
export type Redact = (event: AgentEvent) => AgentEvent | null;

export type RecorderOptions = {
  readonly tenantId: string;
  readonly producer: Producer;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly read: Reader;
  readonly drops: Drops;
  /** Null when the SDK is off. */
  readonly outbox: Outbox | null;
  readonly content: ContentRules;
  readonly maxEventBytes: number;
  readonly redact: Redact | null;
};

/** The fact to record, as far as it is not the same for all. */
export type Fact = {
  readonly kind: Kind;
  readonly phase: Phase;
  readonly run: RunState;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly parentRemote: boolean | null;
  readonly common: Partial<CommonFields>;
  /** Everything else, as the contract has it. */
  readonly rest: Partial<AgentEvent>;
  readonly attempt?: number;
  readonly links?: readonly Link[];
};

export class Recorder {
  readonly options: RecorderOptions;
  #recorded = 0;

  constructor(options: RecorderOptions) {
    this.options = options;
  }

  /** Events asked for, dropped ones included. */
  get recorded(): number {
    return this.#recorded;
  }

  /** Returns the id of the event, or null when it was dropped. */
  record(fact: Fact): string | null {
    this.#recorded += 1;
    const { outbox, drops } = this.options;
    // The position is used up even when the event is lost, so that the loss shows as a gap.
    const seq = fact.run.nextSeq === null ? null : fact.run.nextSeq++;
    if (outbox === null) {
      drops.count('off', 1, 'there is no transport');
      return null;
    }
    let event: AgentEvent;
    try {
      event = this.#build(fact, seq);
    } catch (error) {
      drops.count('bad_argument', 1, `a ${fact.kind} could not be built: ${nameOf(error)}`);
      return null;
    }
    const sent = this.#redact(event);
    if (sent === null) return null;
    const bytes = approximateBytes(sent);
    if (bytes > this.options.maxEventBytes) {
      drops.count('too_large', 1, `a ${fact.kind} of about ${bytes} bytes`);
      return null;
    }
    return outbox.offer(sent, bytes) ? sent.event_id : null;
  }

  /** Counts an event that never came to be. */
  lose(reason: DropReason, detail: string): void {
    this.#recorded += 1;
    this.options.drops.count(reason, 1, detail);
  }

  content(value: unknown): Content | null {
    return this.options.outbox === null ? null : toContent(value, this.options.content);
  }

  #build(fact: Fact, seq: number | null): AgentEvent {
    const { clock, ids, read, tenantId, producer } = this.options;
    const { run, common } = fact;
    const nowUs = Math.trunc(clock.nowUs());
    // The wall clock may have been set back since the start; the duration is the monotonic clock's
    // anyway.
    const eventTime = Math.max(nowUs, fact.rest.start_time ?? nowUs);
    const links = read.list(common.links, 'links').flatMap((link) => linkOf(read, link));
    const correlation = read.textMap(common.correlation, 'correlation');
    return agentEvent({
      event_id: ids.eventId(eventTime),
      tenant_id: tenantId,
      kind: fact.kind,
      phase: fact.phase,
      event_time: eventTime,
      trace_id: run.traceId,
      span_id: fact.spanId,
      run_id: run.runId,
      producer,
      seq,
      parent_span_id: fact.parentSpanId,
      parent_remote: fact.parentRemote,
      links: fact.links === undefined ? links : [...fact.links, ...links],
      conversation_id: run.conversationId,
      causation_id: isEventId(common.causationId) ? common.causationId : run.causationId,
      attempt: Math.max(read.count(common.attempt, 'attempt') ?? fact.attempt ?? 1, 1),
      correlation: mergeMaps(run.correlation, correlation),
      agent: run.agent,
      actor: run.actor,
      name: read.text(common.name, 'name'),
      data_context: read
        .list(common.dataContext, 'data_context')
        .map((data) => dataRefOf(read, data as DataFields)),
      features: read.numberMap(common.features, 'features'),
      attributes: read.textMap(common.attributes, 'attributes'),
      ...fact.rest,
    });
  }

  #redact(event: AgentEvent): AgentEvent | null {
    const { redact, drops } = this.options;
    if (redact === null) return event;
    try {
      const redacted = redact(event);
      if (redacted === null) {
        drops.count('redacted', 1, 'the redact hook returned null');
        return null;
      }
      if (redacted.event_id === event.event_id) return redacted;
      drops.count('redact_failed', 1, 'the redact hook returned something that is not the event');
    } catch (error) {
      drops.count('redact_failed', 1, `the redact hook threw ${nameOf(error)}`);
    }
    return null;
  }
}

function mergeMaps(
  left: Readonly<Record<string, string>>,
  right: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const _key in right) return { ...left, ...right };
  return left;
}

function linkOf(read: Reader, value: unknown): Link[] {
  const link = read.fields(value as LinkFields, 'links');
  const traceId = read.text(link.traceId, 'links.trace_id') ?? '';
  const spanId = read.text(link.spanId, 'links.span_id');
  if (!/^(?!0{32})[0-9a-f]{32}$/.test(traceId)) return [];
  const isSpan = spanId !== null && /^(?!0{16})[0-9a-f]{16}$/.test(spanId);
  const rel = read.text(link.rel, 'links.rel') ?? 'related';
  return [{ trace_id: traceId, span_id: isSpan ? spanId : null, rel }];
}

function dataRefOf(read: Reader, value: DataFields): DataRef {
  const data = read.fields(value, 'data_context');
  return {
    urn: read.text(data.urn, 'data_context.urn') ?? '',
    role: read.text(data.role, 'data_context.role') ?? 'input',
    version: read.text(data.version, 'data_context.version'),
    classification: read.text(data.classification, 'data_context.classification'),
    fields: read.texts(data.fields, 'data_context.fields'),
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
