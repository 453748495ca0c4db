// The events of one tau-bench run, in the order of the conversation. Ids come from the hash of the
// run and the event's position in it; the clock ticks one second per event. Messages become:
// system, user → step; assistant → model_call plus one decision per choice; tool → the output of
// its tool_call, or a step of its own when no call asked for it. docs/import.md has the table.
// Example: tauRunEvents(run, identity).at(-1)?.kind → 'agent_run'
import type { AgentEvent, Kind } from '@agentspine/event/agent-event';
import { agentEvent, decision, modelCall, producer, toolCall } from '@agentspine/event/build';
import { contentOf } from './content-of.ts';
import { attributeText, recordOf } from './json-shape.ts';
import { nameSpanId, nameTraceId, nameUuid } from './name-ids.ts';
import { pairToolCalls } from './pair-tool-calls.ts';
import type { CallKey } from './pair-tool-calls.ts';
import type { Rest, TauCall, TauMessage, TauRun } from './tau-run.ts';

export type TauIdentity = {
  readonly tenantId: string;
  readonly source: string;
  readonly path: string;
  readonly agentId: string;
  readonly runHash: string;
  readonly startTimeUs: number;
};

type Emit = (position: string, kind: Kind, fields: Partial<AgentEvent>) => AgentEvent;

const EVENT_APART_US = 1_000_000;
const ERROR_TEXT_MAX = 1000;

export function tauRunEvents(run: TauRun, identity: TauIdentity): AgentEvent[] {
  const events: AgentEvent[] = [];
  const emit = emitterOf(run, identity, events);
  const runName = { name: 'tau-bench run', parent_span_id: null } as const;
  emit('run', 'agent_run', { ...runName, phase: 'start', attributes: texts(run.task) });
  const answers = pairToolCalls(run.messages);
  const claimed = new Set([...answers.values()].map((answer) => answer.index));
  for (const message of run.messages) {
    if (claimed.has(message.index)) continue;
    if (message.role === 'assistant') {
      assistantTurn(message, answers, emit);
    } else {
      passiveMessage(message, emit);
      toolCalls(message, answers, emit, null);
    }
  }
  if (run.reward !== null) rewardOutcome(run, identity, emit);
  const rest = run.reward === null ? [...run.other, ...run.judgement] : run.other;
  emit('run', 'agent_run', { ...runName, phase: 'end', status: 'ok', attributes: texts(rest) });
  return events;
}

/** Fills in what all events of a run share, and counts seq and the synthetic clock. */
function emitterOf(run: TauRun, identity: TauIdentity, events: AgentEvent[]): Emit {
  const { runHash, tenantId, agentId } = identity;
  const trace_id = nameTraceId([runHash, 'trace']);
  const rootSpan = nameSpanId([runHash, 'run']);
  const correlation = recordOf(
    [['task_id', run.taskId] as const, ['trial', run.trial] as const].flatMap(([key, value]) =>
      value === null ? [] : [[key, value] as const],
    ),
  );
  const shared = {
    tenant_id: tenantId,
    trace_id,
    parent_span_id: rootSpan,
    run_id: runIdOf(run, runHash),
    agent: { ...NO_AGENT, id: agentId, name: agentId },
    actor: run.userId === null ? null : { type: 'user', id: run.userId, on_behalf_of: null },
    producer: producer({ service: 'tau-bench', source_format: 'tau-bench' }),
  };
  const marks = { 'agentspine.time_source': 'synthetic', 'agentspine.source': identity.source };
  return (position, kind, fields) => {
    const seq = events.length;
    const path = { 'agentspine.path': pathOf(identity.path, position) };
    const event = agentEvent({
      ...shared,
      event_id: nameUuid([runHash, position, kind, fields.phase ?? 'point']),
      kind,
      event_time: identity.startTimeUs + seq * EVENT_APART_US,
      seq,
      span_id: nameSpanId([runHash, position === 'run' ? 'run' : `${position}/${kind}`]),
      ...fields,
      correlation: { ...correlation, ...fields.correlation },
      attributes: { ...fields.attributes, ...marks, ...path },
    });
    events.push(event);
    return event;
  };
}

const NO_AGENT = {
  id: null,
  name: null,
  version: null,
  framework: null,
  prompt_name: null,
  prompt_version: null,
  policy_bundle: null,
} as const;

/** A system, user or unclaimed tool message, and any role yet unknown: something the agent read. */
function passiveMessage(message: TauMessage, emit: Emit): void {
  const orphan = message.role === 'tool';
  const ids: Rest = orphan
    ? [
        ['message.tool_call_id', message.callId],
        ['message.name', message.toolName],
      ]
    : [];
  emit(`traj[${message.index}]`, 'step', {
    name: `message.${message.role}`,
    status: 'ok',
    input: contentOf(message.content),
    correlation: messageKeys(message),
    attributes: texts([...ids.filter(([, value]) => value !== null), ...message.rest]),
  });
}

