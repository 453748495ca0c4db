// The shape of a tau-bench run (github.com/sierra-research/tau-bench,
// historical_trajectories/*.json), checked. Only what the mapping relies on is wanted; all else is
// kept in `rest` by its original path, for attributes.
// Example: readTauRun(element, { file: 'runs.json', path: '$[3]' }).messages[0].role → 'system'
import { isObject, inside, refuse, wantArray, wantObject, wantString } from './json-shape.ts';
import type { JsonObject, Place } from './json-shape.ts';

export type TauCall = {
  readonly id: string | null;
  readonly type: string | null;
  readonly name: string;
  /** As the model wrote them: usually JSON text. */
  readonly arguments: unknown;
  readonly rest: Rest;
};

export type TauMessage = {
  readonly index: number;
  readonly role: string;
  readonly content: unknown;
  readonly calls: readonly TauCall[];
  /** Of a tool message: which call it answers, and the tool. */
  readonly callId: string | null;
  readonly toolName: string | null;
  readonly rest: Rest;
};

export type TauRun = {
  readonly taskId: string | null;
  readonly trial: string | null;
  readonly userId: string | null;
  readonly reward: number | null;
  readonly messages: readonly TauMessage[];
  /**
   * What the agent was set to do, and how it was judged; keys are paths such as info.task.actions.
   */
  readonly task: Rest;
  readonly judgement: Rest;
  readonly other: Rest;
};

/** Original path → value. */
export type Rest = readonly (readonly [string, unknown])[];

export function readTauRun(value: unknown, place: Place): TauRun {
  const run = wantObject(value, place);
  const trajectory = wantArray(run['traj'], inside(place, 'traj'));
  const info = isObject(run['info']) ? run['info'] : {};
  const task = isObject(info['task']) ? info['task'] : {};
  const { user_id: userId } = task;
  return {
    taskId: scalarText(run['task_id']),
    trial: scalarText(run['trial']),
    userId: typeof userId === 'string' ? userId : null,
    reward: readReward(run['reward'], inside(place, 'reward')),
    messages: trajectory.map((message, index) =>
      readMessage(message, index, inside(inside(place, 'traj'), index)),
    ),
    task: restOf(task, 'info.task.', typeof userId === 'string' ? ['user_id'] : []),
    judgement: 'reward_info' in info ? [['info.reward_info', info['reward_info']]] : [],
    other: [
      ...restOf(run, '', [
        'traj',
        'reward',
        ...readIds(run),
        ...(isObject(run['info']) ? ['info'] : []),
      ]),
      ...restOf(info, 'info.', ['reward_info', ...(isObject(info['task']) ? ['task'] : [])]),
    ],
  };
}

function readIds(run: JsonObject): string[] {
  return ['task_id', 'trial'].filter((key) => scalarText(run[key]) !== null);
}

function readReward(value: unknown, place: Place): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number') throw refuse(place, 'a number', value);
  return value;
}

function readMessage(value: unknown, index: number, place: Place): TauMessage {
  const message = wantObject(value, place);
  const role = wantString(message['role'], inside(place, 'role'));
  const calls = message['tool_calls'] ?? [];
  const isTool = role === 'tool';
  const used = ['role', 'content', 'tool_calls', ...(isTool ? usedTexts(message) : [])];
  return {
    index,
    role,
    content: message['content'],
    calls: wantArray(calls, inside(place, 'tool_calls')).map((call, callIndex) =>
      readCall(call, inside(inside(place, 'tool_calls'), callIndex)),
    ),
    callId: isTool ? text(message['tool_call_id']) : null,
    toolName: isTool ? text(message['name']) : null,
    rest: restOf(message, 'message.', used),
  };
}

function usedTexts(message: JsonObject): string[] {
  return ['tool_call_id', 'name'].filter((key) => text(message[key]) !== null);
}

function readCall(value: unknown, place: Place): TauCall {
  const call = wantObject(value, place);
  const called = wantObject(call['function'], inside(place, 'function'));
  const ownText = ['id', 'type'].filter((key) => text(call[key]) !== null);
  return {
    id: text(call['id']),
    type: text(call['type']),
    name: wantString(called['name'], inside(inside(place, 'function'), 'name')),
    arguments: called['arguments'],
    rest: [
      ...restOf(call, 'tool_call.', ['function', ...ownText]),
      ...restOf(called, 'tool_call.function.', ['name', 'arguments']),
    ],
  };
}

/** The entries of an object that no field takes, under their original path. */
function restOf(from: JsonObject, prefix: string, used: readonly string[]): Rest {
  return Object.entries(from)
    .filter(([key]) => !used.includes(key))
    .map(([key, value]) => [prefix + key, value] as const);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function scalarText(value: unknown): string | null {
  return ['string', 'number', 'bigint'].includes(typeof value) ? String(value) : null;
}
