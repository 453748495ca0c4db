// What travels with the agent's control flow: which run, under which operation, which try.
// AsyncLocalStorage carries it through awaits, timers and Promise.all branches, so that every
// operation finds its parent by itself.
// Example: storage.run({ run, spanId, isRemote: false, tries: null }, () => agent())
import type { Actor, Agent, Link } from '@agentspine/event/agent-event';

export type RunState = {
  readonly runId: string;
  readonly traceId: string;
  readonly conversationId: string | null;
  readonly causationId: string | null;
  readonly agent: Agent | null;
  readonly actor: Actor | null;
  readonly correlation: Readonly<Record<string, string>>;
  /** Position of the next event; null for facts outside of a run, which have none. */
  nextSeq: number | null;
};

/**
 * One try of retry(): the operation called directly in it takes its number, links to the try
 * before, and leaves its own link when it fails.
 */
export type Tries = {
  readonly attempt: number;
  readonly previous: Link | null;
  failed: Link | null;
};

export type Context = {
  readonly run: RunState;
  /** The operation around; null around a run that has none. */
  readonly spanId: string | null;
  /** True when that operation ran in another process. */
  readonly isRemote: boolean;
  readonly tries: Tries | null;
};