function assistantTurn(
  message: TauMessage,
  answers: ReadonlyMap<CallKey, TauMessage>,
  emit: Emit,
): void {
  const said = emit(`traj[${message.index}]`, 'model_call', {
    name: 'message.assistant',
    status: 'ok',
    output: contentOf(message.content),
    model: modelCall({}),
    correlation: messageKeys(message),
    attributes: texts(message.rest),
  });
  if (message.calls.length === 0) decide(message, 'reply', null, said, emit);
  toolCalls(message, answers, emit, said);
}

/** What the turn settled on: to answer the user, or to call a tool. */
function decide(
  message: TauMessage,
  chosen: string,
  callIndex: number | null,
  said: AgentEvent,
  emit: Emit,
): AgentEvent {
  const at = `traj[${message.index}]`;
  const position = callIndex === null ? at : `${at}.tool_calls[${callIndex}]`;
  const type = callIndex === null ? 'reply' : 'tool';
  return emit(position, 'decision', {
    name: `decide.${type}`,
    status: 'ok',
    causation_id: said.event_id,
    correlation: { 'turn.index': String(message.index) },
    decision: decision({ id: `${said.run_id}:${position}`, type, chosen }),
  });
}

function toolCalls(
  message: TauMessage,
  answers: ReadonlyMap<CallKey, TauMessage>,
  emit: Emit,
  said: AgentEvent | null,
): void {
  message.calls.forEach((call, index) => {
    const chosen = said && decide(message, call.name, index, said, emit);
    const answer = answers.get(`${message.index}.${index}`) ?? null;
    emit(`traj[${message.index}].tool_calls[${index}]`, 'tool_call', {
      name: call.name,
      ...verdictOf(answer),
      causation_id: chosen?.event_id ?? null,
      input: contentOf(call.arguments),
      output: contentOf(answer?.content),
      tool: toolCall({ name: call.name, type: call.type, call_id: call.id, call_index: index }),
      correlation: {
        'turn.index': String(message.index),
        ...(answer === null ? {} : messageKeys(answer)),
      },
      attributes: texts([...call.rest, ...answerRest(call, answer)]),
    });
  });
}

/**
 * tau-bench tools report a failure as text that starts with "Error"; a call nobody answered was
 * cancelled.
 */
function verdictOf(answer: TauMessage | null): Partial<AgentEvent> {
  if (answer === null) return { status: 'cancelled' };
  const { content } = answer;
  if (typeof content !== 'string' || !content.startsWith('Error')) return { status: 'ok' };
  return {
    status: 'error',
    error_type: 'tool_error',
    // A cut must not leave half of a surrogate pair: that is no valid UTF-8.
    error_message: content.slice(0, ERROR_TEXT_MAX).replace(/[\uD800-\uDBFF]$/, ''),
  };
}

/**
 * What the answer says beyond its content: ids and names only where they differ from the call's.
 */
function answerRest(call: TauCall, answer: TauMessage | null): Rest {
  if (answer === null) return [];
  const { callId, toolName } = answer;
  return [
    ...(callId !== null && callId !== call.id ? [['message.tool_call_id', callId] as const] : []),
    ...(toolName !== null && toolName !== call.name ? [['message.name', toolName] as const] : []),
    ...answer.rest,
  ];
}

function rewardOutcome(run: TauRun, identity: TauIdentity, emit: Emit): void {
  emit('reward', 'outcome', {
    name: 'outcome.task_success',
    status: 'ok',
    outcome: {
      kpi: 'task_success',
      value: run.reward,
      unit: 'ratio',
      success: run.reward === 1,
      decision_id: null,
      target_id: runIdOf(run, identity.runHash),
    },
    attributes: texts(run.judgement),
  });
}

function messageKeys(message: TauMessage): Record<string, string> {
  return { 'message.index': String(message.index), 'message.role': message.role };
}

function runIdOf(run: TauRun, runHash: string): string {
  const readable = [run.taskId, run.trial].filter((part) => part && /^[\w.-]{1,32}$/.test(part));
  return ['tau', ...readable, runHash.slice(0, 12)].join('-');
}

function pathOf(run: string, position: string): string {
  return position === 'run' ? run : `${run}.${position}`;
}

function texts(rest: Rest): Record<string, string> {
  return recordOf(rest.map(([key, value]) => [key, attributeText(value)] as const));
}
