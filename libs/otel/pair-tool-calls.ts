// Finds for each tool call of a conversation the message that answers it. Call ids cannot be a key
// (in real runs a quarter are empty and some repeat), so a call is (message index, call index), and
// an answer is looked for only between the call's message and the next assistant message: first by
// id, then by tool name, then by order.
// Guarantee: a message answers at most one call. Example: pairToolCalls(messages).get('5.0') → the
// tool message
import type { TauMessage } from './tau-run.ts';

/** Key of a call: index of its message, a dot, its index in the message. */
export type CallKey = `${number}.${number}`;

export function pairToolCalls(messages: readonly TauMessage[]): ReadonlyMap<CallKey, TauMessage> {
  const pairs = new Map<CallKey, TauMessage>();
  messages.forEach((message, at) => {
    if (message.calls.length === 0) return;
    const open = answersAfter(messages, at);
    const tests = [sameId, sameName, bothNameless] as const;
    for (const test of tests) {
      message.calls.forEach((call, callIndex) => {
        const key: CallKey = `${message.index}.${callIndex}`;
        if (pairs.has(key)) return;
        const found = open.findIndex((answer) => test(call, answer));
        const [answer] = found < 0 ? [] : open.splice(found, 1);
        if (answer !== undefined) pairs.set(key, answer);
      });
    }
  });
  return pairs;
}

type Call = TauMessage['calls'][number];

function sameId(call: Call, answer: TauMessage): boolean {
  return Boolean(call.id) && call.id === answer.callId;
}

/** Where one of the two has no id, the name of the tool decides. */
function sameName(call: Call, answer: TauMessage): boolean {
  return !(call.id && answer.callId) && call.name === answer.toolName;
}

function bothNameless(call: Call, answer: TauMessage): boolean {
  return !(call.id && answer.callId) && !answer.toolName;
}

function answersAfter(messages: readonly TauMessage[], at: number): TauMessage[] {
  const next = messages.findIndex((message, i) => i > at && message.role === 'assistant');
  return messages
    .slice(at + 1, next < 0 ? messages.length : next)
    .filter((message) => message.role === 'tool');
}
